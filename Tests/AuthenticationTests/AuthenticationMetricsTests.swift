import Authentication
import Metrics
import Security
import Store
import Synchronization
import Testing
import Values

/// What is counted about logging in.
@Suite struct AuthenticationMetricsTests {
  private let registry = MetricsRegistry()
  private let metrics: AuthenticationMetrics

  init() { metrics = AuthenticationMetrics(registry: registry, serverID: "apiserver-x") }

  /// The lines of a metric, without those that tell times.
  private func lines(_ prefix: String) -> [String] {
    registry.text(.prometheus).split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix(prefix) && !$0.contains("_bucket{") && !$0.contains("_sum") }
  }

  @Test func caches() async throws {
    let file = TokenFileAuthenticator([("good", UserInfo(name: "tom"))])
    let clock = Clock()
    let cache = CachedTokenAuthenticator(file, metrics: metrics, now: { clock.now })
    var notes = AuthenticationNotes()
    for token in ["good", "good", "bad"] {
      _ = try await cache.authenticate(token: token, audiences: nil, &notes)
    }
    #expect(
      lines("authentication_token_cache_") == [
        "authentication_token_cache_active_fetch_count{status=\"blocked\"} 0",
        "authentication_token_cache_active_fetch_count{status=\"in_flight\"} 0",
        "authentication_token_cache_fetch_total{status=\"ok\"} 2",
        "authentication_token_cache_request_duration_seconds_count{status=\"hit\"} 1",
        "authentication_token_cache_request_duration_seconds_count{status=\"miss\"} 2",
        "authentication_token_cache_request_total{status=\"hit\"} 1",
        "authentication_token_cache_request_total{status=\"miss\"} 2",
      ])
  }

  @Test func certificates() async throws {
    let authority = try Authority()
    let trust = ClientTrust(authority.verifier)
    let x509 = X509Authenticator(metrics: metrics) { trust }
    let jane = try authority.client(DistinguishedName(commonName: "jane"))
    var notes = AuthenticationNotes()
    _ = try await x509.authenticate(AuthenticationRequest(peerCertificates: [jane]), &notes)
    let name = "apiserver_client_certificate_expiration_seconds"
    let text = registry.text(.prometheus)
    #expect(text.contains("\(name)_bucket{le=\"43200\"} 0\n\(name)_bucket{le=\"86400\"} 1\n"), "a day")
  }

  @Test func tokensOfServiceAccounts() async throws {
    let time = Clock()
    let cluster = try Cluster(clock: { time.now })
    let bound = ServiceAccountAuthenticator(
      store: cluster.store, issuers: [Cluster.issuer], keys: cluster.keys, apiAudiences: [Cluster.issuer],
      metrics: metrics, now: { time.now })
    let legacy = LegacyServiceAccountAuthenticator(
      store: cluster.store, keys: cluster.keys, apiAudiences: [Cluster.issuer], metrics: metrics)
    var notes = AuthenticationNotes()
    let binding: Value = ["kind": "Pod", "apiVersion": "v1", "name": "p"]
    let mounted = try await cluster.token(["expirationSeconds": 3607, "boundObjectRef": binding])
    _ = try await bound.authenticate(token: mounted, audiences: nil, &notes)
    // One that is never extended is neither valid nor stale.
    _ = try await bound.authenticate(token: cluster.token(), audiences: nil, &notes)
    time.advance(4000)
    _ = try await bound.authenticate(token: mounted, audiences: nil, &notes)

    let text = try cluster.tokenIssuer().legacyToken(
      namespace: "ns", serviceAccount: "app", uid: "app-uid", secretName: "s")
    try cluster.put("secrets", "s", uid: "x", data: ["token": .string(Base64.encode(Array(text.utf8)))])
    _ = try await legacy.authenticate(token: text, audiences: nil, &notes)
    #expect(
      lines("serviceaccount_") == [
        "serviceaccount_invalid_legacy_auto_token_uses_total 0",
        "serviceaccount_legacy_auto_token_uses_total 0",
        "serviceaccount_legacy_manual_token_uses_total 1",
        "serviceaccount_legacy_tokens_total 1",
        "serviceaccount_stale_tokens_total 1",
        "serviceaccount_valid_tokens_total 1",
      ])
  }

  @Test func issuersOfTokens() async throws {
    let key = Provider.Key.usual
    let provider = Provider(keys: [key])
    let clock = Clock()
    let metrics = metrics
    let authenticators = try JWTAuthenticators(
      AuthenticationConfiguration(jwt: [keycloak(provider.url)]),
      settings: .init(metrics: metrics, now: { clock.now }, retryInterval: .milliseconds(5)), grace: .zero
    ) { _ in OIDCConnection(client: provider) }
    for _ in 0..<2000 where !authenticators.healthErrors.isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
    var notes = AuthenticationNotes()
    _ = try await authenticators.authenticate(token: provider.token(key: key), audiences: nil, &notes)
    let expired = try provider.token(["exp": 1], key: key)
    await #expect(throws: AuthenticationError.self) {
      _ = try await authenticators.authenticate(token: expired, audiences: nil, &notes)
    }
    _ = try await authenticators.authenticate(token: "a.b.c", audiences: nil, &notes)

    let issuer = "sha256:" + hex(Digest.sha256(Array(provider.url.utf8)))
    let server = "sha256:" + hex(Digest.sha256(Array("apiserver-x".utf8)))
    let prefix = "apiserver_authentication_jwt_authenticator_"
    let found = lines(prefix)
    #expect(found.count == 4)
    #expect(
      found[0].hasPrefix(
        "\(prefix)jwks_fetch_last_key_set_info{jwt_issuer_hash=\"\(issuer)\",apiserver_id_hash=\"\(server)\","
          + "hash=\"sha256:"))
    #expect(
      found.dropFirst() == [
        "\(prefix)jwks_fetch_last_timestamp_seconds{result=\"success\",jwt_issuer_hash=\"\(issuer)\","
          + "apiserver_id_hash=\"\(server)\"} 1800000000",
        "\(prefix)latency_seconds_count{result=\"failure\",jwt_issuer_hash=\"\(issuer)\"} 1",
        "\(prefix)latency_seconds_count{result=\"success\",jwt_issuer_hash=\"\(issuer)\"} 1",
      ])
    try await authenticators.update(AuthenticationConfiguration())
    #expect(lines("\(prefix)jwks_fetch_last_key_set_info").isEmpty, "it is no longer believed")
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// Answers when it is told to.
private final class Slow: TokenAuthenticator {
  let asked = Mutex(0)
  private let gate = AsyncStream<Void>.makeStream()

