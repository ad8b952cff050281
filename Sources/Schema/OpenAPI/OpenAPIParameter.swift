import Values

/// A parameter of an operation: of a path or of a query. A name means the same wherever it is used.
struct OpenAPIParameter: Hashable {
  /// The name among all parameters: `proxyPath` is that in the path of a proxy, whose query has `path` too.
  var name: String

  /// The name in its place.
  var placeName: String { name == "proxyPath" ? "path" : name }

  /// Whether the parameter stands in the path, where it can't be left out.
  var isInPath: Bool { Self.inPath.contains(name) }

  /// The type in JSON Schema's words.
  var type: String {
    if Self.booleans.contains(name) { return "boolean" }
    return Self.integers.contains(name) ? "integer" : "string"
  }

  private static let inPath: Set<String> = ["name", "namespace", "proxyPath"]
  private static let booleans: Set<String> = [
    "allowWatchBookmarks", "follow", "force", "ignoreStoreReadErrorWithClusterBreakingPotential",
    "insecureSkipTLSVerifyBackend", "orphanDependents", "previous", "sendInitialEvents", "stderr", "stdin",
    "stdout", "timestamps", "tty", "watch",
  ]
  private static let integers: Set<String> = [
    "gracePeriodSeconds", "limit", "limitBytes", "ports", "sinceSeconds", "tailLines", "timeoutSeconds",
  ]

  // MARK: - What the operations take, besides the path's own

  static let read = parameters("pretty")
  static let list = parameters(
    "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "pretty",
    "resourceVersion", "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch")
  static let create = parameters("dryRun", "fieldManager", "fieldValidation", "pretty")
  static let replace = create
  static let patch = parameters("dryRun", "fieldManager", "fieldValidation", "force", "pretty")
  static let delete = parameters(
    "dryRun", "gracePeriodSeconds", "ignoreStoreReadErrorWithClusterBreakingPotential",
    "orphanDependents", "pretty", "propagationPolicy")
  static let deleteCollection = parameters(
    "continue", "dryRun", "fieldSelector", "gracePeriodSeconds",
    "ignoreStoreReadErrorWithClusterBreakingPotential", "labelSelector", "limit", "orphanDependents",
    "pretty", "propagationPolicy", "resourceVersion", "resourceVersionMatch", "sendInitialEvents",
    "timeoutSeconds")
  static let log = parameters(
    "container", "follow", "insecureSkipTLSVerifyBackend", "limitBytes", "pretty", "previous",
    "sinceSeconds", "stream", "tailLines", "timestamps")

  /// By the kind of a connection's options.
  static let connect: [String: [OpenAPIParameter]] = [
    "PodAttachOptions": parameters("container", "stderr", "stdin", "stdout", "tty"),
    "PodExecOptions": parameters("command", "container", "stderr", "stdin", "stdout", "tty"),
    "PodPortForwardOptions": parameters("ports"),
    "PodProxyOptions": parameters("path"),
    "ServiceProxyOptions": parameters("path"),
    "NodeProxyOptions": parameters("path"),
  ]

  private static func parameters(_ names: String...) -> [OpenAPIParameter] {
    names.map(OpenAPIParameter.init(name:))
  }
}
