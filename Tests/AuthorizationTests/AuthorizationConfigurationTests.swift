import Testing
import Values

@testable import Authorization

private func read(_ text: String) throws -> AuthorizationConfiguration {
  try AuthorizationConfigurationReader.read(Array(text.utf8), conditions: EqualConditions())
}

/// Stands for the expression language: `true`, `false` and `fails`.
private struct EqualConditions: AuthorizationConditionCompiler {
  struct Condition: AuthorizationCondition {
    let text: String

    func matches(_ spec: Value) throws(AuthorizationConfigurationError) -> Bool {
      if text == "fails" { throw AuthorizationConfigurationError("no such key: x") }
      return text == "true"
    }
  }

  func compile(
    _ expression: String
  ) throws(AuthorizationConfigurationError) -> any AuthorizationCondition {
    guard ["true", "false", "fails"].contains(expression) else {
      throw AuthorizationConfigurationError("compilation failed: \(expression)")
    }
    return Condition(text: expression)
  }
}

private func webhook(_ more: String = "", name: String = "one", replacing: (String, String) = ("", ""))
  -> String
{
  let text = """
    - type: Webhook
      name: \(name)
      webhook:
        timeout: 3s
        subjectAccessReviewVersion: v1
        matchConditionSubjectAccessReviewVersion: v1
        failurePolicy: Deny
        connectionInfo: {type: KubeConfigFile, kubeConfigFile: /etc/hostname}
    \(more)
    """
  return replacing.0.isEmpty ? text : text.replacing(replacing.0, with: replacing.1)
}

private func file(_ authorizers: String, version: String = "v1") -> String {
  "apiVersion: apiserver.config.k8s.io/\(version)\nkind: AuthorizationConfiguration\nauthorizers:\n\(authorizers)\n"
}

@Suite("AuthorizationConfiguration") struct AuthorizationConfigurationTests {
  @Test("several webhooks and others, in order", arguments: ["v1", "v1beta1", "v1alpha1"])
  func chain(version: String) throws {
    let configuration = try read(
      file(
        webhook("    authorizedTTL: 1m30s\n    cacheUnauthorizedRequests: false") + "\n"
          + "- {type: Node, name: node}\n- {type: RBAC, name: rbac}\n"
          + webhook("    matchConditions: [{expression: 'true'}]", name: "two.example.com"),
        version: version))
    #expect(configuration.authorizers.map(\.name) == ["one", "node", "rbac", "two.example.com"])
    let first = try #require(configuration.authorizers[0].webhook)
    #expect(first.authorizedTTL == .seconds(90) && first.effectiveUnauthorizedTTL == .zero)
    #expect(first.unauthorizedTTL == .seconds(30) && first.timeout == .seconds(3))
    #expect(first.failurePolicy == .deny && first.kubeConfigFile == "/etc/hostname")
    #expect(configuration.authorizers[3].webhook?.matchConditions == ["true"])
  }

  @Test(
    "what is wrong is told",
    arguments: [
      ("", "authorizers: Required value: at least one authorization mode must be defined"),
      (
        "- {type: RBAC, name: rbac}\n- {type: RBAC, name: rbac}",
        #"authorizers[1].type: Duplicate value: "RBAC""#
      ),
      (
        "- {type: Magic, name: x}",
        #"authorizers[0].type: Unsupported value: "Magic": supported values: "ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook""#
      ),
      ("- {name: x}", "authorizers[0].type: Required value"),
      ("- {type: RBAC}", "authorizers[0].name: Required value"),
      ("- {type: RBAC, name: other}", "expected name rbac for authorizer RBAC instead of other"),
      ("- {type: Webhook, name: x}", "authorizers[0].webhook: Required value: required when type=Webhook"),
      (
        "- {type: RBAC, name: rbac, webhook: {}}",
        #"authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook"#
      ),
      (webhook() + "\n" + webhook(), #"authorizers[1].name: Duplicate value: "one""#),
      (
        webhook(name: "No_Name"), "authorizer name is invalid: a lowercase RFC 1123 subdomain must consist of"
      ),
      (
        webhook(replacing: ("timeout: 3s", "timeout: 40s")),
        #"authorizers[0].timeout: Invalid value: "40s": must be > 0s and <= 30s"#
      ),
      (webhook(replacing: ("    timeout: 3s\n", "")), "authorizers[0].timeout: Required value"),
      (
        webhook("    authorizedTTL: -1s"),
        #"authorizers[0].authorizedTTL: Invalid value: "-1s": must be > 0s"#
      ),
      (
        webhook(replacing: ("subjectAccessReviewVersion: v1\n", "subjectAccessReviewVersion: v2\n")),
        #"authorizers[0].subjectAccessReviewVersion: Unsupported value: "v2": supported values: "v1", "v1beta1""#
      ),
      (
        webhook(replacing: ("failurePolicy: Deny", "failurePolicy: Allow")),
        #"authorizers[0].failurePolicy: Unsupported value: "Allow": supported values: "NoOpinion", "Deny""#
      ),
      (
        webhook(replacing: ("/etc/hostname", "etc")),
        #"authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "etc": must be an absolute path"#
      ),
      (webhook(replacing: ("/etc/hostname", "/etc")), "must be a regular file"),
      (
        webhook(replacing: ("/etc/hostname", "/no/such")),
        "error loading file: stat /no/such: no such file or directory"
      ),
      (
        webhook(
          "    matchConditions: [{expression: 'a b'}, {expression: ''}, {expression: 'true'}, {expression: 'true'}]"
        ),
        #"[authorizers[0].matchConditions[0].expression: Invalid value: "a b": compilation failed: a b, "#
          + "authorizers[0].matchConditions[1].expression: Required value, "
          + #"authorizers[0].matchConditions[3].expression: Duplicate value: "true"]"#
      ),
      (
        webhook(
          "    matchConditions: [{expression: 'true'}]",
          replacing: ("    matchConditionSubjectAccessReviewVersion: v1\n", "")),
        "matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified"
      ),
      (
        "- {type: RBAC, name: rbac, extra: 1}",
        #"strict decoding error: unknown field "authorizers[0].extra""#
      ),
      (
        "- {type: 7, name: rbac}",
        "json: cannot unmarshal number into Go struct field AuthorizerConfiguration.authorizers.type of type string"
      ),
    ])
  func errors(authorizers: String, message: String) {
    let error = #expect(throws: AuthorizationConfigurationError.self) { try read(file(authorizers)) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("other files are refused") func otherKinds() {
    for text in ["a: [", "kind: X", "apiVersion: v1\nkind: Pod", file("", version: "v9")] {
      let error = #expect(throws: AuthorizationConfigurationError.self) { try read(text) }
      #expect(
        error?.description.hasPrefix("failed to load AuthorizationConfiguration from file: ") == true)
    }
  }

  @Test("one false condition skips, an error alone fails") func conditions() throws {
    func outcome(_ texts: String...) throws -> WebhookAuthorizer.Match {
      AuthorizationMatchConditions(try texts.map { try EqualConditions().compile($0) }).match([:])
    }
    #expect(try outcome() == .matches)
    #expect(try outcome("true", "true") == .matches)
    #expect(try outcome("fails", "false") == .excluded)
    #expect(try outcome("true", "fails") == .failed("no such key: x"))
    #expect(throws: AuthorizationConfigurationError.self) { try NoAuthorizationConditions().compile("true") }
  }
}
