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
    let block = section.components(separatedBy: "```console\n").last?.components(separatedBy: "```").first ?? ""
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

  @Test func doesWhatItSays() async throws {
    let server = try await TestServer.start()
    let folder = try TemporaryFolder()
    let kubeconfig = try folder.write(server.drydock.adminKubeconfig, to: "kubeconfig")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/config", withDestinationPath: Repository.path("config"))
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/bin", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/bin/kubectl",
      withDestinationPath: Clients.kubectl(Clients.kubectlVersions.last ?? ""))
    let steps = try Self.steps()
    #expect(steps.count > 8)
    // One shell for all, so that the webhook goes on; each command's output is told from the next one's.
    let script =
      "trap 'kill %1' EXIT\n" + steps.map { "\($0.command)\necho '--- end' \n" }.joined()
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let result = try await Command.run(
      "bash", ["-c", "exec 2>&1; \(script)"],
      environment: ["KUBECONFIG": kubeconfig, "HOME": folder.path, "PATH": "\(folder.path)/bin:\(path)"],
      directory: folder.path, timeout: 90)
    let outputs = result.output.components(separatedBy: "--- end\n")
    for (step, output) in zip(steps, outputs) { #expect(output == step.output, "\(step.command)") }
    #expect(outputs.count == steps.count + 1)
    await server.stop()
  }
}
