import Authentication
import Testing
import Values

@Suite("AuthenticationConfiguration")
struct AuthenticationConfigurationTests {
  static let whole = """
    apiVersion: apiserver.config.k8s.io/v1
    kind: AuthenticationConfiguration
    jwt:
    - issuer:
        url: https://a.example.com
        discoveryURL: https://b.example.com/discovery
        audiences: [kubernetes, other]
        audienceMatchPolicy: MatchAny
        egressSelectorType: cluster
      claimValidationRules:
      - claim: hd
        requiredValue: example.com
      claimMappings:
        username: {claim: sub, prefix: ""}
        groups: {claim: groups, prefix: "oidc:"}
        uid: {claim: sub}
    anonymous:
      enabled: true
      conditions:
      - path: /livez
      - path: /readyz
    """

  private func refusal(_ text: String) -> String? {
    do throws(AuthenticationConfigurationError) {
      _ = try AuthenticationConfiguration(bytes: Array(text.utf8))
      return nil
    } catch {
      return error.description
    }
  }

  private func findings(
    _ adjust: (inout JWTAuthenticatorConfiguration) -> Void, disallowed: [String] = [],
    expressions: any ClaimExpressions = NoClaimExpressions()
  ) -> [String] {
    var authenticator = JWTAuthenticatorConfiguration(
      issuer: JWTIssuer(url: "https://a.example.com", audiences: ["kubernetes"]),
      claimMappings: ClaimMappings(username: .init(claim: "sub", prefix: "")))
    adjust(&authenticator)
    return AuthenticationConfigurationValidator(disallowedIssuers: disallowed, expressions: expressions)
      .findings(AuthenticationConfiguration(jwt: [authenticator])).map(\.description)
  }

