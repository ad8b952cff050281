import TestSupport
import Testing

/// The official Python client, in client.py.
@Suite("the Python client", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct PythonClientTests {
  @Test("works as against any cluster", arguments: ["objects", "watching", "workloads", "reviews"])
  func steps(step: String) async throws {
    let server = try await SharedServer.get()
    let folder = try TemporaryFolder()
    let kubeconfig = try folder.write(server.drydock.adminKubeconfig, to: "kubeconfig")
    let result = try await Command.run(
      Clients.python, [Repository.path("Tests/ClientTests/client.py"), kubeconfig, "python-\(step)", step])
    #expect(result.status == 0, "\(result)")
  }

  @Test func logsInWithACertificateOfDrydockUser() async throws {
    let server = try await SharedServer.get()
    let folder = try TemporaryFolder()
    let made = try await Command.run(
      Repository.drydock,
      [
        "user", "jane", "--group", "developers", "--group", "qa", "--out", folder.path,
        "--cert-dir", Repository.cache("certs"), "--server", server.drydock.url,
      ])
    #expect(made.status == 0, "\(made)")
    let result = try await Command.run(
      Clients.python,
      [Repository.path("Tests/ClientTests/client.py"), "\(folder.path)/jane.kubeconfig", "-", "login"])
    let words = result.output.split(whereSeparator: \.isWhitespace)
    #expect(words.first == "jane", "\(result)")
    #expect(Set(words.last?.split(separator: ",") ?? []) == ["developers", "qa", "system:authenticated"])
  }
}
