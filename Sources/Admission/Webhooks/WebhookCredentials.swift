import HTTPService
import Security
import Webhook

/// What this server shows to webhooks of itself (Kubernetes documentation, "Dynamic Admission Control",
/// "Authenticate API servers"): for each webhook the user of the kubeconfig that is named after it.
public struct WebhookCredentials: Sendable {
  /// A user of the kubeconfig.
  public struct Entry: Sendable {
    /// `name.namespace.svc` for a service, `host` or `host:port` for an address, or `*` before a dot.
    public var name: String
    public var identity: TLSClientSettings.Identity?
    /// The value of the header `Authorization`.
    public var authorization: String?

    public init(name: String, identity: TLSClientSettings.Identity? = nil, authorization: String? = nil) {
      self.name = name
      self.identity = identity
      self.authorization = authorization
    }
  }

  private var entries: [String: Entry] = [:]

  /// No credentials: webhooks are asked by a stranger.
  public init() {}

  public init(_ entries: [Entry]) {
    for entry in entries where self.entries[entry.name] == nil { self.entries[entry.name] = entry }
  }

  /// The entry for a webhook: the exact name first, then without the port 443, then by ever shorter domains,
  /// and `*` at last.
  func entry(for config: WebhookClientConfig) -> Entry? {
    if entries.isEmpty { return nil }
    let place = config.service.map { "\($0.serverName):\($0.port)" } ?? config.hostPort
    if let entry = entries[place] { return entry }
    var host = place[...]
    if host.hasSuffix(":443") {
      host = host.dropLast(4)
      if let entry = entries[String(host)] { return entry }
    }
    while let dot = host.firstIndex(of: ".") {
      let rest = host[host.index(after: dot)...]
      if let entry = entries["*.\(rest)"] { return entry }
      host = rest
    }
    return entries["*"]
  }
}
