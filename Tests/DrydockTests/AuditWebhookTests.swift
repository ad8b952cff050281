import ServerSupport
import TestSupport
import Testing
import Values

/// Audit events at the door of a server that collects them.
@Suite("audit webhook", .timeLimit(.minutes(2)))
struct AuditWebhookTests {
  @Test("events are posted over TLS with the kubeconfig's credentials, the last of them at the end")
  func posts() async throws {
    let collector = try await StandInServer.start { _ in .json([:]) }
    let folder = try TemporaryFolder()
    let kubeconfig = try folder.write(
      collector.kubeconfig(path: "/events", user: ["token": "collector-token"]), to: "webhook.kubeconfig")
    let policy = try folder.write(
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived]
      rules: [{level: Metadata}]
      """, to: "policy.yaml")
    let server = try await TestServer.start {
      $0.shutdownGrace = .seconds(30)
      $0.audit.policyFile = policy
      $0.audit.webhookConfigFile = kubeconfig
      $0.audit.webhookBatch.maxSize = 2
    }
    for _ in 0..<3 { #expect(try await server.client.get("/api/v1/namespaces").status == 200) }
    #expect(await eventually { collector.requestCount >= 1 })
    await server.stop()
    let requests = collector.requests
    await collector.stop()
    #expect(requests.map(\.path) == ["/events", "/events"])
    #expect(requests.first?.headers.first(name: "Authorization") == "Bearer collector-token")
    #expect(requests.first?.json["kind"] == "EventList")
    let sizes = requests.map { $0.json["items"]?.array?.count ?? 0 }
    #expect(sizes.sorted() == [1, 2])
  }

  @Test func saysWhatIsWrongWithTheKubeconfig() async throws {
    let folder = try TemporaryFolder()
    let policy = try folder.write(
      "{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None}]}", to: "policy.yaml")
    let error = await #expect(throws: (any Error).self) {
      _ = try await TestServer.start {
        $0.audit.policyFile = policy
        $0.audit.webhookConfigFile = "/none"
      }
    }
    #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("--audit-webhook-config-file: "))
  }
}
