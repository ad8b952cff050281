import Authentication
import Testing
import Values

@Suite("Expressions over claims")
struct ClaimExpressionTests {
  let key = Provider.Key.usual

  private func server(_ adjust: (inout JWTAuthenticatorConfiguration) -> Void) async throws -> RelyingServer {
    try await RelyingServer(Provider(keys: [key]), expressions: TestExpressions(), adjust)
  }

  @Test("users are made of what expressions give")
  func mapping() async throws {
    let server = try await server {
      $0.claimMappings = ClaimMappings(
        username: .init(expression: "claims.preferred_username"), groups: .init(expression: "claims.groups"),
        uid: .init(expression: "claims.sub"),
        extra: [
          .init(key: "example.com/roles", valueExpression: "claims.roles"),
          .init(key: "example.com/none", valueExpression: "claims.none"),
        ])
    }
    let token = try server.provider.token(
      ["groups": ["a", "", "b"], "roles": "r", "none": [], "jti": .null], key: key)
    #expect(
      try await server.user(token)
        == UserInfo(
          name: "jane", uid: "f7c0e5a4-user", groups: ["a", "b"], extra: ["example.com/roles": ["r"]]))
    for (changes, reason) in [
      (
        ["preferred_username": 5],
        "oidc: error evaluating username claim expression: username claim expression must return a string"
      ),
      (["preferred_username": ""], "oidc: empty username via CEL expression is not allowed"),
      (
        ["preferred_username": .null],
        "oidc: error evaluating username claim expression: expression 'claims.preferred_username' resulted in "
          + "error: no such key: preferred_username"
      ),
      (
        ["groups": 5],
        "oidc: error evaluating group claim expression: expression must return a string or a list of strings"
      ),
      (
        ["sub": .null],
        "oidc: error evaluating uid claim expression: expression 'claims.sub' resulted in error: no such key: sub"
      ),
      (
        ["roles": [5], "none": ""],
        "oidc: error evaluating extra claim expression: claims.roles: expression must return a string or a list of strings"
      ),
    ] as [(Object, String)] {
      #expect(await server.refusal(try server.provider.token(changes, key: key)) == reason)
    }
  }

  @Test("rules over claims and users must hold")
  func rules() async throws {
    let server = try await server {
      $0.claimValidationRules = [.init(expression: "claims.hd == \"example.com\"", message: "not one of us")]
      $0.userValidationRules = [.init(expression: "user.username == \"oidc:jane\"", message: "only jane")]
    }
    func refusal(_ changes: Object) async throws -> String? {
      await server.refusal(try server.provider.token(changes, key: key))
    }
    #expect(try await refusal(["hd": "example.com"]) == nil)
    #expect(
      try await refusal(["hd": "example.org"])
        == "oidc: error evaluating claim validation expression: validation expression 'claims.hd == "
        + "\"example.com\"' failed: not one of us")
    #expect(
      try await refusal([:])
        == "oidc: error evaluating claim validation expression: expression 'claims.hd == \"example.com\"' "
        + "resulted in error: no such key: hd")
    #expect(
      try await refusal(["hd": "example.com", "preferred_username": "bob"])
        == "oidc: error evaluating user info validation rule: validation expression 'user.username == "
        + "\"oidc:jane\"' failed: only jane")
  }
}
