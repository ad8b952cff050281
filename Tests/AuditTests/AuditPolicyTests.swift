import Audit
import Authentication
import Authorization
import Testing

/// Which requests a policy records.
@Suite struct AuditPolicyTests {
  private func policy(_ rules: String) throws -> AuditPolicy {
    try AuditPolicy(yaml: Array("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n\(rules)\n".utf8))
  }

  private func request(
    _ verb: String, _ resource: String, group: String = "", namespace: String = "", name: String = "",
    user: String = "jane", groups: [String] = []
  ) -> AuthorizationAttributes {
    let parts = resource.split(separator: "/").map(String.init)
    return AuthorizationAttributes(
      user: UserInfo(name: user, groups: groups), verb: verb, namespace: namespace, apiGroup: group,
      resource: parts[0], subresource: parts.count > 1 ? parts[1] : "", name: name)
  }

  private func path(_ path: String) -> AuthorizationAttributes {
    AuthorizationAttributes(user: UserInfo(name: "jane"), verb: "get", path: path)
  }

  @Test("the first rule that matches decides; where none does, nothing is recorded")
  func order() throws {
    let policy = try policy("- {level: Request, verbs: [create]}\n- {level: Metadata, users: [jane]}")
    #expect(policy.verdict(request("create", "pods")).level == .request)
    #expect(policy.verdict(request("get", "pods")).level == .metadata)
    #expect(policy.verdict(request("get", "pods", user: "joe")).level == .none)
  }

  @Test(
    "resources match with their subresources and wildcards",
    arguments: [
      ("pods", "pods", true), ("pods", "pods/log", false), ("pods/log", "pods/log", true),
      ("pods/*", "pods/log", true), ("pods/*", "pods", true), ("*/status", "pods/status", true),
      ("*/status", "pods", false), ("*", "pods/log", true), ("*", "secrets", true),
      ("services", "pods", false),
    ])
  func resources(pattern: String, resource: String, matches: Bool) throws {
    let policy = try policy("- {level: Metadata, resources: [{group: '', resources: ['\(pattern)']}]}")
    #expect((policy.verdict(request("get", resource)).level == .metadata) == matches)
  }

  @Test func groupsNamesAndNamespaces() throws {
    let named = try policy(
      "- {level: Metadata, resources: [{group: apps, resources: [deployments], resourceNames: [web]}]}")
    #expect(named.verdict(request("get", "deployments", group: "apps", name: "web")).level == .metadata)
    #expect(named.verdict(request("get", "deployments", group: "apps", name: "db")).level == .none)
    #expect(named.verdict(request("get", "deployments", name: "web")).level == .none)
    let all = try policy("- {level: Metadata, resources: [{group: '*'}], namespaces: ['', a]}")
    #expect(all.verdict(request("get", "deployments", group: "apps", namespace: "a")).level == .metadata)
    #expect(all.verdict(request("get", "nodes")).level == .metadata)
    #expect(all.verdict(request("get", "pods", namespace: "b")).level == .none)
    #expect(all.verdict(path("/version")).level == .none)
    let groups = try policy("- {level: Metadata, userGroups: [dev]}")
    #expect(groups.verdict(request("get", "pods", groups: ["ops", "dev"])).level == .metadata)
    #expect(groups.verdict(request("get", "pods", groups: ["ops"])).level == .none)
  }

  @Test func pathsMatchToTheirStar() throws {
    let policy = try policy("- {level: Metadata, nonResourceURLs: [/healthz*, /version]}")
    #expect(policy.verdict(path("/healthz/etcd")).level == .metadata)
    #expect(policy.verdict(path("/version")).level == .metadata)
    #expect(policy.verdict(path("/version/x")).level == .none)
    #expect(policy.verdict(request("get", "pods")).level == .none)
  }

  @Test("stages that are left out add up, and a rule's word on managed fields counts")
  func options() throws {
    let policy = try AuditPolicy(
      yaml: Array(
        """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        omitManagedFields: true
        rules:
        - {level: Metadata, users: [jane], omitStages: [ResponseStarted], omitManagedFields: false}
        - level: Metadata
        """.utf8))
    let own = policy.verdict(request("get", "pods"))
    #expect(own.omitStages == [.requestReceived, .responseStarted])
    #expect(!own.omitManagedFields)
    let other = policy.verdict(request("get", "pods", user: "joe"))
    #expect(other.omitStages == [.requestReceived])
    #expect(other.omitManagedFields)
  }

  @Test(
    "what is wrong is told with its line",
    arguments: [
      (
        "rules:\n- level: Most",
        #"line 4: rules[0].level: Unsupported value: "Most": supported values: "None""#
      ),
      ("rules:\n- users: [a]", "line 4: rules[0].level: Required value"),
      ("rules:\n- level: None\n  user: [a]", "line 5: rules[0].user: Invalid value: [\"a\"]: unknown field"),
      ("rules:\n- level: None\n  users: a", "line 5: rules[0].users: Invalid value: \"a\": expected a list"),
      (
        "rules:\n- level: None\n  nonResourceURLs:\n  - /ok\n  - healthz",
        "line 7: rules[0].nonResourceURLs[1]: Invalid value: \"healthz\": non-resource URL rules must begin with"
      ),
      (
        "rules:\n- level: None\n  nonResourceURLs: [/a*b]",
        "line 5: rules[0].nonResourceURLs[0]: Invalid value: \"/a*b\": non-resource URL wildcards '*' must be"
      ),
      (
        "rules:\n- level: None\n  resources:\n  - group: a\n    resourceNames: [x]",
        "line 7: rules[0].resources[0].resourceNames: Invalid value: [\"x\"]: using resourceNames requires at"
      ),
      (
        "rules:\n- level: None\n  resources:\n  - group: a/v1",
        "line 6: rules[0].resources[0].group: Invalid value: \"a/v1\": a lowercase RFC 1123 subdomain"
      ),
      (
        "rules:\n- level: None\n  namespaces: [a]\n  nonResourceURLs: [/a]",
        "line 6: rules[0].nonResourceURLs: Invalid value: [\"/a\"]: rules cannot apply to both regular resources"
      ),
      (
        "rules:\n- level: None\n  omitStages: [Done]",
        "line 5: rules[0].omitStages[0]: Invalid value: \"Done\": allowed stages are RequestReceived,"
      ),
      ("rules: []", "loaded illegal policy with 0 rules"),
      ("rules:\n- level: None\n  level: Metadata", "line 5: key \"level\" already set in map"),
      ("rules:\n- level: [", "yaml: line"),
    ])
  func mistakes(rest: String, message: String) {
    let text = "apiVersion: audit.k8s.io/v1\nkind: Policy\n\(rest)\n"
    let error = #expect(throws: AuditPolicyError.self) { try AuditPolicy(yaml: Array(text.utf8)) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func kindAndVersionAreExpected() {
    let error = #expect(throws: AuditPolicyError.self) {
      try AuditPolicy(yaml: Array("apiVersion: audit.k8s.io/v1beta1\nrules: [{level: None}]".utf8))
    }
    #expect(error?.description.contains("line 1: apiVersion: Unsupported value") == true)
    #expect(error?.description.contains("kind: Required value") == true)
  }
}
