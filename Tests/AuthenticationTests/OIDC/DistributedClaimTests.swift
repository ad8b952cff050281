import Authentication
import HTTPService
import Testing
import Values

@Suite("Distributed claims")
struct DistributedClaimTests {
  static let endpoint = "\(Provider.issuer)/groups"
  let key = Provider.Key.usual

  private func token(_ provider: Provider, _ changes: Object = [:]) throws -> String {
    var claims: Object = [
      "groups": .null, "_claim_names": ["groups": "src1"],
      "_claim_sources": ["src1": ["endpoint": .string(Self.endpoint), "access_token": "groups_token"]],
    ]
    for (name, value) in changes { claims[name] = value }
    return try provider.token(claims, key: key)
  }

  private func answer(_ provider: Provider, _ claims: Object) throws {
    let token = try provider.token(claims, key: key)
    provider.set(Self.endpoint, ClientResponse(status: 200, body: Array(token.utf8)))
  }

  /// The outcome once the issuer of the claim has been asked about itself, which the first token starts.
  private func settled(_ server: RelyingServer, _ token: String) async throws -> String? {
    for _ in 0..<2000 {
      let refusal = await server.refusal(token)
      if refusal?.contains("verifier not initialized for issuer") != true { return refusal }
      try await Task.sleep(for: .milliseconds(5))
    }
    return "never"
  }

  @Test("groups may be had elsewhere, with the token that is given for it")
  func groups() async throws {
    let provider = Provider(keys: [key])
    try answer(provider, ["groups": ["elsewhere"]])
    let server = try await RelyingServer(provider)
    let token = try token(provider)
    #expect(
      await server.refusal(token)
        == "oidc: could not expand distributed claims: verifying untrusted issuer \(Provider.issuer) failed: "
        + "verifier not initialized for issuer: \"\(Provider.issuer)\"")
    #expect(try await settled(server, token) == nil)
    #expect(try await server.user(token)?.groups == ["oidc:elsewhere"])
    let asked = provider.requests.last { $0.url == Self.endpoint }
    #expect(asked?.headers.first(name: "Authorization") == "Bearer groups_token")
    let own = try self.token(provider, ["groups": ["own"]])
    #expect(try await server.user(own)?.groups == ["oidc:own"], "what the token says itself wins")
    let aggregated = try self.token(provider, ["_claim_sources": ["src1": ["JWT": "x"]]])
    #expect(try await server.user(aggregated)?.groups == [])
  }

  @Test("sources that are no good")
  func bad() async throws {
    let provider = Provider(keys: [key])
    let server = try await RelyingServer(provider)
    let prefix = "oidc: could not expand distributed claims: "
    #expect(
      await server.refusal(try token(provider))
        == prefix + "while getting distributed claim \"groups\": error while getting distributed claim JWT: "
        + "404 Not Found")
    provider.set(Self.endpoint, ClientResponse(status: 200, body: Array("no token".utf8)))
    #expect(
      await server.refusal(try token(provider))
        == prefix
        + "getting untrusted issuer from endpoint \(Self.endpoint) failed for claim \"groups\": malformed token"
    )
    try answer(provider, ["groups": .null])
    #expect(
      try await settled(server, try token(provider))
        == prefix
        + "jwt returned by distributed claim endpoint \"\(Self.endpoint)\" did not contain claim: groups")
    try answer(provider, ["aud": "other"])
    #expect(
      await server.refusal(try token(provider))
        == prefix + "verify distributed claim token: oidc: expected audience \"kubernetes\" got [\"other\"]")
    #expect(
      await server.refusal(try token(provider, ["_claim_names": ["groups": "src2"]]))
        == "oidc: verify token: oidc: source does not exist")
    #expect(
      await server.refusal(try token(provider, ["_claim_names": ["groups": ""]]))
        == "oidc: verify token: oidc: failed to obtain source from claim name")
    #expect(
      await server.refusal(try token(provider, ["_claim_names": 5]))
        == "oidc: verify token: oidc: failed to unmarshal claims: json: cannot unmarshal number into Go struct "
        + "field idToken._claim_names of type map[string]string")
  }

  @Test("issuers of claims that are made up do not pile up")
  func manyIssuers() async throws {
    let provider = Provider(keys: [key])
    let server = try await RelyingServer(provider)
    for i in 0..<100 {
      try answer(provider, ["iss": .string("https://\(i).example.com"), "groups": ["x"]])
      #expect(await server.refusal(try token(provider))?.contains("not initialized for issuer") == true)
    }
    let hosts = Set(provider.requests.map(\.url).filter { $0.contains(".example.com/.well-known") })
    #expect(hosts.count <= 33)
    await server.authenticators.close()
  }
}
