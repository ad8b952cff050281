import APIServer
import Controllers
import Schema
import Testing
import Values

private let roles = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterroles")
private let bindings = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterrolebindings")

/// What a start makes of roles and bindings that are there already.
@Suite(.timeLimit(.minutes(1)))
struct BootstrapTests {
  @Test func aStartRepairsDefaultRolesAndBindings() async throws {
    try await Cluster.run { cluster in
      func change(_ resource: GroupResource, _ name: String, _ change: @Sendable (inout Value) -> Void)
        async throws
      {
        try await cluster.client.update(resource, name: name) { old in
          var new = old
          change(&new)
          return new
        }
      }
      let kept: Value = ["verbs": ["get"], "apiGroups": ["x"], "resources": ["y"]]
      let whole = cluster.get(roles, "system:discovery", in: "")?["rules"]
      try await change(roles, "system:discovery") { $0["rules"] = [kept] }
      try await change(roles, "system:basic-user") {
        $0["rules"] = [kept]
        $0.set("false", at: ["metadata", "annotations", "rbac.authorization.kubernetes.io/autoupdate"])
      }
      try await change(bindings, "system:discovery") { $0["subjects"] = [] }
      try await cluster.client.delete(bindings, name: "system:basic-user")
      try await cluster.make(
        bindings,
        [
          "metadata": ["name": "system:basic-user"],
          "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"],
        ], in: "")

      let ranges = try ServiceAddresses.ranges("10.0.0.0/24")
      let settings = Bootstrap.Settings(
        serviceRanges: ranges, securePort: 6443, authentication: ClientAuthenticationInfo(clientCA: nil))
      try await Bootstrap(server: cluster.server.apiServer, settings: settings).run()

      let discovery = cluster.get(roles, "system:discovery", in: "")?["rules"]?.array ?? []
      #expect(discovery.first == kept, "what somebody added stays")
      let paths = discovery.flatMap { $0["nonResourceURLs"]?.strings ?? [] }
      #expect(paths.contains("/healthz"))
      #expect(whole?.array?.isEmpty == false)
      #expect(cluster.get(roles, "system:basic-user", in: "")?["rules"] == [kept], "it opted out")
      #expect(
        cluster.get(bindings, "system:discovery", in: "")?["subjects"]?.array?.first?["name"]
          == "system:authenticated")
      let basic = cluster.get(bindings, "system:basic-user", in: "")
      #expect(basic?[path: "roleRef", "name"] == "system:basic-user", "made anew for the right role")
    }
  }
}
