import Schema
import Values

/// What a request asks for, read from its method and path alone
/// (k8s.io/apiserver/pkg/endpoints/request, "RequestInfo").
public struct RequestInfo: Sendable, Equatable {
  /// True for paths below `/api/VERSION` and `/apis/GROUP/VERSION` that name a resource.
  public var isResourceRequest = false
  public var path = ""
  /// A Kubernetes verb for resources (get, list, watch, create, …), the lower-case method for other paths.
  public var verb = ""
  /// `api` or `apis`; empty for other paths.
  public var apiPrefix = ""
  public var apiGroup = ""
  public var apiVersion = ""
  public var namespace = ""
  public var resource = ""
  public var subresource = ""
  public var name = ""
  /// The path's parts from the resource on: `pods`, `x`, `log`.
  public var parts: [String] = []
  /// The selectors of a list, watch or deletecollection, as they were sent.
  public var fieldSelector = ""
  public var labelSelector = ""
  /// The path began with `watch/` or `proxy/`, the old forms.
  public var hasVerbPrefix = false

  public init() {}

  public var groupVersion: GroupVersion { GroupVersion(group: apiGroup, version: apiVersion) }

  /// - Parameters:
  ///   - path: the path, percent-decoded.
  ///   - query: gives the first value of a parameter, which is the one that counts.
  public init(method: String, path: String, query: (String) -> String?) {
    self.path = path
    verb = method.lowercased()
    let all = Self.parts(of: path)
    guard let prefix = all.first, prefix == "api" || prefix == "apis" else { return }
    guard all.count >= (prefix == "api" ? 3 : 4) else { return }
    apiPrefix = prefix
    var rest = all.dropFirst()
    if prefix == "apis" { apiGroup = rest.removeFirst() }
    apiVersion = rest.removeFirst()
    isResourceRequest = true

    if let first = rest.first, first == "watch" || first == "proxy" {
      guard rest.count > 1 else { return }
      rest.removeFirst()
      verb = first
      hasVerbPrefix = true
    } else {
      verb = Self.verbs[method] ?? ""
    }
    readResource(Array(rest))
    refineVerb(query: query)
  }

  /// The path's parts between its outer slashes. Empty ones count, as in Go.
  private static func parts(of path: String) -> [String] {
    var bytes = path.utf8[...]
    while bytes.first == UInt8(ascii: "/") { bytes.removeFirst() }
    while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    if bytes.isEmpty { return [] }
    return bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
      String(Substring($0))
    }
  }

  private static let verbs = [
    "POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete",
  ]
  private static let namespaceSubresources: Set = ["status", "finalize"]

  private mutating func readResource(_ rest: [String]) {
    parts = rest
    if rest.first == "namespaces" {
      if rest.count > 1 {
        namespace = rest[1]
        // namespaces/NAME/status is about the namespace; namespaces/NAME/pods is about what is in it.
        if rest.count > 2, !Self.namespaceSubresources.contains(rest[2]) { parts = Array(rest.dropFirst(2)) }
      }
    }
    resource = parts.first ?? ""
    name = parts.count > 1 ? parts[1] : ""
    // What follows proxy/ is a path of its own.
    if parts.count > 2, verb != "proxy" { subresource = parts[2] }
  }

  private mutating func refineVerb(query: (String) -> String?) {
    if name.isEmpty, verb == "get" {
      verb = "list"
      if let watch = query("watch"), Self.isTrue(watch) { verb = "watch" }
    }
    if name.isEmpty, verb == "delete" { verb = "deletecollection" }
    guard ["list", "watch", "deletecollection"].contains(verb), !hasVerbPrefix else { return }
    fieldSelector = query("fieldSelector") ?? ""
    labelSelector = query("labelSelector") ?? ""
    // A list of one name is authorized like a get of it.
    if verb != "deletecollection", let selector = try? FieldSelector(fieldSelector),
      let wanted = selector.value(of: "metadata.name"), Self.isPathSegment(wanted)
    {
      name = wanted
    }
  }

  /// How Go's conversion reads a boolean of the query: anything, empty too, but `false` and `0` is true.
  static func isTrue(_ text: String) -> Bool {
    !(text == "0" || text.utf8.count == 5 && text.lowercased() == "false")
  }

  private static func isPathSegment(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.contains("/") && !name.contains("%")
  }
}
