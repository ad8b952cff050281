import Schema

/// Whom a request to `proxy` is for: `name`, `name:port` or `scheme:name:port`
/// (k8s.io/apimachinery/pkg/util/net, "SplitSchemeNamePort").
struct ProxyName: Sendable, Equatable {
  var isSecure = false
  var name: String
  /// A number, or of a service the name of a port; empty for the usual one.
  var port = ""

  /// - Returns: nil for what is none of the three.
  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch parts.count {
    case 1: name = parts[0]
    case 2: (name, port) = (parts[0], parts[1])
    case 3:
      guard ["http", "https", ""].contains(parts[0]) else { return nil }
      isSecure = parts[0] == "https"
      (name, port) = (parts[1], parts[2])
    default: return nil
    }
    if name.isEmpty { return nil }
  }

  var scheme: String { isSecure ? "https" : "http" }
}
