import Authentication
import Glibc
import Schema
import Values

/// Checks an AuthorizationConfiguration and fills in what it leaves out
/// (k8s.io/apiserver pkg/apis/apiserver/validation).
struct AuthorizationConfigurationValidator {
  /// Everything that is wrong, in the order in which the real server lists it.
  private(set) var errors: [FieldError] = []
  private let conditions: any AuthorizationConditionCompiler

  /// The modes, sorted, as messages list them.
  static let types = ["ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"]
  private static let longestTimeout = Duration.seconds(30)
  private static let maximumConditions = 64

  init(conditions: any AuthorizationConditionCompiler) { self.conditions = conditions }

  /// - Parameter value: the file's document, of the right form.
  mutating func validate(_ value: Value) -> AuthorizationConfiguration {
    let list = value["authorizers"]?.array ?? []
    if list.isEmpty {
      errors.append(.required("authorizers", "at least one authorization mode must be defined"))
    }
    var types = Set<String>()
    var names = Set<String>()
    var result = AuthorizationConfiguration(authorizers: [])
    for (position, item) in list.enumerated() {
      let path = FieldPath("authorizers").index(position)
      guard let type = self.type(item, path, &types) else { continue }
      let name = item["name"]?.string ?? ""
      checkName(name, path.child("name"), names)
      names.insert(name)
      var authorizer = AuthorizerConfiguration(type: type, name: name)
      let webhook = item["webhook"]?.object.map(Value.object)
      switch (type, webhook) {
      case ("Webhook", nil): errors.append(.required(path.child("webhook"), "required when type=Webhook"))
      case ("Webhook", let webhook?): authorizer.webhook = self.webhook(webhook, path)
      case (_, nil): break
      default:
        errors.append(
          .invalid(path.child("webhook"), "non-null", "may only be specified when type=Webhook"))
      }
      result.authorizers.append(authorizer)
    }
    return result
  }

  /// The authorizer's type; nil where it is none, or one that is there already.
  private mutating func type(_ item: Value, _ path: FieldPath, _ seen: inout Set<String>) -> String? {
    let place = path.child("type")
    let type = item["type"]?.string ?? ""
    if type.isEmpty {
      errors.append(.required(place))
    } else if !Self.types.contains(type) {
      errors.append(.notSupported(place, .string(type), Self.types))
    } else if !seen.insert(type).inserted, type != "Webhook" {
      errors.append(.duplicate(place, .string(type)))
    } else {
      return type
    }
    return nil
  }

