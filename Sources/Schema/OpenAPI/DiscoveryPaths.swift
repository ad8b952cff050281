/// The paths by which discovery and the like are read: one document each beside those of group versions.
enum DiscoveryPaths {
  /// `/api/v1/`, the list of a version's resources.
  static func resources(of groupVersion: GroupVersion) -> OpenAPIPath {
    let version = OpenAPINames.capitalized(groupVersion.version)
    return get(
      "/\(OpenAPINames.root(groupVersion))/",
      id: "get\(OpenAPINames.group(groupVersion.group))\(version)APIResources", type: "APIResourceList",
      tag: OpenAPINames.tag(groupVersion))
  }

  /// `/apis/apps/`, the versions of a group.
  static func group(_ name: String) -> OpenAPIPath {
    get(
      "/apis/\(name)/", id: "get\(OpenAPINames.group(name))APIGroup", type: "APIGroup",
      tag: OpenAPINames.groupTag(name))
  }

  /// Those that are of no group, by the document's path.
  static let others: [(document: String, path: OpenAPIPath)] = [
    (
      ".well-known/openid-configuration",
      text(
        "/.well-known/openid-configuration/", "ServiceAccountIssuerOpenIDConfiguration", "WellKnown",
        OpenAPINames.json)
    ),
    ("api", get("/api/", id: "getCoreAPIVersions", type: "APIVersions", tag: "core")),
    ("apis", get("/apis/", id: "getAPIVersions", type: "APIGroupList", tag: "apis")),
    (
      "openid/v1/jwks",
      text("/openid/v1/jwks/", "ServiceAccountIssuerOpenIDKeyset", "openid", "application/jwk-set+json")
    ),
    (
      "version",
      OpenAPIPath(
        template: "/version/",
        operations: [
          OpenAPIOperation(
            method: "get", id: "getCodeVersion", summary: "get the version",
            answers: [(200, .type("io.k8s.apimachinery.pkg.version.Info")), (401, nil)],
            produces: [OpenAPINames.json], tag: "version")
        ])
    ),
  ]

  private static func get(_ template: String, id: String, type: String, tag: String) -> OpenAPIPath {
    OpenAPIPath(
      template: template,
      operations: [
        OpenAPIOperation(
          method: "get", id: id, summary: "get \(type)",
          answers: [(200, .type(OpenAPINames.meta + type)), (401, nil)], produces: OpenAPINames.objectTypes,
          tag: tag)
      ])
  }

  private static func text(_ template: String, _ name: String, _ tag: String, _ type: String) -> OpenAPIPath {
    OpenAPIPath(
      template: template,
      operations: [
        OpenAPIOperation(
          method: "get", id: "get\(name)", summary: "get \(name)", answers: [(200, .text), (401, nil)],
          produces: [type], tag: tag)
      ])
  }
}
