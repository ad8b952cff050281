import Authentication
import HTTPService
import Security
import Testing
import Values

@Suite("OIDC providers")
struct OIDCProviderTests {
  let key = Provider.Key.usual
  static let discovery = "\(Provider.issuer)/.well-known/openid-configuration"

  @Test("tokens are errors until the provider answers, which is waited for")
  func lateProvider() async throws {
    let provider = Provider(keys: [key])
    provider.fail(HTTPClientError(.connect, "Get \"x\": dial tcp: connection refused"))
    let server = try await RelyingServer(provider, isReady: false)
    #expect(await server.refusal(try provider.token(key: key)) == "oidc: authenticator not initialized")
    #expect(
      server.authenticators.healthErrors.first?.hasPrefix(
        "oidc: authenticator for issuer \"\(Provider.issuer)\" is not healthy: ") == true)
    provider.fail(nil)
    await server.ready()
    #expect(await server.refusal(try provider.token(key: key)) == nil)
    #expect(provider.keyRequests == 1)
  }

  @Test("a provider that says it is somebody else is not believed")
  func wrongIssuer() async throws {
    let provider = Provider(keys: [key])
    provider.set(Self.discovery, ["issuer": "https://elsewhere.example.com", "jwks_uri": "https://x/certs"])
    let server = try await RelyingServer(provider, isReady: false)
    for _ in 0..<2000 where provider.requests.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
    #expect(
      server.authenticators.healthErrors == [
        "oidc: authenticator for issuer \"\(Provider.issuer)\" is not healthy: oidc: issuer did not match the "
          + "issuer returned by provider, expected \"\(Provider.issuer)\" got \"https://elsewhere.example.com\""
      ])
  }

  @Test(
    "discovery documents that are none",
    arguments: [
      (ClientResponse(status: 503, body: Array("busy".utf8)), "503 Service Unavailable busy"),
      (
        ClientResponse(
          status: 200, headers: ["Content-Type": "application/json; charset=utf-8"], body: [0x7B]),
        "oidc: failed to decode provider discovery object: got Content-Type = application/json, but could not "
          + "unmarshal as JSON: unexpected end of JSON input"
      ),
      (
        ClientResponse(status: 200, headers: ["Content-Type": "text/html"], body: Array("<html>".utf8)),
        "oidc: failed to decode provider discovery object: expected Content-Type = application/json, got "
          + "\"text/html\": invalid character '<' looking for beginning of value"
      ),
    ])
  func badDiscovery(_ answer: ClientResponse, _ reason: String) async throws {
    let provider = Provider(keys: [key])
    provider.set(Self.discovery, answer)
    let server = try await RelyingServer(provider, isReady: false)
    for _ in 0..<2000 where provider.requests.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
    #expect(server.authenticators.healthErrors.first?.hasSuffix("is not healthy: \(reason)") == true)
  }

  @Test("the provider may describe itself elsewhere")
  func discoveryURL() async throws {
    let provider = Provider(keys: [key])
    provider.set(
      "https://internal.example.com/discovery",
      [
        "issuer": .string(Provider.issuer), "jwks_uri": "https://internal.example.com/certs",
      ])
    provider.set("https://internal.example.com/certs", ["keys": []])
    let server = try await RelyingServer(provider) {
      $0.issuer.discoveryURL = "https://internal.example.com/discovery"
    }
    _ = await server.refusal(try provider.token(key: key))
    #expect(
      provider.requests.map(\.url) == [
        "https://internal.example.com/discovery", "https://internal.example.com/certs",
      ])
  }

  @Test("keys are fetched once, and again for a token that none of them verifies")
  func rotation() async throws {
    let (old, new) = (try Provider.Key.ecdsa("old"), try Provider.Key.ecdsa("new"))
    let provider = Provider(keys: [old])
    let server = try await RelyingServer(provider)
    for _ in 0..<5 { #expect(await server.refusal(try provider.token(key: old)) == nil) }
    #expect(provider.keyRequests == 1)
    provider.publish([new])
    #expect(await server.refusal(try provider.token(key: new)) == nil)
    #expect(provider.keyRequests == 2)
    #expect(
      await server.refusal(try provider.token(key: old))
        == "oidc: verify token: failed to verify signature: failed to verify id token signature")
  }

  @Test("keys that the provider says are good for long are not fetched again for forged tokens")
  func cacheControl() async throws {
    let (old, new) = (try Provider.Key.ecdsa("old"), try Provider.Key.ecdsa("new"))
    let provider = Provider()
    provider.publish([old], headers: [("Cache-Control", "public, max-age=300")])
    let clock = Clock()
    let server = try await RelyingServer(provider, clock: clock)
    #expect(await server.refusal(try provider.token(key: old)) == nil)
    provider.publish([new])
    clock.advance(269)
    let token = try provider.token(["exp": .int(Provider.clock + 3000)], key: new)
    #expect(await server.refusal(token)?.hasSuffix("failed to verify id token signature") == true)
    #expect(provider.keyRequests == 1)
    clock.advance(2)
    #expect(await server.refusal(token) == nil)
    #expect(provider.keyRequests == 2)
  }

  @Test("forged tokens do not flood the provider, and good ones go on")
  func flood() async throws {
    let forger = try Provider.Key.ecdsa("forged")
    let provider = Provider(keys: [key])
    let clock = Clock()
    let server = try await RelyingServer(provider, clock: clock)
    let forged = try provider.token(key: forger)
    for _ in 0..<100 { #expect(await server.refusal(forged) != nil) }
    #expect(provider.keyRequests == 10)
    #expect(await server.refusal(try provider.token(key: key)) == nil)
    clock.advance(3)
    for _ in 0..<100 { #expect(await server.refusal(forged) != nil) }
    #expect(provider.keyRequests == 13)
  }

  @Test("tokens that wait for keys wait together")
  func singleFlight() async throws {
    let gate = Gate()
    let provider = Provider(keys: [key])
    let slow = SlowKeys(provider: provider, gate: gate)
    let clock = Clock()
    let authenticators = try JWTAuthenticators(
      AuthenticationConfiguration(jwt: [keycloak()]), settings: .init(now: { clock.now })
    ) { _ in OIDCConnection(client: slow) }
    for _ in 0..<2000 where !authenticators.healthErrors.isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
    let token = try provider.token(key: key)
    let names = try await withThrowingTaskGroup(of: String?.self) { group in
      for _ in 0..<20 {
        group.addTask {
          var notes = AuthenticationNotes()
          return try await authenticators.authenticate(token: token, audiences: nil, &notes)?.user.name
        }
      }
      while provider.keyRequests == 0 { try await Task.sleep(for: .milliseconds(5)) }
      await gate.open()
      var names: [String?] = []
      for try await name in group { names.append(name) }
      return names
    }
    #expect(names == Array(repeating: "oidc:jane", count: 20))
    #expect(provider.keyRequests == 1)
  }

  @Test("key sets that can't be used")
  func badKeySets() async throws {
    let certs = "\(Provider.issuer)/protocol/openid-connect/certs"
    let many = Value.array(Array(repeating: ["kty": "oct"], count: 300))
    for (document, reason) in [
      (["keys": many], "oidc: failed to decode keys: not a set of at most 256 keys"),
      ([], "oidc: failed to decode keys: not a set of at most 256 keys"),
      (
        ["keys": [["kty": "RSA", "n": "?", "e": "AQAB"]]],
        "oidc: failed to decode keys: the JSON Web Key's n is missing or malformed"
      ),
    ] as [(Value, String)] {
      let provider = Provider()
      provider.set(certs, document)
      let server = try await RelyingServer(provider)
      #expect(
        await server.refusal(try provider.token(key: key))
          == "oidc: verify token: failed to verify signature: fetching keys \(reason)")
    }
    let provider = Provider(keys: [key])
    provider.set(certs, ClientResponse(status: 500, body: Array("no".utf8)))
    let server = try await RelyingServer(provider)
    #expect(
      await server.refusal(try provider.token(key: key))?.hasSuffix(
        "fetching keys oidc: get keys failed: 500 Internal Server Error no") == true)
    provider.fail(HTTPClientError(.timeout, "Get \"x\": context deadline exceeded"))
    #expect(
      await server.refusal(try provider.token(key: key))?.hasSuffix(
        "fetching keys oidc: get keys failed Get \"x\": context deadline exceeded") == true)
  }

  @Test("keys of kinds that sign no tokens here are passed over")
  func otherKeys() async throws {
    let provider = Provider(keys: [key])
    let jwk = try #require(key.key.publicKey.jwk)
    provider.set(
      "\(Provider.issuer)/protocol/openid-connect/certs",
      [
        "keys": [
          ["kty": "oct", "k": "AAAA", "kid": "usual"],
          ["kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "usual"],
          ["kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"],
          ["kty": "RSA", "kid": "usual", "n": .string(jwk.n ?? ""), "e": .string(jwk.e ?? "")],
        ]
      ])
    let server = try await RelyingServer(provider)
    #expect(await server.refusal(try provider.token(key: key)) == nil)
  }
}

/// Opens once.
private actor Gate {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func open() {
    isOpen = true
    for one in waiting { one.resume() }
    waiting = []
  }

  func pass() async {
    if isOpen { return }
    await withCheckedContinuation { waiting.append($0) }
  }
}

/// A provider whose keys are slow to come.
private struct SlowKeys: HTTPRequesting {
  var provider: Provider
  var gate: Gate

  func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
    let answer = try await provider.send(request)
    if request.url.hasSuffix("/certs") { await gate.pass() }
    return answer
  }
}
