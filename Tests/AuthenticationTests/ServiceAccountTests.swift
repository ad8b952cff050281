import Authentication
import Schema
import Security
import Testing
import Values

private let podBinding: Value = ["boundObjectRef": ["kind": "Pod", "apiVersion": "v1", "name": "p"]]

@Test func aBoundTokenSaysWhoItIsFor() async throws {
  let cluster = try Cluster()
  let token = try await cluster.token(podBinding)
  let payload = try claims(token)
  let id = try #require(payload["jti"]?.string)
  #expect(payload["sub"] == "system:serviceaccount:ns:app")
  #expect(payload["aud"] == [.string(Cluster.issuer)])
  #expect(payload["nbf"] == payload["iat"])
  #expect(
    payload["kubernetes.io"] == [
      "namespace": "ns", "serviceaccount": ["name": "app", "uid": "app-uid"],
      "pod": ["name": "p", "uid": "pod-uid"], "node": ["name": "n1", "uid": "node-uid"],
    ])
  #expect(try JWS.parse(token).header.keyID == KeyID.of(cluster.key.publicKey))
  #expect(
    try await cluster.user(bearer: token)
      == UserInfo(
        name: "system:serviceaccount:ns:app", uid: "app-uid",
        groups: ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"],
        extra: [
          "authentication.kubernetes.io/credential-id": ["JTI=\(id)"],
          "authentication.kubernetes.io/pod-name": ["p"], "authentication.kubernetes.io/pod-uid": ["pod-uid"],
          "authentication.kubernetes.io/node-name": ["n1"],
          "authentication.kubernetes.io/node-uid": ["node-uid"],
        ]))
}

@Test func aTokenEndsWithWhatItIsBoundTo() async throws {
  let bindings: [(spec: Value, resource: String, name: String, namespace: String, what: String)] = [
    (podBinding, "pods", "p", "ns", "pod"),
    (
      ["boundObjectRef": ["kind": "Secret", "apiVersion": "v1", "name": "s"]], "secrets", "s", "ns", "secret"
    ),
    (["boundObjectRef": ["kind": "Node", "apiVersion": "v1", "name": "n1"]], "nodes", "n1", "", "node"),
  ]
  for binding in bindings {
    let cluster = try Cluster()
    let token = try await cluster.token(binding.spec)
    #expect(try await cluster.review(token)["authenticated"] == true)
    try cluster.delete(binding.resource, binding.name, namespace: binding.namespace)
    let gone = "[invalid bearer token, service account token has been invalidated]"
    #expect(try await cluster.review(token) == ["user": [:], "error": .string(gone)])
    try cluster.put(binding.resource, binding.name, uid: "new", namespace: binding.namespace)
    let error = try await cluster.review(token)["error"]?.string ?? ""
    let expected = "\(binding.what) UID (new) does not match service account \(binding.what) ref claim ("
    #expect(error.contains(expected), "a new object of the same name is another object")
  }
}

@Test func aTokenEndsWithItsAccount() async throws {
  let cluster = try Cluster()
  let token = try await cluster.token()
  try cluster.delete("serviceaccounts", "app")
  #expect(
    try await cluster.review(token)["error"] == "[invalid bearer token, serviceaccounts \"app\" not found]")
  try cluster.put("serviceaccounts", "app", uid: "new")
  #expect(
    try await cluster.review(token)["error"]
      == "[invalid bearer token, service account UID (new) does not match claim (app-uid)]")
}

@Test func tokensExpireAMinuteLate() async throws {
  let time = Clock()
  let cluster = try Cluster(clock: { time.now })
  let token = try await cluster.token(["expirationSeconds": 600])
  time.advance(660)
  #expect(try await cluster.review(token)["authenticated"] == true)
  time.advance(1)
  let expired = "[invalid bearer token, service account token has expired]"
  #expect(try await cluster.review(token)["error"] == .string(expired))
  time.advance(-800)
  let early = "[invalid bearer token, service account token is not valid yet]"
  #expect(try await cluster.review(token)["error"] == .string(early))
}

@Test func audiencesMustFit() async throws {
  let cluster = try Cluster()
  let token = try await cluster.token(["audiences": ["vault", .string(Cluster.issuer)]])
  let both = try await cluster.review(token, audiences: [Cluster.issuer, "vault", "third"])
  #expect(both["audiences"] == [.string(Cluster.issuer), "vault"])
  #expect(try await cluster.review(token)["audiences"] == [.string(Cluster.issuer)])
  let vault = try await cluster.token(["audiences": ["vault"]])
  await #expect(throws: AuthenticationError.self) { _ = try await cluster.user(bearer: vault) }
  let wrong =
    "[invalid bearer token, token audiences [\"vault\"] is invalid for the target audiences "
    + "[\"\(Cluster.issuer)\"]]"
  #expect(try await cluster.review(vault)["error"] == .string(wrong))
  #expect(try await cluster.review(vault, audiences: ["vault"])["authenticated"] == true)
  #expect(try await cluster.review("jane-token", audiences: ["vault"])["error"] == "invalid bearer token")
}

