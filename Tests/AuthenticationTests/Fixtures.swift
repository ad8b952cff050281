import Authentication
import Schema
import Security
import Store
import Values

/// A store with a service account and what its tokens are bound to, and everything that knows its tokens.
struct Cluster {
  static let issuer = "https://kubernetes.default.svc"

  let store = ObjectStore()
  let key: PrivateKey
  let clock: @Sendable () -> Timestamp

  init(clock: @escaping @Sendable () -> Timestamp = { .now }) throws {
    key = try PrivateKey.ecdsa(.p256)
    self.clock = clock
    try put("serviceaccounts", "app", uid: "app-uid")
    try put("serviceaccounts", "other", uid: "other-uid")
    try put("secrets", "s", uid: "secret-uid")
    try put("pods", "p", uid: "pod-uid", spec: ["serviceAccountName": "app", "nodeName": "n1"])
    try put("nodes", "n1", uid: "node-uid", namespace: "")
  }

  @discardableResult
  func put(
    _ resource: String, _ name: String, uid: String, namespace: String = "ns", spec: Value = [:],
    data: Value = [:]
  ) throws -> StoredObject {
    let resource = GroupResource(group: "", resource: resource)
    let key = ObjectKey(namespace: namespace, name: name)
    if store.get(resource, key) != nil { try delete(resource.resource, name, namespace: namespace) }
    return try store.create(
      resource, key,
      [
        "metadata": ["name": .string(name), "namespace": .string(namespace), "uid": .string(uid)],
        "spec": spec, "data": data,
      ])
  }

  func delete(_ resource: String, _ name: String, namespace: String = "ns") throws {
    _ = try store.delete(
      GroupResource(group: "", resource: resource), ObjectKey(namespace: namespace, name: name),
      ifRevision: nil, final: nil)
  }

  var keys: ServiceAccountKeys { ServiceAccountKeys([key.publicKey]) }

  func tokenIssuer(maximum: Int64 = 0) -> ServiceAccountTokenIssuer {
    ServiceAccountTokenIssuer(
      store: store, key: key,
      configuration: .init(issuer: Self.issuer, apiAudiences: [Self.issuer], maximumExpiration: maximum),
      now: clock)
  }

  /// The chain of a server with a token file and service accounts.
  var chain: AuthenticatorChain {
    var members = AuthenticatorChain.Members()
    let file = TokenFileAuthenticator([
      ("jane-token", UserInfo(name: "jane", uid: "jane-uid", groups: ["developers", "qa"]))
    ])
    members.tokens = [
      AudienceAgnosticAuthenticator(file, apiAudiences: [Self.issuer]),
      LegacyServiceAccountAuthenticator(store: store, keys: keys, apiAudiences: [Self.issuer]),
      ServiceAccountAuthenticator(
        store: store, issuers: [Self.issuer], keys: keys, apiAudiences: [Self.issuer], now: clock),
    ]
    members.anonymous = AnonymousAuthenticator()
    return AuthenticatorChain(members, tokenCache: nil)
  }

  func user(bearer: String) async throws -> UserInfo? {
    var notes = AuthenticationNotes()
    let request = AuthenticationRequest(headers: ["Authorization": "Bearer \(bearer)"])
    return try await chain.authenticate(request, &notes)?.user
  }

  /// The status of a TokenReview of the token.
  func review(_ token: String, audiences: [String] = []) async throws -> Value {
    var notes = AuthenticationNotes()
    let reviewer = TokenReviewer(chain, apiAudiences: [Self.issuer])
    return try await reviewer.review(["token": .string(token), "audiences": Value(audiences)], &notes)
  }

  func token(_ spec: Value = [:]) async throws -> String {
    let issued = try await tokenIssuer().issue(["spec": spec], namespace: "ns", name: "app")
    return issued.value[path: "status", "token"]?.string ?? ""
  }
}

/// The claims of a token, not verified.
func claims(_ token: String) throws -> Value { try JSON.parse(JWS.parse(token).payload) }
