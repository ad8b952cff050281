import TestSupport
import Testing
import Values

/// helm, with the chart in chart/.
@Suite("helm", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct HelmTests {
  @Test("installs, upgrades, rolls back and uninstalls a chart")
  func lifecycle() async throws {
    let kubectl = try await Kubectl.inNamespace("helm", "1.37")
    let chart = Repository.path("Tests/ClientTests/chart")

    @discardableResult
    func helm(_ arguments: String...) async throws -> String {
      let result = try await Command(
        Clients.helm, arguments + ["--namespace", kubectl.namespace],
        environment: [
          "HOME": kubectl.folder.path, "KUBECONFIG": "\(kubectl.folder.path)/kubeconfig",
        ]
      ).result()
      #expect(result.status == 0, "helm \(arguments): \(result)")
      return result.output
    }

    #expect(try await helm("install", "north", chart).contains("STATUS: deployed"))
    #expect(try await kubectl.json("configmap", "north")["data"] == ["colour": "red"])
    let labels = try await kubectl.json("deployment", "north")["metadata"]?["labels"]
    #expect(labels?["app.kubernetes.io/managed-by"] == "Helm")

    #expect(
      try await helm("upgrade", "north", chart, "--set", "replicas=3,colour=blue,extra=true").contains(
        "has been upgraded"))
    #expect(try await kubectl.json("deployment", "north")["spec"]?["replicas"] == 3)
    #expect(try await kubectl.json("configmap", "north")["data"] == ["colour": "blue"])
    try await kubectl.succeeds("get", "configmap", "north-extra")

    try await helm("rollback", "north", "1")
    #expect(try await kubectl.json("deployment", "north")["spec"]?["replicas"] == 1)
    #expect(try await kubectl.fails("get", "configmap", "north-extra").contains("not found"))
    let history = try JSON.parse(try await helm("history", "north", "--output", "json"))
    #expect(history.array?.compactMap { $0["status"]?.string } == ["superseded", "superseded", "deployed"])

    try await helm("uninstall", "north")
    #expect(
      try await kubectl.succeeds("get", "deployment,service,serviceaccount", "--output", "name")
        == "serviceaccount/default\n")
    #expect(try await kubectl.succeeds("get", "secrets", "--output", "name").isEmpty)
  }
}