  @Test("all fields are read, of all versions", arguments: ["v1", "v1beta1", "v1alpha1"])
  func reads(_ version: String) throws {
    let text = Self.whole.replacing("/v1", with: "/\(version)")
    let configuration = try AuthenticationConfiguration(bytes: Array(text.utf8))
    #expect(configuration.anonymous == AnonymousConfiguration(enabled: true, paths: ["/livez", "/readyz"]))
    #expect(
      configuration.jwt == [
        JWTAuthenticatorConfiguration(
          issuer: JWTIssuer(
            url: "https://a.example.com", discoveryURL: "https://b.example.com/discovery",
            audiences: ["kubernetes", "other"], audienceMatchPolicy: "MatchAny", egressSelectorType: "cluster"
          ),
          claimValidationRules: [ClaimValidationRule(claim: "hd", requiredValue: "example.com")],
          claimMappings: ClaimMappings(
            username: .init(claim: "sub", prefix: ""), groups: .init(claim: "groups", prefix: "oidc:"),
            uid: .init(claim: "sub")))
      ])
    #expect(AuthenticationConfigurationValidator().findings(configuration).isEmpty)
    let json = "{\"kind\":\"AuthenticationConfiguration\",\"apiVersion\":\"apiserver.config.k8s.io/v1\"}"
    #expect(try AuthenticationConfiguration(bytes: Array(json.utf8)) == AuthenticationConfiguration())
  }

  @Test("files that are none, or have unknown fields, are refused")
  func refusals() {
    let head = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"
    #expect(refusal("") == "empty config data")
    #expect(
      refusal("kind: AuthenticationConfiguration")?.hasPrefix("Object 'apiVersion' is missing in '") == true)
    #expect(refusal("apiVersion: v1")?.hasPrefix("Object 'Kind' is missing in '") == true)
    #expect(
      refusal(head.replacing("/v1", with: "/v2"))?.hasPrefix(
        "no kind \"AuthenticationConfiguration\" is registered for version \"apiserver.config.k8s.io/v2\" in scheme"
      ) == true)
    #expect(
      refusal(head + "jwt: [{issuer: {uri: x}, rules: []}]\nother: 1\n")
        == "strict decoding error: unknown field \"jwt[0].issuer.uri\", unknown field \"jwt[0].rules\", "
        + "unknown field \"other\"")
    #expect(
      refusal(head + "jwt: []\njwt: []\n")
        == "strict decoding error: yaml: unmarshal errors:\n  line 4: key \"jwt\" already set in map")
    #expect(
      refusal(head + "jwt: [{issuer: {url: 5}}]")
        == "json: cannot unmarshal number into Go struct field Issuer.jwt.issuer.url of type string")
    #expect(
      refusal(head + "jwt: {}")
        == "json: cannot unmarshal object into Go struct field AuthenticationConfiguration.jwt of type []JWTAuthenticator"
    )
    #expect(refusal(head + "jwt: [")?.contains("yaml: ") == true)
    #expect(refusal("[]")?.contains("cannot unmarshal array") == true)
  }

  @Test("issuers")
  func issuers() {
    #expect(findings { _ in }.isEmpty)
    for (url, reason) in [
      ("", "Required value"),
      ("http://a", "Invalid value: \"http://a\": URL scheme must be https"),
      ("https://u@a", "Invalid value: \"https://u@a\": URL must not contain a username or password"),
      ("https://a?q", "Invalid value: \"https://a?q\": URL must not contain a query"),
      ("https://a#f", "Invalid value: \"https://a#f\": URL must not contain a fragment"),
      (
        "https://a:b", "Invalid value: \"https://a:b\": parse \"https://a:b\": invalid port \":b\" after host"
      ),
      ("://a", "Invalid value: \"://a\": parse \"://a\": missing protocol scheme"),
    ] {
      #expect(findings { $0.issuer.url = url } == ["jwt[0].issuer.url: \(reason)"])
    }
    #expect(
      findings({ _ in }, disallowed: ["https://a.example.com"]) == [
        "jwt[0].issuer.url: Invalid value: \"https://a.example.com\": URL must not overlap with disallowed "
          + "issuers: [https://a.example.com]"
      ])
    #expect(
      findings { $0.issuer.discoveryURL = "https://a.example.com/" } == [
        "jwt[0].issuer.discoveryURL: Invalid value: \"https://a.example.com/\": discoveryURL must be different from URL"
      ])
    #expect(
      findings { $0.issuer.certificateAuthority = "none" } == [
        "jwt[0].issuer.certificateAuthority: Invalid value: \"<omitted>\": data does not contain any valid RSA or "
          + "ECDSA certificates"
      ])
    #expect(
      findings { $0.issuer.egressSelectorType = "moon" } == [
        "jwt[0].issuer.egressSelectorType: Invalid value: \"moon\": egress selector must be either controlplane or cluster"
      ])
  }

  @Test("audiences")
  func audiences() {
    #expect(
      findings { $0.issuer.audiences = [] } == [
        "jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required"
      ])
    #expect(
      findings { $0.issuer.audiences = ["a", "", "a"] } == [
        "jwt[0].issuer.audiences[1]: Required value", "jwt[0].issuer.audiences[2]: Duplicate value: \"a\"",
        "jwt[0].issuer.audienceMatchPolicy: Invalid value: \"\": audienceMatchPolicy must be MatchAny for "
          + "multiple audiences",
      ])
    #expect(
      findings { $0.issuer.audienceMatchPolicy = "All" } == [
        "jwt[0].issuer.audienceMatchPolicy: Invalid value: \"All\": audienceMatchPolicy must be empty or MatchAny "
          + "for single audience"
      ])
  }

  @Test("mappings and rules")
  func mappings() {
    #expect(
      findings { $0.claimMappings.username = .init() } == [
        "jwt[0].claimMappings.username: Required value: claim or expression is required"
      ])
    #expect(
      findings { $0.claimMappings.username = .init(claim: "sub") } == [
        "jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set "
          + "to an empty string to disable prefixing"
      ])
    #expect(
      findings { $0.claimMappings.groups = .init(claim: "a", prefix: "", expression: "b") } == [
        "jwt[0].claimMappings.groups: Invalid value: \"\": claim and expression can't both be set"
      ])
    #expect(
      findings { $0.claimMappings.uid = .init(claim: "a", expression: "b") } == [
        "jwt[0].claimMappings.uid: Invalid value: \"\": claim and expression can't both be set"
      ])
    #expect(
      findings {
        $0.claimValidationRules = [
          .init(), .init(claim: "a", message: "m"), .init(claim: "a"), .init(claim: "b", expression: "c"),
        ]
      } == [
        "jwt[0].claimValidationRules[0]: Required value: claim or expression is required",
        "jwt[0].claimValidationRules[1].message: Invalid value: \"m\": may not be specified when claim is set",
        "jwt[0].claimValidationRules[2].claim: Duplicate value: \"a\"",
        "jwt[0].claimValidationRules[3]: Invalid value: \"b\": claim and expression can't both be set",
      ])
    #expect(
      findings { $0.userValidationRules = [.init(expression: "")] } == [
        "jwt[0].userValidationRules[0].expression: Required value"
      ])
    #expect(
      findings { $0.claimMappings.username = .init(expression: "claims.sub") } == [
        "jwt[0].claimMappings.username.expression: Invalid value: \"claims.sub\": expressions need the Common "
          + "Expression Language, which this server has not got"
      ])
  }

  @Test("keys of extra values belong to somebody else's domain")
  func extraKeys() {
    func findings(_ key: String) -> [String] {
      self.findings(
        { $0.claimMappings.extra = [.init(key: key, valueExpression: "claims.a")] },
        expressions: TestExpressions())
    }
    let path = "jwt[0].claimMappings.extra[0].key: "
    #expect(findings("example.com/tenant").isEmpty)
    #expect(findings("") == [path + "Required value"])
    #expect(
      findings("tenant") == [
        path + "Invalid value: \"tenant\": must be a domain-prefixed path (such as \"acme.io/foo\")"
      ])
    #expect(
      findings("example.com/Tenant") == [path + "Invalid value: \"example.com/Tenant\": must be lowercase"])
    for key in ["kubernetes.io/a", "k8s.io/a", "x.kubernetes.io/a", "authentication.k8s.io/a"] {
      #expect(
        findings(key) == [
          path + "Invalid value: \"\(key)\": k8s.io, kubernetes.io and their subdomains are reserved for "
            + "Kubernetes use"
        ])
    }
    #expect(findings("notk8s.io/a").isEmpty)
    #expect(
      findings("_/a").first?.hasPrefix(path + "Invalid value: \"_\": a lowercase RFC 1123 subdomain") == true)
  }

  @Test("expressions are compiled, and verified addresses wanted")
  func expressions() {
    func findings(_ adjust: (inout JWTAuthenticatorConfiguration) -> Void) -> [String] {
      self.findings(adjust, expressions: TestExpressions())
    }
    #expect(findings { $0.claimMappings.username = .init(expression: "claims.sub") }.isEmpty)
    #expect(
      findings { $0.claimMappings.username = .init(expression: "?") } == [
        "jwt[0].claimMappings.username.expression: Invalid value: \"?\": compilation failed: ?"
      ])
    #expect(
      findings { $0.claimMappings.username = .init(prefix: "a", expression: "claims.sub") } == [
        "jwt[0].claimMappings.username.prefix: Invalid value: \"a\": may not be specified when expression is set"
      ])
    #expect(
      findings {
        $0.claimValidationRules = [
          .init(requiredValue: "v", expression: "claims.a"), .init(expression: "claims.a"),
        ]
      } == [
        "jwt[0].claimValidationRules[0].requiredValue: Invalid value: \"v\": may not be specified when expression is set",
        "jwt[0].claimValidationRules[1].expression: Duplicate value: \"claims.a\"",
      ])
    let unverified = findings { $0.claimMappings.username = .init(expression: "claims.email") }
    #expect(unverified.count == 1)
    #expect(unverified.first?.contains("claims.email_verified must be used in") == true)
    #expect(
      findings {
        $0.claimMappings.username = .init(expression: "claims.email")
        $0.claimValidationRules = [.init(expression: "claims.email_verified")]
      }.isEmpty)
  }

  @Test("the whole")
  func whole() {
    let one = keycloak()
    var configuration = AuthenticationConfiguration(jwt: [one, one])
    let validator = AuthenticationConfigurationValidator()
    #expect(
      validator.findings(configuration).map(\.description) == [
        "jwt[1].issuer.url: Duplicate value: \"\(one.issuer.url)\""
      ])
    configuration.jwt = Array(repeating: one, count: 65)
    #expect(
      validator.findings(configuration).map(\.description) == [
        "jwt: Too many: 65: must have at most 64 items"
      ])
    configuration = .init(anonymous: .init(enabled: false, paths: ["/livez"]))
    #expect(
      validator.findings(configuration).map(\.description) == [
        "anonymous.conditions: Invalid value: [{\"Path\":\"/livez\"}]: enabled should be set to true when conditions are defined"
      ])
  }

  @Test("flags")
  func flags() throws {
    var flags = OIDCFlags()
    #expect(flags.fault(configurationFile: true) == nil)
    flags.groupsClaim = "groups"
    #expect(
      flags.fault(configurationFile: false)
        == "oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set")
    #expect(
      flags.fault(configurationFile: true)
        == "authentication-config file and oidc-* flags are mutually exclusive")
    flags.issuerURL = "https://a"
    flags.clientID = "kubernetes"
    #expect(flags.fault(configurationFile: false) == nil)
    #expect(flags.configuration().claimMappings.username == .init(claim: "sub", prefix: "https://a#"))
    #expect(flags.configuration().claimMappings.groups == .init(claim: "groups", prefix: ""))
    flags.usernameClaim = "email"
    #expect(flags.configuration().claimMappings.username == .init(claim: "email", prefix: ""))
    flags.usernamePrefix = "-"
    flags.usernameClaim = "sub"
    #expect(flags.configuration().claimMappings.username == .init(claim: "sub", prefix: ""))
    #expect(try flags.algorithms() == [.rs256])
    flags.signingAlgorithms = ["ES256", "HS256"]
    #expect(throws: AuthenticationConfigurationError("oidc: unsupported signing alg: \"HS256\"")) {
      _ = try flags.algorithms()
    }
  }
}