  private mutating func checkName(_ name: String, _ path: FieldPath, _ names: Set<String>) {
    if name.isEmpty {
      errors.append(.required(path))
    } else if names.contains(name) {
      errors.append(.duplicate(path, .string(name)))
    } else if !DNSName.isSubdomain(name) {
      errors.append(
        .invalid(
          path, .string(name),
          "authorizer name is invalid: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
            + "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. "
            + "'example.com', regex used for validation is "
            + #"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#))
    }
  }

  // MARK: - Webhooks

  /// As in the real server, the paths of errors leave out `webhook`.
  private mutating func webhook(_ value: Value, _ path: FieldPath) -> WebhookAuthorizerConfiguration {
    var webhook = WebhookAuthorizerConfiguration()
    func text(_ key: String) -> String { value[key]?.string ?? "" }
    webhook.cachesAuthorizedRequests = value["cacheAuthorizedRequests"]?.bool ?? true
    webhook.cachesUnauthorizedRequests = value["cacheUnauthorizedRequests"]?.bool ?? true

    let timeout = duration(value, "timeout", path, default: nil)
    if timeout == .zero {
      errors.append(.required(path.child("timeout")))
    } else if let timeout, timeout > Self.longestTimeout || timeout < .zero {
      errors.append(
        .invalid(path.child("timeout"), .string(GoDuration.text(timeout)), "must be > 0s and <= 30s"))
    }
    webhook.timeout = timeout ?? .zero
    webhook.authorizedTTL = timeToLive(value, "authorizedTTL", path, default: .seconds(300))
    webhook.unauthorizedTTL = timeToLive(value, "unauthorizedTTL", path, default: .seconds(30))

    webhook.subjectAccessReviewVersion = text("subjectAccessReviewVersion")
    oneOf(value, "subjectAccessReviewVersion", ["v1", "v1beta1"], path)
    webhook.matchConditionSubjectAccessReviewVersion = text("matchConditionSubjectAccessReviewVersion")
    let listed = value["matchConditions"]?.array ?? []
    let place = path.child("matchConditionSubjectAccessReviewVersion")
    switch webhook.matchConditionSubjectAccessReviewVersion {
    case "" where !listed.isEmpty:
      errors.append(.required(place, "required if match conditions are specified"))
    case "", "v1": break
    case let other: errors.append(.notSupported(place, .string(other), ["v1"]))
    }
    oneOf(value, "failurePolicy", ["NoOpinion", "Deny"], path)
    webhook.failurePolicy =
      WebhookAuthorizer.FailurePolicy(rawValue: text("failurePolicy")) ?? .noOpinion
    webhook.kubeConfigFile = connection(value["connectionInfo"], path.child("connectionInfo"))
    webhook.matchConditions = expressions(listed, path.child("matchConditions"))
    return webhook
  }

  /// Nil where the text is no duration, which is reported.
  private mutating func duration(
    _ value: Value, _ key: String, _ path: FieldPath, default fallback: Duration?
  ) -> Duration? {
    guard let text = value[key]?.string, !text.isEmpty else { return fallback ?? .zero }
    do throws(GoDuration.SyntaxError) {
      return try GoDuration.parse(text)
    } catch {
      errors.append(.invalid(path.child(key), .string(text), error.message))
      return nil
    }
  }

  private mutating func timeToLive(
    _ value: Value, _ key: String, _ path: FieldPath, default fallback: Duration
  ) -> Duration {
    guard var read = duration(value, key, path, default: fallback) else { return fallback }
    if read == .zero { read = fallback }
    if read < .zero {
      errors.append(.invalid(path.child(key), .string(GoDuration.text(read)), "must be > 0s"))
    }
    return read
  }

  private mutating func oneOf(_ value: Value, _ key: String, _ allowed: [String], _ path: FieldPath) {
    let text = value[key]?.string ?? ""
    if text.isEmpty {
      errors.append(.required(path.child(key)))
    } else if !allowed.contains(text) {
      errors.append(.notSupported(path.child(key), .string(text), allowed))
    }
  }

  private mutating func connection(_ value: Value?, _ path: FieldPath) -> String {
    let file = value?["kubeConfigFile"]?.string ?? ""
    let place = path.child("kubeConfigFile")
    switch value?["type"]?.string ?? "" {
    case "": errors.append(.required(path.child("type")))
    case "InClusterConfig":
      if value?["kubeConfigFile"]?.string != nil {
        errors.append(.invalid(place, .string(file), "can only be set when type=KubeConfigFile"))
      } else {
        // As for the real server: it can't ask itself.
        errors.append(
          .invalid(path.child("type"), "InClusterConfig", "is not supported by kube-apiserver"))
      }
    case "KubeConfigFile":
      if file.isEmpty {
        errors.append(.required(place))
      } else if !file.hasPrefix("/") {
        errors.append(.invalid(place, .string(file), "must be an absolute path"))
      } else if let fault = Self.fileFault(file) {
        errors.append(.invalid(place, .string(file), fault))
      }
    case let other:
      errors.append(.notSupported(path.child("type"), .string(other), ["InClusterConfig", "KubeConfigFile"]))
    }
    return file
  }

  /// Why the path is none of a file that can be read; nil where it is one.
  private static func fileFault(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let reason = String(cString: strerror(errno))
      return "error loading file: stat \(path): \(reason.prefix(1).lowercased())\(reason.dropFirst())"
    }
    return status.st_mode & S_IFMT == S_IFREG ? nil : "must be a regular file"
  }

  private mutating func expressions(_ list: [Value], _ path: FieldPath) -> [String] {
    guard list.count <= Self.maximumConditions else {
      errors.append(.tooMany(path, actual: list.count, maximum: Self.maximumConditions))
      return []
    }
    var seen = Set<String>()
    for (position, item) in list.enumerated() {
      let place = path.index(position).child("expression")
      let text = item["expression"]?.string ?? ""
      if text.allSatisfy(\.isWhitespace) {
        errors.append(.required(place))
      } else if !seen.insert(text).inserted {
        errors.append(.duplicate(place, .string(text)))
      } else {
        do throws(AuthorizationConfigurationError) {
          _ = try conditions.compile(text)
        } catch {
          errors.append(.invalid(place, .string(text), error.description))
        }
      }
    }
    return list.compactMap { $0["expression"]?.string }
  }
}
