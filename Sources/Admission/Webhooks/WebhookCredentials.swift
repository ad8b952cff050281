import Webhook

/// What this server shows to webhooks of itself (Kubernetes documentation, "Dynamic Admission Control",
/// "Authenticate API servers"): for each webhook the user of the kubeconfig that is named after it.
public struct WebhookCredentials: Sendable {
  private var entries: [String: WebhookUser] = [:]

  /// No credentials: webhooks are asked by a stranger.
  public init() {}

  public init(_ users: [WebhookUser]) {
    for user in users where entries[user.name] == nil { entries[user.name] = user }
  }

  /// The entry for a webhook: the exact name first, then without the port 443, then by ever shorter domains,
  /// and `*` at last.
  func entry(for config: WebhookClientConfig) -> WebhookUser? {
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
