import Foundation
import HTTPService
import NIOCore
import ServerSupport
import TestSupport
import Testing
import Values

/// kubectl's streams, over WebSockets and by SPDY as before.
@Suite("kubectl streams to pods", .enabled(if: Clients.areExpected), .timeLimit(.minutes(4)))
struct KubectlStreamTests {
  private func pod(_ kubectl: Kubectl, _ annotations: [String: String]) async throws {
    let lines = annotations.map { key, value in
      "    \(key): |\n" + value.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
    }
    try await kubectl.succeeds(
      "apply", "--filename", "-",
      input: """
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations:
        \(lines.joined(separator: "\n"))
        spec:
          containers:
          - {name: web, image: "web:1"}
        status: {phase: Running}
        """)
    try await kubectl.succeeds(
      "patch", "pod", "web", "--subresource=status", "--type=merge", "--patch",
      "{\"status\":{\"phase\":\"Running\"}}")
  }

  private static let webSockets = [
    (["KUBECTL_PORT_FORWARD_WEBSOCKETS": "true", "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "true"], "ws"),
    (["KUBECTL_PORT_FORWARD_WEBSOCKETS": "false", "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false"], "spdy"),
  ]

  @Test("commands, also by SPDY", arguments: Clients.kubectlVersions)
  func exec(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("spdy-exec", version)
    try await pod(kubectl, ["drydock.dev/exec": "shell", "drydock.dev/log": "ready"])
    let environment = Self.webSockets[1].0
    #expect(
      try await kubectl.succeeds("exec", "web", "--", "echo", "hello", environment: environment) == "hello\n")
    #expect(
      try await kubectl.succeeds("exec", "-i", "web", "--", "cat", input: "typed\n", environment: environment)
        == "typed\n")
    let failed = try await kubectl.run(
      "exec", "web", "--", "sh", "-c", "echo no >&2; exit 7", environment: environment)
    #expect(failed.status == 7 && failed.error.contains("no\n"))
    let attached = try await kubectl.succeeds(
      "attach", "-i", "web", input: "pwd\n", environment: environment)
    #expect(attached.contains("ready\n/\n"))
  }

  @Test("ports", arguments: Clients.kubectlVersions)
  func portForward(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("forward", version)
    try await pod(
      kubectl,
      [
        "drydock.dev/ports": """
        "80": {http: {path: /healthz, body: fine}}
        "7": echo
        """
      ])
    for (environment, _) in Self.webSockets {
      let command = try kubectl.start(
        ["port-forward", "pod/web", ":80", ":7", "--address=127.0.0.1"], environment: environment)
      #expect(
        await eventually { command.output.split(separator: "Forwarding from").count >= 2 }, "\(command.error)"
      )
      let ports = command.output.split(separator: "\n").compactMap { line in
        line.split(separator: " ").first { $0.hasPrefix("127.0.0.1:") }.flatMap { Int($0.dropFirst(10)) }
      }
      try #require(ports.count == 2, "\(command.output) \(command.error)")
      let client = try HTTPClient()
      for _ in 0..<2 {
        let answer = try await client.send(ClientRequest(.GET, "http://127.0.0.1:\(ports[0])/healthz"))
        #expect(answer.status == 200 && answer.body == Array("fine".utf8))
      }
      await client.shutdown()
      let echo = try await ConnectionStream.connect(to: HTTPAddress(host: "127.0.0.1", port: ports[1]))
      let sent = String(repeating: "0123456789", count: 20_000)
      let sender = Task {
        try await echo.write(ByteBuffer(string: sent))
        await echo.finish()
      }
      var got = ""
      while got.utf8.count < sent.utf8.count, let bytes = try await echo.read() {
        got += String(buffer: bytes)
      }
      try await sender.value
      #expect(got == sent)
      await echo.close()
      command.signal(SIGINT)
      _ = try await command.result()
    }
  }

  @Test("files", arguments: Clients.kubectlVersions)
  func copy(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("copy", version)
    try await pod(kubectl, ["drydock.dev/exec": "files: {/etc/motd: \"Welcome\\n\"}"])
    let folder = try TemporaryFolder()
    try folder.write("from here\n", to: "note")
    for (environment, name) in Self.webSockets {
      try await kubectl.succeeds("cp", "\(folder.path)/note", "web:/tmp/\(name)", environment: environment)
      #expect(
        try await kubectl.succeeds("exec", "web", "--", "cat", "/tmp/\(name)", environment: environment)
          == "from here\n")
      try await kubectl.succeeds("cp", "web:/etc/motd", "\(folder.path)/\(name)", environment: environment)
      let copied = FileManager.default.contents(atPath: "\(folder.path)/\(name)") ?? Data()
      #expect(String(decoding: copied, as: UTF8.self) == "Welcome\n")
    }
  }
}
