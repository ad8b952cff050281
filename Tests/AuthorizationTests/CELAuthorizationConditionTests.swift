import Authentication
import Testing
import Values

@testable import Authorization

@Suite("match conditions in CEL") struct CELAuthorizationConditionTests {
  private let attributes = AuthorizationAttributes(
    user: UserInfo(name: "jane", groups: ["qa"], extra: ["team": ["a"]]), verb: "list", namespace: "shop",
    apiGroup: "apps", apiVersion: "v1", resource: "deployments",
    fieldSelector: [.init("metadata.name", .equals, "web")])

  private func match(_ expressions: String...) throws -> WebhookAuthorizer.Match {
    let compiler = CELAuthorizationConditions()
    return AuthorizationMatchConditions(try expressions.map { try compiler.compile($0) })
      .match(AccessReviewRequest.spec(attributes))
  }

  @Test(
    "speak of the review",
    arguments: [
      ("request.user == 'jane' && 'qa' in request.groups", true), ("request.user == 'bob'", false),
      ("has(request.resourceAttributes) && request.resourceAttributes.namespace == 'shop'", true),
      ("has(request.nonResourceAttributes)", false), ("request.uid == ''", true),
      ("request.resourceAttributes.subresource == ''", true), ("'a' in request.extra['team']", true),
      ("request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'metadata.name')", true),
      ("!('system:masters' in request.groups) && request.resourceAttributes.verb in ['get', 'list']", true),
      ("request.resourceAttributes.namespace.startsWith('sh')", true),
    ])
  func conditions(expression: String, matches: Bool) throws {
    #expect(try match(expression) == (matches ? .matches : .excluded))
  }

  @Test("an error counts where nothing is false") func errors() throws {
    let missing = "request.nonResourceAttributes.path == '/x'"
    let outcome = try match("true", missing)
    guard case .failed(let text) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(text.hasPrefix("cel evaluation error: expression '\(missing)' resulted in error: no such key"))
    #expect(try match(missing, "request.user == 'bob'") == .excluded)
  }

  @Test(
    "bad expressions are told",
    arguments: [
      ("request.user ==", "compilation failed: ERROR: <input>:1:"), ("request.user", "must evaluate to bool"),
      ("request.other == 'x'", "undefined field 'other'"),
      ("object.x == 1", "undeclared reference to 'object'"),
    ])
  func compilation(expression: String, message: String) {
    let error = #expect(throws: AuthorizationConfigurationError.self) {
      try CELAuthorizationConditions().compile(expression)
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
