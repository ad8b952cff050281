import Schema
import Values

/// The words of a 403 answer (k8s.io/apiserver/pkg/endpoints/handlers/responsewriters).
public enum ForbiddenMessage {
  /// `User "jane" cannot get resource "pods" in API group "" in the namespace "default": REASON`.
  public static func text(_ attributes: AuthorizationAttributes, reason: String) -> String {
    let text = escaped(inner(attributes))
    return reason.isEmpty ? text : "\(text): \(reason)"
  }

  private static func inner(_ attributes: AuthorizationAttributes) -> String {
    let user = GoText.quoted(attributes.user.name)
    guard attributes.isResourceRequest else {
      return "User \(user) cannot \(attributes.verb) path \(GoText.quoted(attributes.path))"
    }
    let what =
      "User \(user) cannot \(attributes.verb) resource \(GoText.quoted(attributes.combinedResource)) "
      + "in API group \(GoText.quoted(attributes.apiGroup))"
    return attributes.namespace.isEmpty
      ? "\(what) at the cluster scope" : "\(what) in the namespace \(GoText.quoted(attributes.namespace))"
  }

  /// What the client chose must not become markup where a browser shows the answer.
  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x26 || $0 == 0x3C || $0 == 0x3E }) else { return text }
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}

extension StatusError {
  /// 403 for a request that no authorizer allowed.
  public static func forbidden(_ attributes: AuthorizationAttributes, reason: String) -> StatusError {
    let text = ForbiddenMessage.text(attributes, reason: reason)
    guard attributes.isResourceRequest else {
      return .forbidden(GroupResource(group: "", resource: ""), "", text)
    }
    return .forbidden(attributes.groupResource, attributes.name, text)
  }

  /// The answer to a request that was not allowed: 403, or 500 where an authorizer failed.
  /// - Parameter uri: the request's path and query.
  public static func refused(
    _ attributes: AuthorizationAttributes, _ decision: AuthorizationDecision, uri: String
  ) -> StatusError {
    if let error = decision.error {
      return .unexpected("Internal Server Error: \(GoText.quoted(uri)): \(error)")
    }
    return .forbidden(attributes, reason: decision.reason)
  }
}
