import TestSupport
import Testing
import Values

/// The manifests of config/examples.
@Suite("the examples", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct ExampleTests {
  /// In an order in which they can be created.
  private static let files = [
    "namespace-setup", "service-account", "role-definitions", "role-bindings", "cluster-role",
    "aggregated-roles",
    "conditional-rbac", "token-rotation-cronjob", "production-app-deployment", "kube-apiserver-config",
  ]

  @Test("are created and do what they say", arguments: Clients.kubectlVersions)
  func examples(version: String) async throws {
    let server = try await TestServer.start()
    let kubectl = try await Kubectl(version, server: server)
    for file in Self.files {
      try await kubectl.succeeds("create", "--filename", Repository.path("config/examples/\(file).yaml"))
    }

    let jane = ["--as=jane", "--as-group=developers", "--namespace=production"]
    func canI(_ verb: String, _ resource: String, _ user: [String]) async throws -> String {
      try await kubectl.start(["auth", "can-i", verb, resource] + user).result().output
    }
    #expect(try await canI("list", "pods", jane) == "yes\n")
    #expect(try await canI("delete", "pods", jane) == "no\n")
    #expect(try await canI("get", "configmaps/app-config", jane) == "yes\n")
    #expect(try await canI("get", "configmaps/other", jane) == "no\n")
    let account = ["--as=system:serviceaccount:production:app-service-account", "--namespace=production"]
    #expect(try await canI("watch", "services", account) == "yes\n")
    let monitoring = ["--as=system:serviceaccount:monitoring:prometheus"]
    #expect(try await canI("list", "nodes", monitoring) == "yes\n")

    // A kind of others, and an object of it.
    let definition = Repository.path("config/examples/prometheus-rule-definition.yaml")
    try await kubectl.succeeds("create", "--filename", definition)
    try await kubectl.succeeds(
      "wait", "--for=condition=Established", "crd/prometheusrules.monitoring.coreos.com", "--timeout=20s")
    try await kubectl.succeeds("create", "namespace", "monitoring")
    let rule = Repository.path("config/examples/prometheus-rule.yaml")
    try await kubectl.succeeds("create", "--filename", rule)
    #expect(
      try await kubectl.succeeds("get", "promrule", "--namespace=monitoring", "--output=name")
        == "prometheusrule.monitoring.coreos.com/auth-monitoring\n")
    let wrong = try await kubectl.fails(
      "patch", "promrule", "auth-monitoring", "--namespace=monitoring", "--type=json",
      #"--patch=[{"op":"remove","path":"/spec/groups/0/rules/0/expr"}]"#)
    #expect(wrong.contains("spec.groups[0].rules[0].expr: Required value"))

    // The token controller fills the secret, the aggregation the role.
    try await kubectl.succeeds(
      "wait", "--for=jsonpath={.data.token}", "secret/app-sa-token", "--namespace=production", "--timeout=20s"
    )
    let isAggregated = try await eventually {
      try await kubectl.json("clusterrole", "view")["rules"]?.array?.contains {
        $0["apiGroups"] == ["custom.io"]
      } == true
    }
    #expect(isAggregated)
    #expect(try await kubectl.succeeds("get", "cronjob", "--namespace=security").contains("0 2 * * 0"))
    let everything = try await kubectl.succeeds("get", "all", "--all-namespaces")
    #expect(
      everything.contains("deployment.apps/secure-app") && everything.contains("cronjob.batch/token-rotator"))

    // The namespace is for restricted pods only.
    let refused = try await kubectl.fails("run", "root", "--image=x", "--namespace=production-app")
    #expect(refused.contains("violates PodSecurity \"restricted:latest\""))
    try await kubectl.succeeds("delete", "namespace", "production", "production-app", "--timeout=30s")
    await server.stop()
  }
}
