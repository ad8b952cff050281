import Authentication
import Security
import Testing
import Values

/// Issues with one key and one issuer; several of both are accepted.
private func authenticator(
  _ cluster: Cluster, issuers: [String], keys: [PublicKey]
) -> ServiceAccountAuthenticator {
  ServiceAccountAuthenticator(
    store: cluster.store, issuers: issuers, keys: ServiceAccountKeys(keys), apiAudiences: ["api"])
}

private func token(_ cluster: Cluster, issuer: String, key: PrivateKey) async throws -> String {
  let tokens = ServiceAccountTokenIssuer(
    store: cluster.store, key: key, configuration: .init(issuer: issuer, apiAudiences: ["api"]))
  let issued = try await tokens.issue(["spec": [:]], namespace: "ns", name: "app")
  return issued.value[path: "status", "token"]?.string ?? ""
}

@Test func tokensOfAllIssuersAndKeysAreAccepted() async throws {
  let cluster = try Cluster()
  let keys = [try PrivateKey.rsa(bits: 2048), try PrivateKey.ecdsa(.p256), try PrivateKey.ecdsa(.p384)]
  let both = authenticator(cluster, issuers: ["https://new", "https://old"], keys: keys.map(\.publicKey))
  for (key, algorithm) in zip(keys, ["RS256", "ES256", "ES384"]) {
    for issuer in ["https://new", "https://old"] {
      let token = try await token(cluster, issuer: issuer, key: key)
      #expect(try JWS.parse(token).header.algorithm.rawValue == algorithm)
      var notes = AuthenticationNotes()
      let result = try await both.authenticate(token: token, audiences: nil, &notes)
      #expect(result?.user.name == "system:serviceaccount:ns:app")
    }
  }
  var notes = AuthenticationNotes()
  let other = try await token(cluster, issuer: "https://other", key: keys[0])
  #expect(
    try await both.authenticate(token: other, audiences: nil, &notes) == nil, "another authenticator's")
  let stranger = try await token(cluster, issuer: "https://new", key: .ecdsa(.p256))
  await #expect(throws: AuthenticationError("invalid signature, no keys found")) {
    var notes = AuthenticationNotes()
    _ = try await both.authenticate(token: stranger, audiences: nil, &notes)
  }
}

@Test(
  arguments: [
    ("https://a.example", nil), ("https://a.example/x?#", nil), ("", "empty issuer URL"),
    ("http://a.example", "issuer URL must use https scheme, got: http://a.example"),
    ("api", "issuer URL must use https scheme, got: api"),
    ("https://a.example?b", "issuer URL may not include a query, got: https://a.example?b"),
    ("https://a.example#b", "issuer URL may not include a fragment, got: https://a.example#b"),
  ] as [(String, String?)])
func onlyRealURLsCanBeDiscovered(issuer: String, problem: String?) {
  #expect(OpenIDMetadata.problem(issuer: issuer) == problem)
}

@Test func withoutLookingThemUpLegacyTokensOutliveTheirSecrets() async throws {
  let cluster = try Cluster()
  let token = try cluster.tokenIssuer().legacyToken(
    namespace: "ns", serviceAccount: "app", uid: "app-uid", secretName: "gone")
  for (looksUp, isKnown) in [(true, false), (false, true)] {
    let authenticator = LegacyServiceAccountAuthenticator(
      store: cluster.store, keys: cluster.keys, apiAudiences: [Cluster.issuer], looksUp: looksUp)
    var notes = AuthenticationNotes()
    let result = try? await authenticator.authenticate(token: token, audiences: nil, &notes)
    #expect((result?.user.uid == "app-uid") == isKnown)
  }
}
