import Authentication
import HTTPService
import Testing
import Values

/// Whatever is sent as a token: the answer is an error or nobody, and never the token.
@Suite("Hostile tokens")
struct HostileTokenTests {
  let key = Provider.Key.usual

  private func encoded(_ text: String) -> String {
    Base64.encode(Array(text.utf8), alphabet: .url, padding: false)
  }

  @Test("malformed tokens are nobody's or errors")
  func malformed() async throws {
    let log = LogLines()
    let server = try await RelyingServer(Provider(keys: [key]), logger: log.logger)
    let good = try server.provider.token(key: key)
    let parts = good.split(separator: ".").map(String.init)
    let deep = String(repeating: "[", count: 100_000)
    let bad = [
      "", ".", "..", "...", String(repeating: ".", count: 9_999), String(repeating: "a.", count: 10_000),
      good + ".", good + ".x", "." + good, parts[0] + "." + parts[1], "\(parts[0])..\(parts[2])",
      ".\(parts[1]).", "\(parts[0]).\(parts[1]).\(parts[2])=", "\(parts[0]).\(parts[1])!.\(parts[2])",
      "!.\(parts[1]).\(parts[2])", "\(parts[0]).\(parts[1]).!",
      "\(encoded("{")).\(parts[1]).\(parts[2])", "\(encoded(deep)).\(parts[1]).\(parts[2])",
      "\(parts[0]).\(encoded(deep)).\(parts[2])", "\(parts[0]).\(encoded("[]")).\(parts[2])",
      "\(parts[0]).\(encoded("{\"iss\":5}")).\(parts[2])",
      "\(parts[0]).\(encoded("{\"iss\":\"\(Provider.issuer)\",\"aud\":\(deep)")).\(parts[2])",
      "\(encoded("{\"alg\":\"RS256\",\"crit\":[\"exp\"]}")).\(parts[1]).\(parts[2])",
      "\(encoded("{\"alg\":[],\"kid\":{}}")).\(parts[1]).\(parts[2])",
      String(repeating: "a", count: 300 << 10) + "." + parts[1] + "." + parts[2],
      "{\"payload\":\"\(parts[1])\",\"signatures\":[]}", "\u{0}\u{FFFF}.\u{1F600}.x",
    ]
    for token in bad {
      let refusal = await server.refusal(token)
      #expect(refusal != nil)
      #expect(token.isEmpty || token.utf8.count < 20 || refusal?.contains(token) == false)
      #expect(refusal?.contains(parts[2]) == false, "no signature is told")
    }
    #expect(await server.refusal(good) == nil)
    #expect(!log.lines.contains { $0.contains(parts[1]) || $0.contains(parts[2]) })
  }

  @Test("random changes to a token are never accepted", arguments: 0..<4)
  func fuzz(_ seed: UInt64) async throws {
    let server = try await RelyingServer(Provider(keys: [key]))
    let good = Array(try server.provider.token(key: key).utf8)
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("ABCZaz09-_.=+/ {}\"".utf8)
    for _ in 0..<400 {
      var token = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0..<token.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: token[at] = alphabet.randomElement(using: &random) ?? 0
        case 1: token.remove(at: at)
        default: token.insert(alphabet.randomElement(using: &random) ?? 0, at: at)
        }
      }
      if token == good { continue }
      #expect(await server.refusal(String(decoding: token, as: UTF8.self)) != nil)
    }
    #expect(await server.refusal(String(decoding: good, as: UTF8.self)) == nil)
  }

  @Test("random claims, rightly signed, crash nothing", arguments: 0..<2)
  func fuzzClaims(_ seed: UInt64) async throws {
    let key = try Provider.Key.ecdsa("k")
    let server = try await RelyingServer(Provider(keys: [key]))
    var random = SeededGenerator(seed: seed)
    let names = [
      "iss", "aud", "exp", "nbf", "iat", "sub", "jti", "groups", "preferred_username", "_claim_names",
      "_claim_sources", "email",
    ]
    let values: [Value] = [
      .null, true, 0, -1, .int(.max), .int(.min), 1e308, -1e308, 0.5, "", "x", .string(Provider.issuer), [],
      ["x"], [.null], [[]], [:], ["groups": "s"], ["s": ["endpoint": "https://x"]], ["s": 5],
    ]
    for _ in 0..<300 {
      var changes: Object = [:]
      for _ in 0..<3 {
        changes[names.randomElement(using: &random) ?? ""] = values.randomElement(using: &random)
      }
      _ = await server.refusal(try server.provider.token(changes, key: key))
    }
    #expect(await server.refusal(try server.provider.token(key: key)) == nil)
    await server.authenticators.close()
  }

  @Test("an issuer that never answers holds up only its own tokens")
  func silentIssuer() async throws {
    let provider = Provider(keys: [key])
    let silent = Silent()
    let clock = Clock()
    let authenticators = try JWTAuthenticators(
      AuthenticationConfiguration(jwt: [keycloak("https://silent.example.com"), keycloak()]),
      settings: .init(now: { clock.now })
    ) { _ in OIDCConnection(client: Either(provider: provider, silent: silent)) }
    for _ in 0..<2000 where authenticators.healthErrors.count > 1 {
      try await Task.sleep(for: .milliseconds(5))
    }
    var notes = AuthenticationNotes()
    let good = try provider.token(key: key)
    #expect(
      try await authenticators.authenticate(token: good, audiences: nil, &notes)?.user.name == "oidc:jane")
    let waiting = try provider.token(["iss": "https://silent.example.com"], key: key)
    await #expect(throws: AuthenticationError("oidc: authenticator not initialized")) {
      _ = try await authenticators.authenticate(token: waiting, audiences: nil, &notes)
    }
    await authenticators.close()
  }
}

/// Numbers that are the same in every run.
private struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// Never answers until the request is given up.
private struct Silent: HTTPRequesting {
  func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
    try? await Task.sleep(for: .seconds(600))
    throw HTTPClientError(.cancelled, "context canceled")
  }
}

private struct Either: HTTPRequesting {
  var provider: Provider
  var silent: Silent

  func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
    request.url.hasPrefix("https://silent")
      ? try await silent.send(request) : try await provider.send(request)
  }
}
