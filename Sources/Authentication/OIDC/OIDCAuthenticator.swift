import HTTPService
import Logging
import Schema
import Security
import Values

/// Recognises users by the ID tokens of one OpenID provider, or by any JSON Web Tokens that are made like
/// them (k8s.io/apiserver plugin/pkg/authenticator/token/oidc).
public final class OIDCAuthenticator: TokenAuthenticator {
  /// What all issuers have in common.
  public struct Settings: Sendable {
    /// The `alg` that are accepted.
    public var algorithms: [SignatureAlgorithm]
    public var validator: AuthenticationConfigurationValidator
    public var logger: Logger
    public var metrics: AuthenticationMetrics?
    public var now: @Sendable () -> Timestamp
    /// Between attempts to reach a provider that has not answered yet.
    public var retryInterval: Duration

    public init(
      algorithms: [SignatureAlgorithm] = SignatureAlgorithm.allCases,
      validator: AuthenticationConfigurationValidator = .init(),
      logger: Logger = Logger(label: "authentication") { _ in SwiftLogNoOpLogHandler() },
      metrics: AuthenticationMetrics? = nil,
      now: @escaping @Sendable () -> Timestamp = { .now }, retryInterval: Duration = .seconds(10)
    ) {
      self.algorithms = algorithms
      self.validator = validator
      self.logger = logger
      self.metrics = metrics
      self.now = now
      self.retryInterval = retryInterval
    }
  }

  /// The issuer's address, which is `iss` in its tokens.
  public let issuer: String
  /// How metrics show ``issuer``.
  let issuerHash: String
  private let metrics: AuthenticationMetrics?
  private let mapper: ClaimMapper
  private let initialization: ProviderInitialization
  private let distributed: DistributedClaims?

  /// Begins to ask the provider about itself; until it has answered its tokens are errors.
  ///
  /// - Parameter client: sends requests to the provider; believes its certificate.
  /// - Throws: what is wrong with the configuration.
  public init(
    _ configuration: JWTAuthenticatorConfiguration, client: any HTTPRequesting,
    settings: Settings = Settings()
  ) throws(AuthenticationConfigurationError) {
    var errors: [FieldError] = []
    let compiled = settings.validator.compile(configuration, FieldPath(), &errors)
    if let text = AuthenticationConfigurationValidator.text(errors) {
      throw AuthenticationConfigurationError(text)
    }
    issuer = configuration.issuer.url
    let issuerHash = AuthenticationMetrics.hash(Array(issuer.utf8))
    self.issuerHash = issuerHash
    metrics = settings.metrics
    mapper = ClaimMapper(configuration: configuration, compiled: compiled)
    var transport = OIDCTransport(client: client)
    if !configuration.issuer.discoveryURL.isEmpty {
      transport.rewrites = [OIDCProvider.discoveryURL(issuer): configuration.issuer.discoveryURL]
    }
    let rules = IDTokenVerifier.Rules(
      audiences: configuration.issuer.audiences, algorithms: settings.algorithms, now: settings.now)
    let logger = settings.logger
    let claim = configuration.claimMappings.groups.claim
    distributed =
      claim.isEmpty
      ? nil : DistributedClaims(claim: claim, transport: transport, rules: rules, logger: logger)
    initialization = ProviderInitialization(
      issuer: issuer, transport: transport, rules: rules, interval: settings.retryInterval,
      didFetchKeys: { [metrics = settings.metrics] keySet in
        metrics?.jwt.didFetchKeys(issuerHash, keySet, at: settings.now())
      }
    ) { error in
      logger.error("oidc authenticator: initializing plugin: \(error)")
    }
  }

  public func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard IDToken.unverifiedIssuer(token) == issuer else { return nil }
    let begin = ContinuousClock.now
    do throws(OIDCError) {
      let user = try await user(token)
      metrics?.jwt.didAuthenticate(issuerHash, isSuccess: true, begin.duration(to: .now))
      return AuthenticationResult(user: user, authenticator: "oidc")
    } catch {
      metrics?.jwt.didAuthenticate(issuerHash, isSuccess: false, begin.duration(to: .now))
      throw AuthenticationError(error.description)
    }
  }

  private func user(_ token: String) async throws(OIDCError) -> UserInfo {
    guard let verifier = initialization.verifier else {
      throw OIDCError("oidc: authenticator not initialized")
    }
    var claims: Object
    do throws(OIDCError) {
      claims = try await verifier.verify(token)
    } catch {
      throw error.during("oidc: verify token")
    }
    if let distributed {
      do throws(OIDCError) {
        claims = try await distributed.expand(claims)
      } catch {
        throw error.during("oidc: could not expand distributed claims")
      }
    }
    return try mapper.user(claims)
  }

  /// Why its tokens can't be verified yet; nil when they can.
  public var healthError: String? {
    initialization.error.map {
      "oidc: authenticator for issuer \(GoText.quoted(issuer)) is not healthy: \($0)"
    }
  }

  /// Ends what it does in the background; it must not be asked any more.
  public func close() {
    initialization.close()
    distributed?.close()
  }
}
