import HTTPService
import Schema

/// How requests for custom resources are routed where that differs from those for built-in ones
/// (k8s.io/apiextensions-apiserver, customresource_handler.go).
enum CustomResourcePaths {
  /// Whether all that a group has was brought by CustomResourceDefinitions.
  static func isCustom(_ group: String, in catalog: APICatalog) -> Bool {
    catalog.group(group)?.versions.allSatisfy { $0.resources.allSatisfy(\.isCustom) } ?? false
  }

  /// Looks at a request for a custom resource before it goes on its way.
  /// - Returns: an answer where there is no such path.
  /// - Throws: 404 for subresources that the definition doesn't have, 405 for what can't be done.
  static func check(_ context: RequestContext, _ resource: APIResource) throws(StatusError) -> HTTPResponse? {
    let info = context.info
    if resource.isNamespaced == info.namespace.isEmpty {
      let isAcrossNamespaces = resource.isNamespaced && ["list", "watch"].contains(info.verb)
      if !isAcrossNamespaces { return Router.pageNotFound(context) }
    }
    let version = context.served.customVersions[resource.groupVersionKind]
    if let warning = version?.warning { context.warn(warning) }
    if info.subresource.isEmpty {
      guard resource.verbs.contains(info.verb) else {
        throw .methodNotSupported(resource.groupResource, info.verb)
      }
    } else {
      guard let subresource = resource.subresource(info.subresource) else {
        throw .notFound(resource.groupResource, info.name)
      }
      guard subresource.verbs.contains(info.verb) else {
        throw .methodNotSupported(resource.groupResource, info.verb)
      }
    }
    if info.verb == "create", version?.isTerminating == true {
      var refusal = StatusError.methodNotSupported(resource.groupResource, info.verb)
      refusal.message = "create not allowed while custom resource definition is terminating"
      throw refusal
    }
    return nil
  }
}
