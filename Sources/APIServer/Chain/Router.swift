import HTTPService
import Schema
import Values

/// Finds the endpoint of an authorized request.
struct Router: Sendable {
  let registry: ObjectRegistry
  let metrics: ServerMetrics
  let watch: WatchConfiguration
  let extensions: ExtensionProxy
  let virtual: VirtualResources
  let subresources: SubresourceEndpoints
  let nonResource: NonResourceEndpoints

  static func isLongRunning(_ info: RequestInfo) -> Bool {
    ["watch", "proxy"].contains(info.verb)
      || ["attach", "exec", "proxy", "log", "portforward"].contains(info.subresource)
  }

  func route(_ context: RequestContext) async throws(StatusError) -> HTTPResponse {
    let info = context.info
    if let answer = await extensions.route(context) { return answer }
    guard info.isResourceRequest else { return try await nonResource.route(context) }
    guard context.served.catalog.group(info.apiGroup) != nil else { return Self.pageNotFound(context) }
    let name = GroupVersionResource(group: info.apiGroup, version: info.apiVersion, resource: info.resource)
    guard let resource = context.served.catalog.resource(name) else {
      if CustomResourcePaths.isCustom(info.apiGroup, in: context.served.catalog) {
        return Self.pageNotFound(context)
      }
      throw .pathNotFound
    }
    if resource.isCustom, let answer = try CustomResourcePaths.check(context, resource) { return answer }
    try checkPath(info, resource)
    // Only what is handed on to something else can be asked for its head.
    if context.http.method == "HEAD", !resource.isCustom, info.subresource != "proxy" {
      throw .methodNotAllowed
    }
    if let text = Self.deprecated[resource.groupVersionResource] {
      context.warn(text)
      context.annotate("k8s.io/deprecated", "true")
      metrics.recordDeprecated(info)
    }
    if let answer = try await virtual.route(context, resource) { return answer }
    guard let scope = context.served.scope(resource, subresource: info.subresource) else {
      throw .pathNotFound
    }
    if scope.subresource != nil {
      return try await subresources.route(context, scope)
    }
    return try await self.resource(context, scope)
  }

  /// Kinds that clients are told to leave (KEP-1693).
  private static let deprecated = [
    GroupVersionResource(group: "", version: "v1", resource: "componentstatuses"):
      "v1 ComponentStatus is deprecated in v1.19+",
    GroupVersionResource(group: "", version: "v1", resource: "endpoints"):
      "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  ]

  /// Refuses paths that the real server's router doesn't have: a namespaced object without its namespace, a
  /// cluster-scoped one in a namespace, more parts than a subresource has.
  private func checkPath(_ info: RequestInfo, _ resource: APIResource) throws(StatusError) {
    let isNamespacePath = !info.namespace.isEmpty && info.resource != "namespaces"
    if !resource.isNamespaced, isNamespacePath { throw .pathNotFound }
    let isCollection = info.parts.count <= 1
    if resource.isNamespaced, info.namespace.isEmpty {
      // There is no path to all namespaces of what can't be listed.
      guard isCollection, resource.verbs.contains("list") else { throw .pathNotFound }
      if !["list", "watch"].contains(info.verb) { throw .methodNotAllowed }
    }
    if info.parts.count > 3, !["proxy"].contains(info.subresource) { throw .pathNotFound }
  }

  private func resource(_ context: RequestContext, _ scope: ResourceScope) async throws(StatusError)
    -> HTTPResponse
  {
    let info = context.info
    // Of the old forms only watches are left, and these can only be read.
    if info.verb == "proxy" { throw .pathNotFound }
    guard scope.resource.verbs.contains(info.verb), !info.hasVerbPrefix || context.http.method == "GET" else {
      throw .methodNotAllowed
    }
    let isNamed = info.parts.count > 1
    switch info.verb {
    case "get": return try await ReadEndpoints(context: context, scope: scope, registry: registry).get()
    case "list": return try await ReadEndpoints(context: context, scope: scope, registry: registry).list()
    case "watch":
      return try WatchEndpoint(
        context: context, scope: scope, registry: registry, configuration: watch,
        metrics: metrics.watches.series(scope.resource.groupVersionResource)
      ).watch()
    case "create" where !isNamed:
      return try await WriteEndpoints(context: context, scope: scope, registry: registry).create()
    // The paths of custom resources aren't the router's.
    case "update" where !isNamed && scope.resource.isCustom: throw .badRequest("name must be provided")
    case "patch" where !isNamed && scope.resource.isCustom:
      _ = try PatchEndpoint(context: context, scope: scope, registry: registry).form()
      throw .badRequest("name must be provided")
    case "update" where isNamed:
      return try await WriteEndpoints(context: context, scope: scope, registry: registry).update()
    case "patch" where isNamed:
      return try await PatchEndpoint(context: context, scope: scope, registry: registry).patch()
    case "delete":
      return try await DeleteEndpoints(context: context, scope: scope, registry: registry).delete()
    case "deletecollection":
      return try await DeleteEndpoints(context: context, scope: scope, registry: registry).deleteCollection()
    default: throw .methodNotAllowed
    }
  }

  /// What the real server's outermost router says of a path that nobody registered.
  static func pageNotFound(_ context: RequestContext) -> HTTPResponse {
    Answer(context: context).text("404 page not found\n", code: 404)
  }
}
