import Authentication
import Testing
import Values

@Suite("Expressions over claims, in CEL")
struct CELClaimExpressionTests {
  let key = Provider.Key.usual
  let expressions = CELClaimExpressions()

  private func failure(_ text: String, over variable: ClaimVariable = .claims, returnsBool: Bool = false)
    -> String?
  {
    do throws(ClaimExpressionError) {
      _ = try expressions.compile(text, over: variable, returnsBool: returnsBool)
      return nil
    } catch {
      return error.description
    }
  }

  @Test("what does not compile, and what must be a bool")
  func compiling() {
    #expect(failure("claims.sub") == nil)
    #expect(failure("claims.sub == 'x'", returnsBool: true) == nil)
    #expect(failure("claims.verified", returnsBool: true) == "must evaluate to bool", "it may be anything")
    #expect(failure("user.username.startsWith('a')", over: .user, returnsBool: true) == nil)
    #expect(failure("user.extra['a'].exists(x, x == 'b')", over: .user, returnsBool: true) == nil)
    #expect(failure("claims.")?.hasPrefix("compilation failed: ERROR: <input>:1:") == true)
    #expect(failure("user.sub", over: .user)?.contains("undefined field 'sub'") == true)
    #expect(failure("claims.sub", over: .user)?.contains("undeclared reference to 'claims'") == true)
    #expect(failure("user.username", over: .claims)?.contains("undeclared reference to 'user'") == true)
  }

  @Test(
    "the functions that Kubernetes adds are there",
    arguments: [
      ("isIP(claims.address)", true), ("cidr('10.0.0.0/8').containsIP(claims.address)", true),
      ("claims.email.find('@.*') == '@example.com'", true), ("claims.roles.sort() == ['a', 'b']", true),
      ("sets.contains(claims.roles, ['c'])", false),
      ("quantity(claims.limit).isGreaterThan(quantity('1k'))", true),
      ("claims.roles.transformList(i, r, r + string(i)) == ['b0', 'a1']", true),
      (
        "semver(claims.version).major() == 2 && format.dns1123Label().validate(claims.sub) == optional.none()",
        true
      ),
    ])
  func libraries(_ text: String, _ expected: Bool) throws {
    let claims: Value = [
      "address": "10.1.2.3", "email": "jane@example.com", "roles": ["b", "a"], "limit": "2k",
      "version": "2.1.0",
      "sub": "jane",
    ]
    let compiled = try expressions.compile(text, over: .claims, returnsBool: true)
    #expect(try compiled.evaluate(claims) == .bool(expected))
  }

  @Test("an expression that costs too much is stopped")
  func cost() throws {
    let compiled = try expressions.compile(
      "lists.range(2000).all(a, lists.range(2000).all(b, a != -b - 1))", over: .claims, returnsBool: true)
    #expect(throws: ClaimExpressionError.self) { try compiled.evaluate([:]) }
  }

  @Test(
    "which fields of the claims an expression selects",
    arguments: [
      ("claims.email", true), ("claims.?email.orValue('')", true), ("has(claims.email)", true),
      ("[1].exists(x, claims.email == 'x')", true), ("{'a': claims.email}", true),
      ("claims.sub.email", false),
      ("claims['email']", false), ("claims.emails", false), ("'claims.email'", false),
    ])
  func selections(_ text: String, _ expected: Bool) throws {
    let compiled = try expressions.compile(text, over: .claims, returnsBool: false)
    #expect(compiled.selects("email") == expected)
  }

  @Test("users are made and judged as the documentation of Kubernetes has it")
  func documentation() async throws {
    let server = try await RelyingServer(Provider(keys: [key]), expressions: expressions) {
      $0.claimMappings = ClaimMappings(
        username: .init(expression: "claims.preferred_username + ':external-user'"),
        groups: .init(expression: "claims.roles.split(',')"), uid: .init(expression: "claims.sub"),
        extra: [.init(key: "example.com/tenant", valueExpression: "claims.?tenant.orValue('')")])
      $0.claimValidationRules = [
        .init(
          expression: "claims.exp - claims.iat <= 86400",
          message: "total token lifetime must not exceed 24 hours")
      ]
      $0.userValidationRules = [
        .init(
          expression: "!user.username.startsWith('system:')",
          message: "username cannot used reserved system: prefix"),
        .init(
          expression: "user.groups.all(group, !group.startsWith('system:'))",
          message: "groups cannot used reserved system: prefix"),
      ]
    }
    func token(_ changes: Object) throws -> String {
      var claims: Object = ["roles": "user,admin", "tenant": "t1", "jti": .null]
      for (name, value) in changes { claims[name] = value }
      return try server.provider.token(claims, key: key)
    }
    #expect(
      try await server.user(token([:]))
        == UserInfo(
          name: "jane:external-user", uid: "f7c0e5a4-user", groups: ["user", "admin"],
          extra: ["example.com/tenant": ["t1"]]))
    #expect(try await server.user(token(["tenant": .null]))?.extra == [:])
    #expect(
      await server.refusal(try token(["iat": .int(Provider.clock - 86_400)]))
        == "oidc: error evaluating claim validation expression: validation expression 'claims.exp - claims.iat "
        + "<= 86400' failed: total token lifetime must not exceed 24 hours")
    #expect(
      await server.refusal(try token(["roles": "system:masters"]))
        == "oidc: error evaluating user info validation rule: validation expression 'user.groups.all(group, "
        + "!group.startsWith('system:'))' failed: groups cannot used reserved system: prefix")
    #expect(
      await server.refusal(try token(["preferred_username": .null]))
        == "oidc: error evaluating username claim expression: expression 'claims.preferred_username + "
        + "':external-user'' resulted in error: no such key: preferred_username")
    #expect(await server.refusal(try token(["roles": 5]))?.contains("no such overload") == true)
  }

  @Test("expressions that give no text, and those that cost too much")
  func outcomes() async throws {
    let claims: Value = ["n": 5, "list": ["a", 5], "long": Value((0..<2000).map(String.init))]
    func value(_ text: String) throws -> Value {
      try expressions.compile(text, over: .claims, returnsBool: false).evaluate(claims)
    }
    #expect(try value("claims.n") == [:])
    #expect(try value("claims.list") == ["a", [:]])
    #expect(try value("optional.none()") == [:])
    #expect(try value("null") == .null)
    #expect(try value("claims.n == 5") == true)
    #expect(
      throws: ClaimExpressionError("operation cancelled: actual cost limit exceeded")
    ) {
      _ = try value("claims.long.all(a, claims.long.all(b, a != b || a == b))")
    }
  }
}
