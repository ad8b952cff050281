import Authentication
import Authorization
import Schema
import Tracing
import Values

/// May they? The stage of the chain that asks the authorizers.
struct Authorize {
  let context: RequestContext
  let authorizer: any Authorizer
  /// Nil for questions besides that of the request itself.
  var metrics: ServerMetrics?

  /// - Throws: 403 in the words of the real server.
  func check(_ info: RequestInfo) async throws(StatusError) {
    let attributes = AuthorizationAttributes(info, user: context.user)
    let start = ContinuousClock.now
    // Questions besides that of the request itself are part of what they are asked for.
    let decision = await RequestTrace.span("authorization", metrics == nil ? nil : .authorization) {
      await authorizer.authorize(attributes)
    }
    metrics?.record(decision, elapsed: start.duration(to: .now))
    context.annotate("authorization.k8s.io/decision", decision.isAllowed ? "allow" : "forbid")
    context.annotate("authorization.k8s.io/reason", decision.reason)
    guard decision.isAllowed else { throw .refused(attributes, decision, uri: context.http.target) }
  }
}

extension AuthorizationAttributes {
  init(_ info: RequestInfo, user: UserInfo) {
    guard info.isResourceRequest else {
      self.init(user: user, verb: info.verb, path: info.path)
      return
    }
    self.init(
      user: user, verb: info.verb, namespace: info.namespace, apiGroup: info.apiGroup,
      apiVersion: info.apiVersion, resource: info.resource, subresource: info.subresource, name: info.name,
      path: info.path,
      // Selectors that can't be read select nothing that authorizers could go by.
      fieldSelector: (try? FieldSelector(info.fieldSelector))?.requirements ?? [],
      labelSelector: (try? LabelSelector(info.labelSelector))?.requirements ?? [])
  }
}
