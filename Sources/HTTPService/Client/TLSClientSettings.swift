import Security

/// How an ``HTTPClient`` speaks TLS.
public struct TLSClientSettings: Sendable {
  /// The certificate and key that a server gets to see when it asks.
  public enum Identity: Sendable {
    case fixed(TLSIdentity)
    /// PEM files; read again when they change.
    case files(certificate: String, key: String)
  }

  /// Which servers are believed.
  public var trust: TLSClientConfiguration.Trust
  public var identity: Identity?
  /// The name that the server's certificate must be for, and that is asked for (SNI); the URL's host when nil.
  public var serverName: String?

  /// Believes whom the system's authorities vouch for, unless said otherwise.
  public init(
    trust: TLSClientConfiguration.Trust = .system, identity: Identity? = nil, serverName: String? = nil
  ) {
    self.trust = trust
    self.identity = identity
    self.serverName = serverName
  }
}

/// The context of new connections: a fixed one, or one that follows the identity's files.
enum TLSContextSource: Sendable {
  case fixed(TLSContext)
  case reloading(ReloadingTLSContext)

  /// - Throws: when the identity or an authority can't be used.
  init(_ settings: TLSClientSettings) throws(SecurityError) {
    var configuration = TLSClientConfiguration(trust: settings.trust)
    configuration.alpn = ["http/1.1"]
    switch settings.identity {
    case nil: self = .fixed(try TLSContext.client(configuration))
    case .fixed(let identity):
      configuration.identity = identity
      self = .fixed(try TLSContext.client(configuration))
    case .files(let certificate, let key):
      let base = configuration
      do {
        self = .reloading(
          try ReloadingTLSContext(
            paths: [certificate, key],
            load: {
              var configuration = base
              configuration.identity = try PEMFile.identity(certificate: certificate, key: key)
              return try TLSContext.client(configuration)
            }))
      } catch let error as SecurityError {
        throw error
      } catch {
        throw SecurityError("\(error)")
      }
    }
  }

  var current: TLSContext {
    switch self {
    case .fixed(let context): context
    case .reloading(let reloading): reloading.current
    }
  }
}
