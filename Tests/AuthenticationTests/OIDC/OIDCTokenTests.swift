import Authentication
import Security
import Testing
import Values

@Suite("OIDC tokens")
struct OIDCTokenTests {
  let key = Provider.Key.usual

  @Test("the guide's Keycloak flags name the guide's users")
  func keycloakClaims() async throws {
    let server = try await RelyingServer(Provider(keys: [key]))
    let user = try await server.user(server.provider.token(key: key))
    #expect(
      user
        == UserInfo(
          name: "oidc:jane", groups: ["oidc:developers", "oidc:admins"],
          extra: ["authentication.kubernetes.io/credential-id": ["JTI=b1f0"]]))
    let other = try server.provider.token(["iss": "https://elsewhere.example.com"], key: key)
    #expect(try await server.user(other) == nil, "others' tokens are left to others")
  }

  @Test("every algorithm verifies, and only those allowed", arguments: SignatureAlgorithm.allCases)
  func algorithms(_ algorithm: SignatureAlgorithm) async throws {
    let private_: PrivateKey =
      switch algorithm {
      case .es256: try .ecdsa(.p256)
      case .es384: try .ecdsa(.p384)
      case .es512: try .ecdsa(.p521)
      default: Provider.Key.usual.key
      }
    let key = Provider.Key(id: "k", key: private_, algorithm: algorithm)
    let server = try await RelyingServer(Provider(keys: [key]))
    let token = try server.provider.token(key: key)
    #expect(try await server.user(token)?.name == "oidc:jane")
    let strict = try await RelyingServer(Provider(keys: [key]), algorithms: [.rs256])
    let refusal = await strict.refusal(token)
    #expect(
      refusal
        == (algorithm == .rs256
          ? nil
          : "oidc: verify token: oidc: id token signed with unsupported algorithm, expected [\"RS256\"] "
            + "got \"\(algorithm.rawValue)\""))
  }

  @Test("no signature and shared secrets are refused")
  func unsigned() async throws {
    let server = try await RelyingServer(Provider(keys: [key]))
    let parts = try server.provider.token(key: key).split(separator: ".").map(String.init)
    for algorithm in ["none", "HS256", "HS512", ""] {
      let header = Base64.encode(
        Array("{\"alg\":\"\(algorithm)\",\"kid\":\"usual\"}".utf8), alphabet: .url, padding: false)
      for signature in [parts[2], ""] {
        let refusal = await server.refusal("\(header).\(parts[1]).\(signature)")
        #expect(
          refusal?.hasPrefix("oidc: verify token: oidc: id token signed with unsupported algorithm") == true)
        #expect(refusal?.hasSuffix("got \"\(algorithm)\"") == true)
      }
    }
  }

  @Test(
    "claims that make a token invalid",
    arguments: [
      (["aud": "other"], "oidc: expected audience \"kubernetes\" got [\"other\"]"),
      (["aud": .null], "oidc: expected audience \"kubernetes\" got []"),
      (
        ["aud": 5],
        "oidc: failed to unmarshal claims: json: cannot unmarshal number into Go value of type []string"
      ),
      (
        ["exp": .int(Provider.clock - 1)],
        "oidc: token is expired (Token Expiry: 2027-01-15 07:59:59 +0000 UTC)"
      ),
      (["exp": .null], "oidc: token is expired (Token Expiry: 0001-01-01 00:00:00 +0000 UTC)"),
      (
        ["nbf": .int(Provider.clock + 61)],
        "oidc: current time 2027-01-15 08:00:00 +0000 UTC before the nbf (not before) time: "
          + "2027-01-15 08:01:01 +0000 UTC"
      ),
      (
        ["sub": 5],
        "oidc: failed to unmarshal claims: json: cannot unmarshal number into Go struct field idToken.sub of type string"
      ),
      (
        ["exp": "soon"],
        "oidc: failed to unmarshal claims: json: invalid number literal, trying to unmarshal \"\\\"soon\\\"\" into Number"
      ),
      (["exp": 1e300], "oidc: token is expired (Token Expiry: -292277022657-01-27 08:29:52 +0000 UTC)"),
    ] as [(Object, String)])
  func invalidClaims(_ changes: Object, _ reason: String) async throws {
    let server = try await RelyingServer(Provider(keys: [key]))
    #expect(
      await server.refusal(try server.provider.token(changes, key: key)) == "oidc: verify token: \(reason)")
  }

  @Test("the case of the names of registered claims counts for nothing, as in Go")
  func namesOfClaims() async throws {
    let server = try await RelyingServer(Provider(keys: [key]))
    let changes: Object = [
      "iss": .null, "ISS": .string(server.provider.url), "aud": .null, "Aud": "kubernetes", "exp": .null,
      "EXP": .int(Provider.clock + 60),
    ]
    #expect(try await server.user(server.provider.token(changes, key: key))?.name == "oidc:jane")
    let last = try server.provider.token(["iſs": "https://elsewhere.example.com"], key: key)
    #expect(try await server.user(last) == nil, "the last one counts")
    let other = try server.provider.token(["preferred_username": .null, "Preferred_Username": "x"], key: key)
    #expect(
      await server.refusal(other) == "oidc: parse username claims \"preferred_username\": claim not present",
      "the claims that are mapped are looked up as they are")
  }

  @Test("what the clocks may differ by")
  func leeway() async throws {
    let server = try await RelyingServer(Provider(keys: [key]))
    for changes in [
      ["exp": .int(Provider.clock)], ["nbf": .int(Provider.clock + 60)], ["iat": .int(Provider.clock + 9999)],
      ["exp": .double(Double(Provider.clock) + 0.5)], ["aud": ["a", "kubernetes"]], ["azp": "somebody"],
    ] as [Object] {
      #expect(await server.refusal(try server.provider.token(changes, key: key)) == nil, "\(changes)")
    }
  }

  @Test("claims that name no user")
  func unusableClaims() async throws {
    let server = try await RelyingServer(Provider(keys: [key])) {
      $0.claimValidationRules = [ClaimValidationRule(claim: "hd", requiredValue: "example.com")]
      $0.claimMappings.uid.claim = "sub"
    }
    func refusal(_ changes: Object) async throws -> String? {
      await server.refusal(try server.provider.token(changes, key: key))
    }
    let good: Object = ["hd": "example.com"]
    #expect(try await refusal(good) == nil)
    #expect(try await server.user(server.provider.token(good, key: key))?.uid == "f7c0e5a4-user")
    for (changes, reason) in [
      ([:], "oidc: required claim hd not present in ID token"),
      (["hd": 5], "oidc: parse claim hd: json: cannot unmarshal number into Go value of type string"),
      (
        ["hd": "example.org"],
        "oidc: required claim hd value does not match. Got = example.org, want = example.com"
      ),
      (
        ["preferred_username": .null], "oidc: parse username claims \"preferred_username\": claim not present"
      ),
      (
        ["preferred_username": ["jane"]],
        "oidc: parse username claims \"preferred_username\": json: cannot unmarshal array into Go value of type string"
      ),
      (
        ["groups": [5]],
        "oidc: parse groups claim \"groups\": json: cannot unmarshal array into Go value of type string"
      ),
      (
        ["groups": ["a": "b"]],
        "oidc: parse groups claim \"groups\": json: cannot unmarshal object into Go value of type string"
      ),
      (["sub": .null], "oidc: parse uid claim \"sub\": claim not present"),
    ] as [(Object, String)] {
      #expect(try await refusal(changes) == reason)
    }
  }

  @Test("one group may stand without a list")
  func oneGroup() async throws {
    let server = try await RelyingServer(Provider(keys: [key]))
    #expect(
      try await server.user(server.provider.token(["groups": "ops"], key: key))?.groups == ["oidc:ops"])
    #expect(try await server.user(server.provider.token(["groups": .null], key: key))?.groups == [])
  }

  @Test("addresses must be verified where the token tells")
  func email() async throws {
    let server = try await RelyingServer(Provider(keys: [key])) {
      $0.claimMappings.username = .init(claim: "email", prefix: "")
    }
    func refusal(_ verified: Value) async throws -> String? {
      await server.refusal(try server.provider.token(["email_verified": verified], key: key))
    }
    #expect(try await refusal(true) == nil)
    #expect(try await refusal(.null) == nil, "the claim may be missing")
    #expect(try await refusal(false) == "oidc: email not verified")
    #expect(
      try await refusal("true")
        == "oidc: parse 'email_verified' claim: json: cannot unmarshal string into Go value of type bool")
    #expect(try await server.user(server.provider.token(key: key))?.name == "jane@example.com")
  }

  @Test("any of several audiences will do")
  func audiences() async throws {
    let server = try await RelyingServer(Provider(keys: [key])) {
      $0.issuer.audiences = ["b", "a"]
      $0.issuer.audienceMatchPolicy = "MatchAny"
    }
    #expect(await server.refusal(try server.provider.token(["aud": ["x", "a"]], key: key)) == nil)
    #expect(
      await server.refusal(try server.provider.token(["aud": "x"], key: key))
        == "oidc: verify token: oidc: expected audience in [\"a\" \"b\"] got [\"x\"]")
  }

  @Test("Google's tokens may lack the scheme in their issuer")
  func google() async throws {
    let server = try await RelyingServer(Provider("https://accounts.google.com", keys: [key]))
    #expect(await server.refusal(try server.provider.token(["iss": "accounts.google.com"], key: key)) == nil)
  }

  @Test("the first issuer that knows the token decides")
  func severalIssuers() async throws {
    let (a, b) = (
      Provider("https://a.example.com", keys: [key]), Provider("https://b.example.com", keys: [key])
    )
    for url in ["https://a.example.com", "https://b.example.com"] {
      // Both are answered by one client here.
      b.set(
        "\(url)/.well-known/openid-configuration",
        [
          "issuer": .string(url), "jwks_uri": "https://b.example.com/protocol/openid-connect/certs",
        ])
    }
    let clock = Clock()
    let authenticators = try JWTAuthenticators(
      AuthenticationConfiguration(jwt: [keycloak(a.url), keycloak(b.url)]),
      settings: .init(now: { clock.now })
    ) { _ in OIDCConnection(client: b) }
    for _ in 0..<2000 where !authenticators.healthErrors.isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
    var notes = AuthenticationNotes()
    for provider in [a, b] {
      let token = try provider.token(["preferred_username": .string(provider.url)], key: key)
      let result = try await authenticators.authenticate(token: token, audiences: nil, &notes)
      #expect(result?.user.name == "oidc:\(provider.url)")
    }
  }
}
