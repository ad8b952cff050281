import TestSupport
import Testing
import Values

/// What kubectl shows of pods that do not run: what their annotations say.
@Suite("kubectl reaches into pods", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct KubectlPodTests {
  private func pod(_ kubectl: Kubectl, _ annotations: String, containers: [String] = ["web"]) async throws {
    try await kubectl.succeeds(
      "apply", "--filename", "-",
      input: """
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations:
        \(annotations.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
        spec:
          containers:
        \(containers.map { "  - {name: \($0), image: \"web:1\", env: [{name: COLOUR, value: red}]}" }.joined(separator: "\n"))
        """)
  }

  @Test("their logs", arguments: Clients.kubectlVersions)
  func logs(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("pod-logs", version)
    try await pod(kubectl, "drydock.dev/log: \"one\\ntwo\\n\"\ndrydock.dev/previous-log: \"zero\\n\"")
    #expect(try await kubectl.succeeds("logs", "web") == "one\ntwo\n")
    #expect(try await kubectl.succeeds("logs", "web", "--tail=1") == "two\n")
    #expect(try await kubectl.succeeds("logs", "web", "--previous") == "zero\n")
    #expect(
      try await kubectl.fails("logs", "web", "-c", "no").contains("container no is not valid for pod web"))
    let follow = try kubectl.start(["logs", "--follow", "web"])
    try await kubectl.succeeds("annotate", "--overwrite", "pod", "web", "drydock.dev/log=one\ntwo\nthree\n")
    try await kubectl.succeeds("delete", "pod", "web")
    // The one that was added may have come first, or only with the rest.
    #expect(try await follow.result().output == "one\ntwo\nthree\n")
  }

  @Test("commands in their containers", arguments: Clients.kubectlVersions)
  func exec(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("pod-exec", version)
    try await pod(
      kubectl, "drydock.dev/exec.web: shell\ndrydock.dev/log: \"ready\\n\"", containers: ["web", "side"])
    #expect(try await kubectl.succeeds("exec", "web", "-c", "web", "--", "echo", "hello") == "hello\n")
    #expect(
      try await kubectl.succeeds("exec", "web", "-c", "web", "--", "sh", "-c", "echo $COLOUR; hostname")
        == "red\nweb\n")
    #expect(
      try await kubectl.succeeds("exec", "-i", "web", "-c", "web", "--", "cat", input: "typed\n") == "typed\n"
    )
    let failed = try await kubectl.run("exec", "web", "-c", "web", "--", "sh", "-c", "echo no >&2; exit 7")
    #expect(failed.status == 7)
    #expect(failed.error.contains("no\n") && failed.error.contains("command terminated with exit code 7"))
    let missing = try await kubectl.run("exec", "web", "-c", "web", "--", "nosuch")
    #expect(missing.status == 1 && missing.error.contains("executable file not found in $PATH"))
    let nothing = try await kubectl.run("exec", "web", "-c", "side", "--", "true")
    #expect(nothing.status == 1 && nothing.error.contains("does not have a host assigned"))
    #expect(
      try await kubectl.succeeds("attach", "-i", "web", "-c", "web", input: "pwd\n").contains("ready\n/\n"))
  }
}
