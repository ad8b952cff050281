import TestSupport
import Testing

/// Operators and other Python clients, in operators.py.
@Suite("operators in Python", .enabled(if: Clients.areExpected), .timeLimit(.minutes(4)))
struct OperatorTests {
  @Test("run their loops as against any cluster", arguments: ["dynamic", "kopf", "lightkube", "asyncio"])
  func steps(step: String) async throws {
    let server = try await SharedServer.get()
    let folder = try TemporaryFolder()
    let kubeconfig = try folder.write(server.drydock.adminKubeconfig, to: "kubeconfig")
    let result = try await Command.run(
      Clients.python,
      [Repository.path("Tests/ClientTests/operators.py"), kubeconfig, "operator-\(step)", step])
    #expect(result.status == 0 && result.output.contains("well done"), "\(result)")
  }
}
