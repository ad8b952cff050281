import HTTPService
import Security
import Synchronization
import Values

/// A connection to a provider: what sends requests to it, and how that is ended.
public struct OIDCConnection: Sendable {
  public var client: any HTTPRequesting
  public var close: @Sendable () async -> Void

  public init(client: any HTTPRequesting, close: @escaping @Sendable () async -> Void = {}) {
    self.client = client
    self.close = close
  }

  /// Makes the connection to an issuer: it believes the servers that these authorities vouch for, or the
  /// system's where there are none.
  public typealias Factory = @Sendable (_ authorities: [Certificate]?) throws -> OIDCConnection
}

/// The authenticators of all configured issuers, which may be replaced by others while requests come in.
///
/// A token is for the authenticator whose issuer it names; what that finds wrong decides.
public final class JWTAuthenticators: TokenAuthenticator {
  /// The authenticators of one configuration.
  private struct Generation: Sendable {
    var members: [OIDCAuthenticator] = []
    var connections: [OIDCConnection] = []
    var union = UnionTokenAuthenticator([], failsOnError: true)

    func close() async {
      for member in members { member.close() }
      for connection in connections { await connection.close() }
    }
  }

  private let current: Mutex<Generation>
  private let settings: OIDCAuthenticator.Settings
  private let connect: OIDCConnection.Factory
  /// For how long replaced authenticators live on, so that requests under way can end.
  private let grace: Duration

  /// Starts with the authenticators of a configuration; they ask their providers at once.
  /// - Throws: what is wrong with the configuration.
  public init(
    _ configuration: AuthenticationConfiguration, settings: OIDCAuthenticator.Settings = .init(),
    grace: Duration = .seconds(60), connect: @escaping OIDCConnection.Factory
  ) throws(AuthenticationConfigurationError) {
    self.settings = settings
    self.connect = connect
    self.grace = grace
    current = Mutex(try Self.generation(configuration, settings, connect))
  }

  private static func generation(
    _ configuration: AuthenticationConfiguration, _ settings: OIDCAuthenticator.Settings,
    _ connect: OIDCConnection.Factory
  ) throws(AuthenticationConfigurationError) -> Generation {
    if let text = AuthenticationConfigurationValidator.text(settings.validator.findings(configuration)) {
      throw AuthenticationConfigurationError("invalid authentication configuration: \(text)")
    }
    var generation = Generation()
    do {
      for member in configuration.jwt {
        let pem = member.issuer.certificateAuthority
        let authorities = pem.isEmpty ? nil : try Certificate.parse(pem: Array(pem.utf8))
        let connection = try connect(authorities)
        generation.connections.append(connection)
        generation.members.append(
          try OIDCAuthenticator(member, client: connection.client, settings: settings))
      }
    } catch {
      let half = generation
      Task { await half.close() }
      throw AuthenticationConfigurationError("\(error)")
    }
    generation.union = UnionTokenAuthenticator(generation.members, failsOnError: true)
    return generation
  }

  public func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    let union = current.withLock { $0.union }
    return try await union.authenticate(token: token, audiences: audiences, &notes)
  }

  /// Replaces the authenticators by those of another configuration once their providers have answered.
  /// - Parameter limit: how long to wait for that; after it the old ones stay.
  /// - Throws: what is wrong with the configuration, or with a provider.
  public func update(
    _ configuration: AuthenticationConfiguration, within limit: Duration = .seconds(60)
  ) async throws(AuthenticationConfigurationError) {
    let next = try Self.generation(configuration, settings, connect)
    let deadline = ContinuousClock.now + limit
    // Asked once each: an authenticator may become healthy between two questions.
    while let error = next.members.compactMap(\.healthError).first {
      if ContinuousClock.now >= deadline || Task.isCancelled {
        await next.close()
        throw AuthenticationConfigurationError(error)
      }
      try? await Task.sleep(for: .milliseconds(50))
    }
    let old = current.withLock { current in
      defer { current = next }
      return current
    }
    let kept = Set(next.members.map(\.issuerHash))
    for member in old.members where !kept.contains(member.issuerHash) {
      settings.metrics?.jwt.forget(member.issuerHash)
    }
    let grace = grace
    Task {
      try? await Task.sleep(for: grace)
      await old.close()
    }
  }

  /// Why tokens of some issuers can't be verified yet; empty when all can.
  public var healthErrors: [String] { current.withLock { $0.members }.compactMap(\.healthError) }

  /// Ends everything; no token is known afterwards.
  public func close() async {
    let old = current.withLock { current in
      defer { current = Generation() }
      return current
    }
    await old.close()
  }
}
