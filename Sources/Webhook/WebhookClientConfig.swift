import Schema
import Values

/// How a webhook is reached: the `clientConfig` of an admission or conversion webhook
/// (admissionregistration.k8s.io/v1 WebhookClientConfig).
public struct WebhookClientConfig: Sendable, Hashable {
  /// A service that answers, by one of its own ports.
  public struct Service: Sendable, Hashable {
    public var namespace: String
    public var name: String
    public var port: Int

    /// The name in the service's certificate.
    public var serverName: String { "\(name).\(namespace).svc" }
  }

  /// Where requests go, without a query.
  public var url: String
  /// Nil where the address is that of the URL.
  public var service: Service?
  /// Certificates in PEM that the server's must be signed by; empty for the system's.
  public var caBundle: [UInt8]

  /// `host:port` of the URL, as credentials for webhooks are found by.
  public var hostPort: String {
    let rest = url.dropFirst("https://".count)
    let authority = rest.prefix { $0 != "/" }
    let hasPort =
      authority.last != "]"
      && authority.lastIndex(of: ":").map { colon in
        authority[authority.index(after: colon)...].allSatisfy(\.isNumber)
      } == true
    return hasPort ? String(authority) : "\(authority):443"
  }

  /// Why a configuration can't be used.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public var description: String
  }

  /// Reads a `clientConfig`.
  /// - Throws: ``Failure`` where it names neither a URL nor a service, or its bundle is no base64.
  public init(_ value: Value?) throws(Failure) {
    caBundle = (try? Base64.decode(value?["caBundle"]?.string ?? "")) ?? []
    if let service = value?["service"], service.object != nil {
      let port = service["port"]?.int ?? 443
      guard (1...65_535).contains(port) else { throw Failure(description: "port \(port) is not valid") }
      let named = Service(
        namespace: service["namespace"]?.string ?? "", name: service["name"]?.string ?? "", port: Int(port))
      self.service = named
      url = "https://\(named.serverName):\(port)" + Self.cleaned(service["path"]?.string ?? "")
      return
    }
    guard let text = value?["url"]?.string, !text.isEmpty else {
      throw Failure(description: "webhook configuration must have either service or URL")
    }
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw Failure(description: "Unparsable URL: \(text)") }
    let authority = parts[1].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let path = parts[1].dropFirst(authority.count).prefix { $0 != "?" && $0 != "#" }
    url = "\(parts[0])://\(authority)" + Self.cleaned(String(path))
  }

  /// The path as Go's `path.Join("/", …)` gives it.
  private static func cleaned(_ path: String) -> String {
    var steps: [Substring] = []
    for step in path.split(separator: "/") where step != "." {
      if step == ".." { _ = steps.popLast() } else { steps.append(step) }
    }
    return "/" + steps.joined(separator: "/")
  }
}
