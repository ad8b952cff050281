import HTTPService
import Values

/// Where a request came from: the addresses that proxies tell, then that of the connection, which can't be
/// made up (k8s.io/apimachinery/pkg/util/net).
enum SourceAddresses {
  /// A header may name so many at most.
  private static let maximum = 32

  static func of(_ http: HTTPRequest) -> [String] {
    var addresses: [String] = []
    if let header = http.headers.first(name: "X-Forwarded-For") {
      addresses = header.split(separator: ",", maxSplits: maximum).prefix(maximum).compactMap(canonical)
    }
    if let header = http.headers.first(name: "X-Real-Ip"), let address = canonical(header[...]),
      !addresses.contains(address)
    {
      addresses.append(address)
    }
    if let remote = http.connection.remoteAddress.flatMap({ connected($0.host) }),
      addresses.last != remote
    {
      addresses.append(remote)
    }
    return addresses
  }

  /// The address of a connection: the system writes IPv4 addresses in their usual form.
  private static func connected(_ host: String) -> String? {
    host.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) } ? host : canonical(host[...])
  }

  /// The address in its usual form; nil for what is none.
  private static func canonical(_ text: Substring) -> String? {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return IPAddress(String(text))?.description
  }
}
