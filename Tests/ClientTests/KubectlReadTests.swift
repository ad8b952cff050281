import Foundation
import TestSupport
import Testing
import Values

/// What kubectl shows.
@Suite("kubectl shows", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct KubectlReadTests {
  @Test("objects in every form", arguments: Clients.kubectlVersions)
  func forms(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("forms", version)
    try await kubectl.succeeds("create", "--filename", "-", input: deployment("web", replicas: 3))
    try await kubectl.succeeds("create", "configmap", "settings", "--from-literal=colour=green")

    let table = try await kubectl.succeeds("get", "deployments")
    #expect(
      table.split(separator: "\n").first?.hasPrefix("NAME   READY   UP-TO-DATE   AVAILABLE   AGE") == true)
    #expect(table.contains("web    0/3     0            0"))
    let wide = try await kubectl.succeeds("get", "deployment", "web", "--output", "wide")
    #expect(wide.contains("CONTAINERS   IMAGES   SELECTOR"))
    #expect(wide.contains("web          web:1    app=web"))
    #expect(try await kubectl.json("deployment", "web")["spec"]?["replicas"] == 3)
    let yaml = try YAML.parse(
      Array(try await kubectl.succeeds("get", "configmap", "settings", "--output", "yaml").utf8))
    #expect(yaml["data"] == ["colour": "green"])
    #expect(yaml["metadata"]?["managedFields"] == nil)
    #expect(
      try await kubectl.succeeds("get", "deployments,configmaps", "--output", "name").contains(
        "deployment.apps/web"))
    #expect(
      try await kubectl.succeeds(
        "get", "deployment", "web", "--output", "jsonpath={.spec.template.spec.containers[0].image}")
        == "web:1")
    let columns = try await kubectl.succeeds(
      "get", "configmap", "settings", "--output", "custom-columns=N:.metadata.name")
    #expect(columns == "N\nsettings\n")
    #expect(
      try await kubectl.succeeds(
        "get", "--raw", "/api/v1/namespaces/\(kubectl.namespace)/configmaps/settings"
      ).contains("green"))
    #expect(try await kubectl.fails("get", "configmap", "none").contains("configmaps \"none\" not found"))
  }

  @Test("lists by label, by field and of all namespaces", arguments: Clients.kubectlVersions)
  func lists(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("lists", version)
    for (name, tier) in [("one", "front"), ("two", "back"), ("three", "back")] {
      try await kubectl.succeeds("create", "configmap", name)
      try await kubectl.succeeds("label", "configmap", name, "tier=\(tier)")
    }
    #expect(
      try await kubectl.succeeds("get", "configmaps", "--selector", "tier=back", "--output", "name")
        == "configmap/three\nconfigmap/two\n")
    #expect(
      try await kubectl.succeeds(
        "get", "configmaps", "--selector", "tier in (front)", "--label-columns", "tier"
      ).contains("front"))
    #expect(
      try await kubectl.succeeds(
        "get", "configmaps", "--field-selector", "metadata.name=one", "--output", "name") == "configmap/one\n"
    )
    #expect(
      try await kubectl.succeeds(
        "get", "configmaps", "--chunk-size", "1", "--sort-by", "{.metadata.name}", "--output", "name"
      ).hasPrefix("configmap/kube-root-ca.crt\nconfigmap/one\n"))
    var everywhere = kubectl
    everywhere.options = ["--all-namespaces"]
    let all = try await everywhere.succeeds("get", "configmaps")
    #expect(all.hasPrefix("NAMESPACE"))
    #expect(all.contains("\(kubectl.namespace)") && all.contains("kube-system"))
  }

  @Test("changes as they happen", arguments: Clients.kubectlVersions)
  func watches(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("watches", version)
    try await kubectl.succeeds("create", "configmap", "first")
    let watch = try kubectl.start(["get", "configmaps", "--watch", "--output-watch-events"])
    defer { watch.signal(SIGKILL) }
    #expect(await eventually { watch.output.contains(/ADDED +first/) })
    try await kubectl.succeeds("create", "configmap", "second")
    #expect(await eventually { watch.output.contains(/ADDED +second/) })
    try await kubectl.succeeds("annotate", "configmap", "second", "seen=yes")
    #expect(await eventually { watch.output.contains(/MODIFIED +second/) })
    try await kubectl.succeeds("delete", "configmap", "second")
    #expect(await eventually { watch.output.contains(/DELETED +second/) })
    #expect(watch.isRunning)
  }

  @Test("descriptions", arguments: Clients.kubectlVersions)
  func describes(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("describes", version)
    try await kubectl.succeeds("create", "--filename", "-", input: deployment("web"))
    let text = try await kubectl.succeeds("describe", "deployment", "web")
    #expect(text.contains("Replicas:               2 desired"))
    #expect(text.contains("Image:         web:1"))
    try await kubectl.succeeds("create", "quota", "small", "--hard=pods=1")
    #expect(try await kubectl.succeeds("describe", "quota", "small").contains("pods"))
    var cluster = kubectl
    cluster.options = []
    let namespace = try await cluster.succeeds("describe", "namespace", kubectl.namespace)
    #expect(namespace.contains("Status:       Active"))
    #expect(namespace.contains("Name:     small"))
    #expect(try await cluster.succeeds("describe", "clusterrole", "view").contains("pods/log"))
  }

  @Test("what the server offers", arguments: Clients.kubectlVersions)
  func discovery(version: String) async throws {
    let kubectl = try await Kubectl(version)
    let resources = try await kubectl.succeeds("api-resources")
    for name in ["pods ", "deployments ", "rolebindings ", "customresourcedefinitions "] {
      #expect(resources.contains(name))
    }
    #expect(
      try await kubectl.succeeds("api-resources", "--namespaced=false", "--output", "name").contains(
        "clusterroles.rbac.authorization.k8s.io\n"))
    let versions = try await kubectl.succeeds("api-versions")
    #expect(versions.split(separator: "\n").contains("apps/v1"))
    #expect(versions.split(separator: "\n").contains("v1"))
    #expect(try await kubectl.succeeds("version").contains("Server Version: v1.36"))
    #expect(try await kubectl.succeeds("cluster-info").contains("is running at"))
    #expect(try await kubectl.succeeds("get", "--raw", "/readyz") == "ok")
  }

  @Test("what kinds are made of", arguments: Clients.kubectlVersions)
  func explains(version: String) async throws {
    let kubectl = try await Kubectl(version)
    let strategy = try await kubectl.succeeds("explain", "deployment.spec.strategy")
    #expect(strategy.contains("GROUP:      apps"))
    #expect(strategy.contains("FIELD: strategy <DeploymentStrategy>"))
    #expect(strategy.contains("enum: Recreate, RollingUpdate"))
    let pod = try await kubectl.succeeds("explain", "pod", "--recursive")
    #expect(pod.contains("terminationGracePeriodSeconds\t<integer>"))
    #expect(
      try await kubectl.succeeds("explain", "horizontalpodautoscalers", "--api-version", "autoscaling/v1")
        .contains("VERSION:    v1"))
  }
}