@Test func forgedTokensAreRefused() async throws {
  let cluster = try Cluster()
  let payload = try await JWS.parse(cluster.token()).payload
  let thief = try PrivateKey.ecdsa(.p256)
  let signature = "go-jose/go-jose: error in cryptographic primitive"
  func error(_ token: String) async throws -> String? { try await cluster.review(token)["error"]?.string }

  let unknownKey = try JWS.sign(payload: payload, key: thief, keyID: KeyID.of(thief.publicKey))
  #expect(try await error(unknownKey) == "[invalid bearer token, invalid signature, no keys found]")
  let claimedKey = try JWS.sign(payload: payload, key: thief, keyID: KeyID.of(cluster.key.publicKey))
  #expect(try await error(claimedKey) == "[invalid bearer token, \(signature)]")
  let noKey = try JWS.sign(payload: payload, key: thief)
  #expect(try await error(noKey) == "[invalid bearer token, \(signature)]")
  func part(_ bytes: [UInt8]) -> String { Base64.encode(bytes, alphabet: .url, padding: false) }
  let unsigned = part(Array(#"{"alg":"none"}"#.utf8)) + "." + part(payload) + "."
  #expect(try await error(unsigned) == "[invalid bearer token, \(signature)]")
  let foreign = try JWS.sign(
    payload: Array(#"{"iss":"https://other.example.com","sub":"x"}"#.utf8), key: thief)
  #expect(try await error(foreign) == "invalid bearer token")
  #expect(try await error("a.b.c") == "invalid bearer token")
  #expect(try await error("a.b") == "invalid bearer token")
}

@Test func mountedTokensLiveOnAndWarn() async throws {
  let time = Clock()
  let cluster = try Cluster(clock: { time.now })
  var spec = podBinding
  spec["expirationSeconds"] = 3607
  let issued = try await cluster.tokenIssuer().issue(["spec": spec], namespace: "ns", name: "app")
  #expect(
    issued.value[path: "status", "expirationTimestamp"]?.string == time.now.adding(seconds: 3607).rfc3339)
  let token = try #require(issued.value[path: "status", "token"]?.string)
  #expect(try claims(token)["exp"] == .int(time.now.seconds + 31_536_000))
  time.advance(4000)
  var notes = AuthenticationNotes()
  let request = AuthenticationRequest(headers: ["Authorization": "Bearer \(token)"])
  _ = try await cluster.chain.authenticate(request, &notes)
  #expect(
    notes.auditAnnotations == [
      "authentication.k8s.io/stale-token":
        "subject: system:serviceaccount:ns:app, seconds after warning threshold: 393"
    ])
}

@Test func legacyTokensLiveAsLongAsTheirSecret() async throws {
  let cluster = try Cluster()
  let token = try cluster.tokenIssuer().legacyToken(
    namespace: "ns", serviceAccount: "app", uid: "app-uid", secretName: "s")
  #expect(
    try await cluster.review(token)["error"]
      == "[invalid bearer token, Token does not match server's copy]")
  try cluster.put("secrets", "s", uid: "x", data: ["token": .string(Base64.encode(Array(token.utf8)))])
  var notes = AuthenticationNotes()
  let request = AuthenticationRequest(headers: ["Authorization": "Bearer \(token)"])
  let user = try await cluster.chain.authenticate(request, &notes)?.user
  #expect(user?.name == "system:serviceaccount:ns:app")
  #expect(user?.extra == [:])
  #expect(
    notes.auditAnnotations == [
      "authentication.k8s.io/legacy-token": "system:serviceaccount:ns:app",
      "authentication.k8s.io/legacy-token-manual-secret": "s",
    ])
  try cluster.delete("secrets", "s")
  #expect(try await cluster.review(token)["error"] == "[invalid bearer token, Token has been invalidated]")
}

@Test func serviceAccountNamesAreRead() {
  #expect(
    ServiceAccountIdentity(username: "system:serviceaccount:ns:a.b-c")
      == ServiceAccountIdentity(namespace: "ns", name: "a.b-c"))
  for name in [
    "system:serviceaccount:ns", "system:serviceaccount:ns:", "system:serviceaccount:a.b:c", "ns:a",
    "system:serviceaccount:ns:a:b", "system:serviceaccount:ns:A", "system:serviceaccount:ns:-a",
  ] {
    #expect(ServiceAccountIdentity(username: name) == nil, "\(name)")
  }
}

@Test func publicKeysArePublished() throws {
  let cluster = try Cluster()
  let metadata = OpenIDMetadata(
    issuer: "https://i", keySetURL: "https://i/openid/v1/jwks", keys: cluster.keys)
  #expect(metadata.configuration["id_token_signing_alg_values_supported"] == ["ES256"])
  let key = metadata.keySet["keys"]?.array?.first
  #expect(key?["kid"]?.string == KeyID.of(cluster.key.publicKey))
  #expect(key?.object?.keys == ["use", "kty", "kid", "crv", "alg", "x", "y"])
}
