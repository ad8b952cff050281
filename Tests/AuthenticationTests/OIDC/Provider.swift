import Authentication
import HTTPService
import Logging
import Security
import Synchronization
import Values

/// An OpenID provider in the process: it answers requests and signs tokens.
final class Provider: HTTPRequesting {
  /// A key that signs, by its `kid`.
  struct Key: Sendable {
    var id: String
    var key: PrivateKey
    var algorithm: SignatureAlgorithm
  }

  static let issuer = "https://keycloak.example.com/realms/kubernetes"
  static let clock: Int64 = 1_800_000_000

  private struct State {
    var documents: [String: ClientResponse] = [:]
    var requests: [ClientRequest] = []
    var failure: HTTPClientError?
  }

  private let state = Mutex(State())
  let url: String

  init(_ url: String = Provider.issuer, keys: [Key] = []) {
    self.url = url
    set(
      "\(url)/.well-known/openid-configuration",
      [
        "issuer": .string(url), "jwks_uri": .string("\(url)/protocol/openid-connect/certs"),
      ])
    publish(keys)
  }

  func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
    let (answer, failure) = state.withLock { state in
      state.requests.append(request)
      return (state.documents[request.url], state.failure)
    }
    if let failure { throw failure }
    return answer ?? ClientResponse(status: 404, body: Array("not here".utf8))
  }

  /// The addresses that were asked for, in order.
  var requests: [ClientRequest] { state.withLock { $0.requests } }
  var keyRequests: Int { requests.filter { $0.url.hasSuffix("/certs") }.count }

  func fail(_ error: HTTPClientError?) { state.withLock { $0.failure = error } }

  func set(_ url: String, _ response: ClientResponse) { state.withLock { $0.documents[url] = response } }

  func set(_ url: String, _ document: Value, headers: [(String, String)] = []) {
    var response = ClientResponse(status: 200, body: JSON.encode(document))
    response.headers.add(name: "Content-Type", value: "application/json")
    for (name, value) in headers { response.headers.add(name: name, value: value) }
    set(url, response)
  }

  /// The key set that the provider shows from now on.
  func publish(_ keys: [Key], headers: [(String, String)] = []) {
    let list = keys.map { key in
      var object: Object = ["kid": .string(key.id), "use": "sig", "alg": .string(key.algorithm.rawValue)]
      let jwk = key.key.publicKey.jwk
      for (name, text) in [
        ("kty", jwk?.keyType), ("n", jwk?.n), ("e", jwk?.e), ("crv", jwk?.curve), ("x", jwk?.x),
        ("y", jwk?.y),
      ] {
        if let text { object[name] = .string(text) }
      }
      return Value.object(object)
    }
    set("\(url)/protocol/openid-connect/certs", ["keys": .array(list)], headers: headers)
  }

  /// A token as Keycloak makes it, with claims changed; null takes one out.
  func token(_ changes: Object = [:], key: Key) throws -> String {
    var claims: Object = [
      "exp": .int(Self.clock + 300), "iat": .int(Self.clock), "jti": "b1f0",
      "iss": .string(url), "aud": "kubernetes", "sub": "f7c0e5a4-user", "typ": "ID", "azp": "kubernetes",
      "preferred_username": "jane", "email": "jane@example.com", "email_verified": true,
      "groups": ["developers", "admins"], "realm_access": ["roles": ["offline_access"]],
    ]
    for (name, value) in changes { claims[name] = value.isNull ? nil : value }
    return try sign(.object(claims), key: key)
  }

  func sign(_ claims: Value, key: Key) throws -> String {
    try JWS.sign(
      payload: JSON.encode(claims), key: key.key, algorithm: key.algorithm, keyID: key.id, type: "JWT")
  }
}

extension Provider.Key {
  /// One key, for all tests that need just any.
  static let usual = Provider.Key(
    id: "usual", key: try! PrivateKey.rsa(bits: 2048), algorithm: .rs256)  // Made here, and sound.

  static func ecdsa(_ id: String) throws -> Provider.Key {
    Provider.Key(id: id, key: try PrivateKey.ecdsa(.p256), algorithm: .es256)
  }
}

/// A server that believes a provider.
struct RelyingServer {
  let authenticators: JWTAuthenticators
  let provider: Provider

  /// - Parameter adjust: changes the usual configuration, that of the guide's Keycloak realm.
  init(
    _ provider: Provider, algorithms: [SignatureAlgorithm] = SignatureAlgorithm.allCases,
    expressions: any ClaimExpressions = NoClaimExpressions(), isReady: Bool = true,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: Clock = Clock(),
    _ adjust: (inout JWTAuthenticatorConfiguration) -> Void = { _ in }
  ) async throws {
    self.provider = provider
    var configuration = keycloak(provider.url)
    adjust(&configuration)
    authenticators = try JWTAuthenticators(
      AuthenticationConfiguration(jwt: [configuration]),
      settings: .init(
        algorithms: algorithms, validator: .init(expressions: expressions), logger: logger,
        now: { clock.now }, retryInterval: .milliseconds(5))
    ) { _ in OIDCConnection(client: provider) }
    if isReady { await ready() }
  }

  /// Waits until the provider has answered.
  func ready() async {
    for _ in 0..<2000 where !authenticators.healthErrors.isEmpty {
      try? await Task.sleep(for: .milliseconds(5))
    }
  }

  func user(_ token: String) async throws -> UserInfo? {
    var notes = AuthenticationNotes()
    return try await authenticators.authenticate(token: token, audiences: nil, &notes)?.user
  }

  /// Why a token is refused; nil where it is not.
  func refusal(_ token: String) async -> String? {
    do {
      guard try await user(token) != nil else { return "nobody" }
      return nil
    } catch {
      return "\(error)"
    }
  }
}

/// What the guide's flags mean.
func keycloak(_ issuer: String = Provider.issuer) -> JWTAuthenticatorConfiguration {
  var flags = OIDCFlags()
  flags.issuerURL = issuer
  flags.clientID = "kubernetes"
  flags.usernameClaim = "preferred_username"
  flags.usernamePrefix = "oidc:"
  flags.groupsClaim = "groups"
  flags.groupsPrefix = "oidc:"
  return flags.configuration()
}
