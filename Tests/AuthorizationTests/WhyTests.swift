import Authentication
import Testing
import Values

@testable import Authorization

/// Asks why about jane, who is in the group developers.
private func why(
  _ policy: Policy, _ verb: String, _ resource: String, group: String = "", namespace: String = "shop",
  subresource: String = "", name: String = "", user: UserInfo = UserInfo(name: "jane", groups: ["developers"])
) async -> AccessExplanation {
  await AccessExplainer(authorizer: policy.authorizer, index: policy.index).explain(
    AuthorizationAttributes(
      user: user, verb: verb, namespace: namespace, apiGroup: group, resource: resource,
      subresource: subresource, name: name))
}

@Suite("Why") struct WhyTests {
  @Test("an allowed request names binding, subject and rule") func allowed() async throws {
    let policy = try Policy()
    try policy.role("reader", [rule(["get", "list"], ["pods"])], namespace: "shop")
    try policy.bind("b", "Role/reader", to: [group("developers")], namespace: "shop")
    let answer = await why(policy, "list", "pods")
    #expect(answer.nearest.isEmpty && answer.remedy == nil)
    #expect(
      answer.text == """
        May User "jane" (groups ["developers"]) list pods in the namespace "shop"? Yes.

        Asked in turn:
          PrivilegedGroup: no opinion
          RBAC: allows: RBAC: allowed by RoleBinding "b/shop" of Role "reader" to Group "developers"

        Allowed by:
          RoleBinding "b/shop" of Role "reader" to Group "developers"
          rule: {APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}

        """)
    #expect(answer.value[path: "status", "grant", "binding", "name"] == "b")
    let masters = await why(policy, "delete", "nodes", user: admin)
    #expect(masters.text.contains("the group \"system:masters\", which may do everything"))
  }

  /// What is missing in the nearest rule.
  private func nearest(
    _ rules: [Value], _ verb: String, _ resource: String, group: String = "", subresource: String = "",
    name: String = "", namespace: String = "shop", subjects: [Value] = [user("jane")],
    boundIn: String = "shop"
  ) async throws -> (keys: [String], text: String) {
    let policy = try Policy()
    try policy.role("r", rules)
    try policy.bind("b", "ClusterRole/r", to: subjects, namespace: boundIn)
    let answer = await why(
      policy, verb, resource, group: group, namespace: namespace, subresource: subresource, name: name)
    return (answer.nearest.first?.lacks.map(\.key) ?? [], answer.text)
  }

  @Test("the nearest rule tells what is missing") func whatIsMissing() async throws {
    let verb = try await nearest([rule(["list"], ["pods"]), rule(["get"], ["nodes"])], "get", "pods")
    #expect(verb.keys == ["verb"])
    #expect(verb.text.contains("missing verb: the rule has [\"list\"], not \"get\""))
    let group = try await nearest([rule(["*"], ["deployments"])], "get", "deployments", group: "apps")
    #expect(group.keys == ["apiGroup"])
    let sub = try await nearest([rule(["get"], ["pods"])], "get", "pods", subresource: "log")
    #expect(sub.keys == ["resource"])
    #expect(sub.text.contains("the rule has [\"pods\"], not \"pods/log\""))
    let spelling = try await nearest([rule(["get"], ["pod"])], "get", "pods")
    #expect(spelling.keys == ["resource"])
    let name = try await nearest(
      [rule(["get"], ["configmaps"], names: ["app"])], "get", "configmaps", name: "other")
    #expect(name.keys == ["resourceName"])
    let list = try await nearest([rule(["list"], ["configmaps"], names: ["app"])], "list", "configmaps")
    #expect(list.text.contains("the request names no object"))
    let place = try await nearest([rule(["get"], ["pods"])], "get", "pods", boundIn: "staging")
    #expect(place.keys == ["namespace"])
    #expect(place.text.contains("the binding holds in \"staging\" only, not in \"shop\""))
    let cluster = try await nearest([rule(["list"], ["pods"])], "list", "pods", namespace: "")
    #expect(cluster.text.contains("the request is for the whole cluster"))
    let subject = try await nearest([rule(["get"], ["pods"])], "get", "pods", subjects: [user("Jane")])
    #expect(subject.keys == ["subject"])
    #expect(subject.text.contains("the binding names User \"Jane\", not User \"jane\""))
    let other = try await nearest([rule(["get"], ["pods"])], "get", "pods", subjects: [user("bob")])
    #expect(other.text.contains("the binding does not name User \"jane\""))
    let both = try await nearest([rule(["list"], ["pods"])], "get", "pods", boundIn: "staging")
    #expect(both.keys == ["namespace", "verb"])
    let far = try await nearest([rule(["list"], ["services"])], "get", "pods")
    #expect(far.keys.isEmpty)
  }

  @Test("service accounts that are named wrongly are found") func serviceAccounts() async throws {
    let account = UserInfo(name: "system:serviceaccount:shop:app", groups: ["system:serviceaccounts"])
    for subject: Value in [
      ["kind": "ServiceAccount", "name": "app", "namespace": "other"], user("app"), user("shop:app"),
    ] {
      let policy = try Policy()
      try policy.role("r", [rule(["get"], ["pods"])])
      try policy.bind("b", "ClusterRole/r", to: [subject], namespace: "shop")
      let answer = await why(policy, "get", "pods", user: account)
      #expect(answer.nearest.first?.lacks.map(\.key) == ["subject"], "\(subject)")
      #expect(answer.text.contains("not ServiceAccount \"app/shop\""))
    }
  }

  @Test("a role that is not there, or bound to nobody, is told") func roles() async throws {
    let policy = try Policy(bootstrap: true)
    try policy.bind("b", "Role/ghost", to: [user("jane")], namespace: "shop")
    let ghost = await why(policy, "get", "pods")
    #expect(ghost.nearest.first?.lacks == [.role])
    #expect(ghost.text.contains("Role \"ghost\" is not there"))
    // Of the default roles, view is the smallest that has it; those of the system are left out.
    #expect(ghost.nearest.dropFirst().first?.role.name == "view")
    #expect(
      ghost.nearest.allSatisfy { !$0.role.name.hasPrefix("system:") && $0.role.name != "cluster-admin" })
    #expect(ghost.text.contains("a RoleBinding in \"shop\" would do"))
  }

  @Test("the smallest role allows just what was asked", arguments: [true, false])
  func remedy(isNamespaced: Bool) async throws {
    let policy = try Policy()
    let namespace = isNamespaced ? "shop" : ""
    func ask() async -> AccessExplanation {
      await why(
        policy, "get", "deployments", group: "apps", namespace: namespace, subresource: "scale", name: "web")
    }
    let remedy = try #require(await ask().remedy)
    #expect(remedy.role["kind"]?.string == (isNamespaced ? "Role" : "ClusterRole"))
    #expect(remedy.role[path: "metadata", "name"] == "jane-get-deployments-scale")
    let documents = try YAML.parseDocuments(Array(remedy.manifest.utf8))
    #expect(documents == [remedy.role, remedy.binding])
    try policy.put(isNamespaced ? "roles" : "clusterroles", remedy.role)
    try policy.put(isNamespaced ? "rolebindings" : "clusterrolebindings", remedy.binding)
    #expect(await ask().decision.isAllowed)
    let other = await why(
      policy, "get", "deployments", group: "apps", namespace: namespace, subresource: "scale", name: "db")
    #expect(!other.decision.isAllowed)
    #expect(
      other.remedy?.role[path: "metadata", "name"] == "jane-get-deployments-scale-2", "the name is taken")
  }

  @Test("paths that are no resources") func paths() async throws {
    let policy = try Policy()
    try policy.role("r", [["verbs": ["get"], "nonResourceURLs": ["/metrics/slis"]]])
    try policy.bind("b", "ClusterRole/r", to: [user("jane")])
    let explainer = AccessExplainer(authorizer: policy.authorizer, index: policy.index)
    let answer = await explainer.explain(
      AuthorizationAttributes(user: UserInfo(name: "jane"), verb: "get", path: "/metrics"))
    #expect(answer.nearest.first?.lacks.map(\.key) == ["nonResourceURL"])
    #expect(answer.remedy?.role["rules"]?.array?.first?["nonResourceURLs"] == ["/metrics"])
  }

  @Test("where roles can't help, none is offered") func otherAuthorizers() async throws {
    let policy = try Policy()
    let attributes = AuthorizationAttributes(user: UserInfo(name: "jane"), verb: "get", resource: "pods")
    let abac = await AccessExplainer(
      authorizer: UnionAuthorizer([ABACAuthorizer([])]), index: policy.index
    ).explain(attributes)
    #expect(abac.remedy == nil && abac.text.contains("ABAC: no opinion: No policy matched."))
    #expect(abac.text.contains("RBAC is not among the authorizers"))
  }

  @Test("names that are alike") func lookalikes() {
    for (a, b) in [
      ("jane", "Jane"), ("jane", "oidc:jane"), ("pod", "pods"), ("deployments", "deploymnets"),
      ("developers", "developer"), ("jane", "janet"),
    ] {
      #expect(Lookalike.areAlike(a, b), "\(a) \(b)")
    }
    for (a, b) in [("jane", "bob"), ("qa", "qb"), ("", "x"), ("pods", "nodes"), ("secrets", "services")] {
      #expect(!Lookalike.areAlike(a, b), "\(a) \(b)")
    }
  }
}
