/// One method of a path, in words that OpenAPI 2.0 and 3.0 share.
struct OpenAPIOperation {
  /// What a body or an answer is.
  enum Content: Hashable {
    /// A type of the components, by its name.
    case type(String)
    case text
  }

  /// In lower case: `get`.
  var method: String
  var id: String
  var summary: String
  /// Besides those in the path.
  var parameters: [OpenAPIParameter] = []
  var body: Content?
  /// The media types of the body.
  var consumes: [String] = []
  /// What is answered, by status code; none for 401.
  var answers: [(code: Int, content: Content?)]
  /// The media types of the answers.
  var produces: [String]
  var tag: String
  /// `x-kubernetes-action`.
  var action: String?
  /// `x-kubernetes-group-version-kind`.
  var kind: GroupVersionKind?
  var isDeprecated = false

  /// A deletion's options may be left out; any other body may not.
  var isBodyRequired: Bool { method != "delete" }

  /// The names of the types that are used.
  var types: [String] {
    ([body] + answers.map(\.content)).compactMap { content in
      if case .type(let name) = content { name } else { nil }
    }
  }
}

/// A path template and its operations.
struct OpenAPIPath {
  var template: String
  var operations: [OpenAPIOperation]

  /// The parameters that every operation has: those in the template, then those that all share.
  var commonParameters: [OpenAPIParameter] {
    var shared = operations.first?.parameters ?? []
    for operation in operations.dropFirst() {
      let names = Set(operation.parameters)
      shared = shared.filter(names.contains)
    }
    return pathParameters + shared
  }

  private var pathParameters: [OpenAPIParameter] {
    template.split(separator: "/").filter { $0.hasPrefix("{") }.map { part in
      let name = String(part.dropFirst().dropLast())
      return OpenAPIParameter(name: name == "path" ? "proxyPath" : name)
    }
    .sorted { $0.name < $1.name }
  }
}

/// Names that documents use over and over.
enum OpenAPINames {
  static let meta = "io.k8s.apimachinery.pkg.apis.meta.v1."
  static let json = "application/json"
  static let objectTypes = [json, "application/vnd.kubernetes.protobuf", "application/yaml"]
  static let listTypes = [
    json, "application/json;stream=watch", "application/vnd.kubernetes.protobuf",
    "application/vnd.kubernetes.protobuf;stream=watch", "application/yaml",
  ]
  static let patchTypes = [
    "application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json",
    "application/strategic-merge-patch+json",
  ]

  /// The words of HTTP for a status code.
  static func description(of code: Int) -> String {
    switch code {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    default: "Unauthorized"
    }
  }

  /// `Core`, `Apps`, `RbacAuthorization`: a group within an operation's id.
  static func group(_ name: String) -> String {
    if name.isEmpty { return "Core" }
    let short = name.hasSuffix(".k8s.io") ? name.dropLast(".k8s.io".count) : name[...]
    return short.split { $0 == "." || $0 == "-" }.map { capitalized(String($0)) }.joined()
  }

  /// `core_v1`, `rbacAuthorization_v1`: the tag of a version's operations.
  static func tag(_ groupVersion: GroupVersion) -> String {
    "\(groupTag(groupVersion.group))_\(groupVersion.version)"
  }

  static func groupTag(_ name: String) -> String {
    let group = group(name)
    return group.prefix(1).lowercased() + group.dropFirst()
  }

  static func capitalized(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }

  /// The path below which a group version is served: `api/v1`, `apis/apps/v1`.
  static func root(_ groupVersion: GroupVersion) -> String {
    groupVersion.group.isEmpty
      ? "api/\(groupVersion.version)" : "apis/\(groupVersion.group)/\(groupVersion.version)"
  }
}