  func open() { gate.continuation.finish() }

  func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    asked.withLock { $0 += 1 }
    for await _ in gate.stream {}
    if token == "bad" { throw AuthenticationError("bad") }
    return AuthenticationResult(user: UserInfo(name: token), authenticator: "slow")
  }
}

@Test(arguments: ["good", "bad"])
func aTokenThatManyBringIsAskedAboutOnce(_ token: String) async throws {
  let registry = MetricsRegistry()
  let slow = Slow()
  let cache = CachedTokenAuthenticator(slow, metrics: AuthenticationMetrics(registry: registry))
  let requests = (0..<20).map { _ in
    Task {
      var notes = AuthenticationNotes()
      return try? await cache.authenticate(token: token, audiences: nil, &notes)?.user.name
    }
  }
  let all = "authentication_token_cache_active_fetch_count{status=\"blocked\"} 20"
  for _ in 0..<2000 where !registry.text(.prometheus).contains(all) {
    try await Task.sleep(for: .milliseconds(5))
  }
  // One goes away; the others go on waiting.
  let impatient = Task {
    var notes = AuthenticationNotes()
    return try await cache.authenticate(token: token, audiences: nil, &notes)?.user.name
  }
  impatient.cancel()
  #expect((try? await impatient.value) == nil)
  slow.open()
  for request in requests { #expect(await request.value == (token == "good" ? "good" : nil)) }
  #expect(slow.asked.withLock { $0 } == 1)
}
