import Foundation
import TestSupport
import Testing

/// The webhook recipe of docs/admission.md, run as it is written.
@Suite("the webhook recipe", .enabled(if: Clients.areExpected), .timeLimit(.minutes(2)))
struct AdmissionRecipeTests {
  /// A command and what it prints.
  private struct Step {
    var command: String
    var output = ""
  }

  private static func steps() throws -> [Step] {
    let page = try String(contentsOfFile: Repository.path("docs/admission.md"), encoding: .utf8)
    let section = page.components(separatedBy: "\n## ").first { $0.hasPrefix("Webhooks") } ?? ""
    let block =
      section.components(separatedBy: "```console\n").last?.components(separatedBy: "```").first ?? ""
    var steps: [Step] = []
    for line in block.split(separator: "\n") {
      if line.hasPrefix("$ ") {
        steps.append(Step(command: String(line.dropFirst(2))))
      } else if !steps.isEmpty {
        steps[steps.count - 1].output += line + "\n"
      }
    }
    return steps
  }

  /// A port that nobody listens on.
  private static func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(isBound)
    return UInt16(bigEndian: address.sin_port)
  }

  @Test func doesWhatItSays() async throws {
    let server = try await TestServer.start()
    let folder = try TemporaryFolder()
    let kubeconfig = try folder.write(server.drydock.adminKubeconfig, to: "kubeconfig")
    // The recipe's port may be taken: in the test it is another one.
    let port = try Self.freePort()
    func moved(_ text: String) -> String { text.replacingOccurrences(of: "8443", with: "\(port)") }
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/config/examples", withIntermediateDirectories: true)
    for name in ["admission-webhook.py", "admission-webhooks.yaml"] {
      let text = try String(contentsOfFile: Repository.path("config/examples/\(name)"), encoding: .utf8)
      try moved(text).write(
        toFile: "\(folder.path)/config/examples/\(name)", atomically: true, encoding: .utf8)
    }
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/bin", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/bin/kubectl",
      withDestinationPath: Clients.kubectl(Clients.kubectlVersions.last ?? ""))
    let steps = try Self.steps()
    #expect(steps.count > 8)
    // One shell for all, so that the webhook goes on until it is killed: what tests start has SIGTERM blocked. Each command's output is told from the next one's.
    let script =
      "trap 'kill -9 $!' EXIT\n" + steps.map { "\($0.command)\necho '--- end' \n" }.joined()
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let result = try await Command.run(
      "bash", ["-c", "exec 2>&1; \(moved(script))"],
      environment: ["KUBECONFIG": kubeconfig, "HOME": folder.path, "PATH": "\(folder.path)/bin:\(path)"],
      directory: folder.path, timeout: 90)
    let outputs = result.output.components(separatedBy: "--- end\n")
    for (step, output) in zip(steps, outputs) { #expect(output == moved(step.output), "\(step.command)") }
    #expect(outputs.count == steps.count + 1)
    await server.stop()
  }
}
