import Authentication
import HTTPService
import Schema
import Store
import Values

/// The paths below an object.
struct SubresourceEndpoints: Sendable {
  let registry: ObjectRegistry
  let tokenIssuer: @Sendable () async -> ServiceAccountTokenIssuer?
  let connect: ConnectEndpoints

  func route(_ context: RequestContext, _ scope: ResourceScope) async throws(StatusError) -> HTTPResponse {
    guard let subresource = scope.subresource else { throw .pathNotFound }
    // OPTIONS has no verb, and goes through where requests are handed on.
    let isHandedOn = subresource.name == "proxy" && context.http.method == "OPTIONS"
    guard context.info.parts.count > 1, isHandedOn || subresource.verbs.contains(context.info.verb) else {
      throw .methodNotAllowed
    }
    switch (scope.resource.name, subresource.name) {
    case (_, "scale"): return try await scale(context, scope)
    case ("serviceaccounts", "token"): return try await token(context, scope)
    case ("pods", "binding"):
      return try await BindingEndpoint(context: context, registry: registry).bind()
    case ("pods", "eviction"):
      return try await EvictionEndpoint(context: context, scope: scope, registry: registry).evict()
    case ("pods", "log"), ("pods", "exec"), ("pods", "attach"), ("pods", "portforward"), (_, "proxy"):
      return try await connect.connect(context, scope)
    default: return try await object(context, scope)
    }
  }

  /// Subresources that are a part of the object: status, finalize, approval, resize, …
  private func object(_ context: RequestContext, _ scope: ResourceScope) async throws(StatusError)
    -> HTTPResponse
  {
    switch context.info.verb {
    case "get": return try await ReadEndpoints(context: context, scope: scope, registry: registry).get()
    case "update":
      return try await WriteEndpoints(context: context, scope: scope, registry: registry).update()
    case "patch": return try await PatchEndpoint(context: context, scope: scope, registry: registry).patch()
    default: throw .methodNotAllowed
    }
  }

  private func scale(_ context: RequestContext, _ scope: ResourceScope) async throws(StatusError)
    -> HTTPResponse
  {
    let endpoint = ScaleEndpoint(context: context, scope: scope, registry: registry)
    switch context.info.verb {
    case "get": return try await endpoint.get()
    case "update": return try await endpoint.update()
    case "patch": return try await endpoint.patch()
    default: throw .methodNotAllowed
    }
  }

  /// TokenRequest (Kubernetes documentation, "Managing Service Accounts").
  private func token(_ context: RequestContext, _ scope: ResourceScope) async throws(StatusError)
    -> HTTPResponse
  {
    var sent = try await SentObject(context, scope)
    let namespace = context.info.namespace
    try sent.matchNamespace(namespace)
    guard let issuer = await tokenIssuer() else {
      throw .internalError("the service account key is not available")
    }
    let admitted = try await registry.mutatePosted(
      sent.value, scope, namespace: namespace, name: context.info.name, options: sent.options,
      caller: context.caller(sent.options, registry))
    let issued = try await issuer.issue(
      admitted.object ?? sent.value, namespace: namespace, name: context.info.name
    ) { completed throws(StatusError) in
      var validating = admitted
      validating.object = completed
      try await registry.admission.validate(validating)
    }
    for warning in issued.warnings { context.warn(warning) }
    for (key, value) in issued.auditAnnotations { context.annotate(key, value) }
    return try Answer(context: context).object(issued.value, code: 201, scope: nil, format: sent.format)
  }
}
