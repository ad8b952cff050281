import Authentication
import Security
import Store
import Synchronization
import Values

/// The tokens of service accounts, issued and recognised. On the very first start the signing key is still
/// in the making when the server listens: whoever needs it waits for it here, all others don't.
final class ServiceAccountTokens: TokenAuthenticator {
  private struct Ready: Sendable {
    var issuer: ServiceAccountTokenIssuer
    var keys: ServiceAccountKeys
    var bound: ServiceAccountAuthenticator
    var legacy: LegacyServiceAccountAuthenticator
  }

  private let configuration: DrydockConfiguration
  private let store: ObjectStore
  private let pki: PKI
  private let audiences: [String]
  private let metrics: AuthenticationMetrics
  /// Keys from files, where the configuration names some.
  private let signingKey: PrivateKey?
  private let verificationKeys: [PublicKey]
  private let ready = Mutex<Ready?>(nil)
  private let didUse = Mutex<(@Sendable (ObjectKey) -> Void)?>(nil)

  init(
    _ configuration: DrydockConfiguration, store: ObjectStore, pki: PKI, audiences: [String],
    metrics: AuthenticationMetrics
  ) throws {
    guard !configuration.serviceAccountIssuers.isEmpty else {
      throw ConfigurationError("--service-account-issuer: at least one issuer must be given")
    }
    try Self.check(configuration)
    self.configuration = configuration
    self.store = store
    self.pki = pki
    self.audiences = audiences
    self.metrics = metrics
    signingKey = try configuration.serviceAccountSigningKeyFile.map { file in
      try PrivateKey(pem: try Files.read(file, flag: "--service-account-signing-key-file"))
    }
    verificationKeys = try configuration.serviceAccountKeyFiles.flatMap { try PEMFile.publicKeys($0) }
  }

  private func prepared() async throws -> Ready {
    if let ready = ready.withLock({ $0 }) { return ready }
    let key = if let signingKey { signingKey } else { try await pki.serviceAccountKey() }
    let keys = ServiceAccountKeys(verificationKeys.isEmpty ? [key.publicKey] : verificationKeys)
    let made = Ready(
      issuer: ServiceAccountTokenIssuer(
        store: store, key: key,
        configuration: .init(
          issuer: configuration.serviceAccountIssuers[0], apiAudiences: audiences,
          maximumExpiration: configuration.serviceAccountMaxTokenExpiration,
          extendsExpiration: configuration.extendsServiceAccountTokens)),
      keys: keys,
      bound: ServiceAccountAuthenticator(
        store: store, issuers: configuration.serviceAccountIssuers, keys: keys, apiAudiences: audiences,
        metrics: metrics),
      legacy: LegacyServiceAccountAuthenticator(
        store: store, keys: keys, apiAudiences: audiences,
        looksUp: configuration.looksUpServiceAccountTokens, metrics: metrics,
        didUse: { [weak self] secret in self?.didUse.withLock { $0 }?(secret) }))
    ready.withLock { $0 = made }
    return made
  }

  /// Whom to tell of every Secret whose token was used.
  func onUse(_ didUse: @escaping @Sendable (ObjectKey) -> Void) { self.didUse.withLock { $0 = didUse } }

  /// Nil where the key can't be had.
  func issuer() async -> ServiceAccountTokenIssuer? { try? await prepared().issuer }

  /// - Throws: in the words of the real server where flags make no sense.
  private static func check(_ configuration: DrydockConfiguration) throws(ConfigurationError) {
    var seen = Set<String>()
    for issuer in configuration.serviceAccountIssuers {
      if issuer.isEmpty { throw ConfigurationError("service-account-issuer should not be an empty string") }
      if !seen.insert(issuer).inserted {
        throw ConfigurationError("service-account-issuer \(GoText.quoted(issuer)) was already specified")
      }
    }
    if let url = configuration.serviceAccountKeySetURL,
      url.prefix(while: { $0 != ":" }).lowercased() != "https"
    {
      throw ConfigurationError("service-account-jwks-uri requires https scheme, parsed as: \(url)")
    }
  }

  /// Why relying parties find no documents; nil where they do.
  var documentsProblem: String? { OpenIDMetadata.problem(issuer: configuration.serviceAccountIssuers[0]) }

  /// What relying parties read; nil where the issuer is none that they could know.
  func documents(serverAddress: String) async -> (configuration: Value, keys: Value)? {
    guard documentsProblem == nil, let keys = try? await prepared().keys else { return nil }
    let metadata = OpenIDMetadata(
      issuer: configuration.serviceAccountIssuers[0],
      keySetURL: configuration.serviceAccountKeySetURL ?? "https://\(serverAddress)/openid/v1/jwks",
      keys: keys)
    return (metadata.configuration, metadata.keySet)
  }

  func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    // Only what looks like a JWT is worth waiting for a key.
    guard token.utf8.filter({ $0 == UInt8(ascii: ".") }).count == 2 else { return nil }
    guard let ready = try? await prepared() else { return nil }
    return try await UnionTokenAuthenticator([ready.legacy, ready.bound]).authenticate(
      token: token, audiences: audiences, &notes)
  }
}
