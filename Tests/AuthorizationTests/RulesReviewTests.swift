import Authentication
import Testing
import Values

@testable import Authorization

@Suite("SelfSubjectRulesReview") struct RulesReviewTests {
  private func status(_ authorizers: [any Authorizer], _ user: UserInfo) async throws -> Value {
    try await RulesReviewer(resolver: UnionAuthorizer(authorizers)).selfSubjectRulesReview(
      ["spec": ["namespace": "shop"]], user: user)
  }

  @Test("lists the rules of every built-in role as they are") func builtInRoles() async throws {
    let policy = try Policy(bootstrap: true)
    var checked = 0
    for (resource, object) in RBACBootstrap.objects() where resource.resource == "clusterroles" {
      let name = object[path: "metadata", "name"]?.string ?? ""
      let user = UserInfo(name: "holder of \(name)")
      try policy.bind("holder-\(name)", "ClusterRole/\(name)", to: [subject(user.name)], namespace: "shop")
      let status = try await status([RBACAuthorizer(index: policy.index)], user)
      let rules = PolicyRule.list(object)
      #expect(
        (status["resourceRules"]?.array ?? []).map(PolicyRule.init)
          == rules.filter { !$0.resources.isEmpty }.map { rule in
            var rule = rule
            rule.nonResourceURLs = []
            return rule
          }, "\(name)")
      #expect(
        (status["nonResourceRules"]?.array ?? []).map(PolicyRule.init)
          == rules.filter { !$0.nonResourceURLs.isEmpty }.map {
            PolicyRule(verbs: $0.verbs, nonResourceURLs: $0.nonResourceURLs)
          }, "\(name)")
      #expect(status["incomplete"] == false && status["evaluationError"] == nil)
      checked += 1
    }
    #expect(checked > 60)
  }

  @Test("says what can't be listed") func incomplete() async throws {
    let policy = try Policy()
    try policy.bind("b", "ClusterRole/ghost", to: [user("jane")])
    let missing = try await status([RBACAuthorizer(index: policy.index)], jane)
    #expect(missing["evaluationError"] == "clusterrole.rbac.authorization.k8s.io \"ghost\" not found")
    let node = UserInfo(name: "system:node:n1", groups: ["system:nodes"])
    let nodes = try await status([NodeAuthorizer(graph: NodeGraph(), rules: [])], node)
    #expect(nodes["incomplete"] == true)
    #expect(nodes["evaluationError"] == "node authorizer does not support user rule resolution")
    let all = try await status([AlwaysAllowAuthorizer(), AlwaysDenyAuthorizer()], jane)
    #expect(all["resourceRules"]?.array?.count == 1 && all["nonResourceRules"]?.array?.count == 1)
  }
}

/// A subject, by a name that the user of a test does not hide.
private func subject(_ name: String) -> Value { user(name) }
