import HTTPService
import Security
import Synchronization
import Webhook

/// What connects to webhooks. Tests put answers of their own in its place.
public protocol WebhookClients: Sendable {
  /// A client that believes the webhook's certificate; the same one for the same webhook, so that connections
  /// are used again.
  /// - Throws: where the configuration's certificates can't be read.
  func client(for config: WebhookClientConfig) throws(HTTPClientError) -> any HTTPRequesting

  /// The request with what proves to the webhook who asks.
  func authorized(_ request: ClientRequest, _ config: WebhookClientConfig) -> ClientRequest
}

/// Clients over HTTPS, one for each CA bundle and identity.
public final class PooledWebhookClients: WebhookClients {
  private struct Key: Hashable {
    var bundle: [UInt8]
    var credential: String
  }

  private let credentials: WebhookCredentials
  private let clients = Mutex<[Key: HTTPClient]>([:])
  /// Configurations that come and go don't pile up clients: the oldest idle ones end with their last request.
  private static let capacity = 64

  /// - Parameter credentials: what the server shows to webhooks.
  public init(credentials: WebhookCredentials = WebhookCredentials()) { self.credentials = credentials }

  public func client(for config: WebhookClientConfig) throws(HTTPClientError) -> any HTTPRequesting {
    let credential = credentials.entry(for: config)
    let key = Key(bundle: config.caBundle, credential: credential?.name ?? "")
    if let client = clients.withLock({ $0[key] }) { return client }
    let made: HTTPClient
    do throws(SecurityError) {
      var settings = TLSClientSettings()
      if !config.caBundle.isEmpty {
        settings.trust = .authorities(try Certificate.parse(pem: config.caBundle))
      }
      settings.identity = credential?.identity
      made = try HTTPClient(tls: settings)
    } catch {
      throw HTTPClientError(.invalid, "unable to load root certificates: \(error)")
    }
    return clients.withLock { clients in
      if let other = clients[key] { return other }
      if clients.count >= Self.capacity, let any = clients.keys.first { clients[any] = nil }
      clients[key] = made
      return made
    }
  }

  public func authorized(_ request: ClientRequest, _ config: WebhookClientConfig) -> ClientRequest {
    guard let authorization = credentials.entry(for: config)?.authorization else { return request }
    var request = request
    request.headers.replaceOrAdd(name: "Authorization", value: authorization())
    return request
  }
}
