import Foundation
import Synchronization
import TestSupport
import Testing
import Values

/// The identities of requests that were answered.
private final class Answered: Sendable {
  private let ids = Mutex<Set<String>>([])

  var all: Set<String> { ids.withLock { $0 } }

  func insert(_ id: String) { ids.withLock { _ = $0.insert(id) } }
}

/// The guide's audit policy and its analysis of the log.
@Suite("audit", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct AuditGuideTests {
  private static let policy = Repository.path("Tests/ClientTests/guide/audit-policy.yaml")
  private static let script = Repository.path("Tests/ClientTests/guide/analyze-audit-logs.py")

  @Test("the guide's script prints the right figures of a real log")
  func analysis() async throws {
    let folder = try TemporaryFolder()
    let log = "\(folder.path)/audit.log"
    let server = try await ServerProcess.start(["--audit-policy-file", Self.policy, "--audit-log-path", log])
    let admin = server.client
    for _ in 0..<2 { _ = try await admin.get("/api/v1/secrets") }
    let role: Value = ["metadata": ["name": "reader"], "rules": []]
    let roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"
    #expect(try await admin.send("POST", roles, role).status == 201)
    let pod: Value = [
      "metadata": ["name": "web"], "spec": ["containers": [["name": "c", "image": "example.com/c"]]],
    ]
    #expect(try await admin.send("POST", "/api/v1/namespaces/default/pods", pod).status == 201)
    let pods = "/api/v1/namespaces/default/pods"
    #expect(try await admin.with(token: "jane-token").get(pods).status == 403)
    for _ in 0..<3 { #expect(try await admin.with(token: "wrong").get(pods).status == 401) }
    for path in ["/healthz", "/version"] { #expect(try await admin.get(path).status == 200) }

    let result = try await Command.run("python3", [Self.script, log])
    #expect(result.status == 0, "\(result)")
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(
      Array(lines.prefix(15)) == [
        "=== Audit Log Analysis ===", "Total Events: 10", "Auth Failures: 3", "RBAC Changes: 2",
        "Secret Access: 2", "", "=== Top Users ===", "admin: 6", "unknown: 3", "jane: 1", "",
        "=== Verb Distribution ===", "list: 6", "create: 4", "",
      ], "\(result.output)")
    #expect(lines.dropFirst(15).first == "=== Recent Denied Requests ===")
    #expect(result.output.contains("User: jane, Verb: list, Resource: pods, Time: 2"))

    let events = try events(log)
    let created = events.filter { $0["objectRef"]?["resource"] == "pods" && $0["verb"] == "create" }
    #expect(created.map { $0["stage"]?.string } == ["RequestReceived", "ResponseComplete"])
    #expect(created.last?["requestObject"]?["spec"]?["restartPolicy"] == "Always")
    #expect(created.last?["responseObject"]?["metadata"]?["uid"]?.string?.isEmpty == false)
    try await server.stop()
  }

  private func events(_ log: String) throws -> [Value] {
    try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map { try JSON.parse(String($0)) }
  }

  @Test("events go to standard output, in the old form too")
  func standardOutput() async throws {
    let server = try await ServerProcess.start([
      "--audit-policy-file=\(Self.policy)", "--audit-log-path=-", "--audit-log-format=legacy",
    ])
    _ = try await server.client.get("/api/v1/secrets")
    let result = try await server.stop()
    let line = try #require(result.output.split(separator: "\n").last)
    #expect(line.contains(#" AUDIT: id=""#) && line.contains(#"user="admin" groups="\"system:masters\","#))
    #expect(line.contains(#"uri="/api/v1/secrets" response="200""#))
  }

  @Test(
    "a server that is ended in the middle of its work has recorded whatever it answered",
    arguments: ["batch", "blocking"])
  func termination(mode: String) async throws {
    let folder = try TemporaryFolder()
    let log = "\(folder.path)/audit.log"
    let server = try await ServerProcess.start([
      "--audit-policy-file", Self.policy, "--audit-log-path", log, "--audit-log-mode", mode,
    ])
    let answered = Answered()
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask {
          for number in 0..<100_000 {
            let id = "\(worker)-\(number)"
            let reply = try? await server.client.request(
              "GET", "/api/v1/namespaces", headers: [("Audit-ID", id)])
            guard reply?.status == 200 else { return }
            answered.insert(id)
          }
        }
      }
      _ = await eventually(seconds: 60) { answered.all.count >= 200 }
      server.command.signal(SIGTERM)
    }
    #expect(try await server.command.result().status == 0)
    let recorded = Set(try events(log).compactMap { $0["auditID"]?.string })
    let lost = answered.all.subtracting(recorded)
    #expect(answered.all.count >= 200)
    #expect(lost.isEmpty, "\(lost.count) of \(answered.all.count)")
  }

  @Test(
    "says at the start what is wrong, with the line",
    arguments: [
      (["--audit-policy-file", "/none"], "--audit-policy-file: /none: No such file or directory"),
      (["--audit-log-mode", "lazy"], "invalid audit log mode lazy, allowed modes are"),
      (["--audit-log-format", "xml"], "--audit-log-format: xml is neither json nor legacy"),
      (
        ["--audit-log-mode", "batch", "--audit-log-batch-buffer-size", "0"],
        "invalid audit batch log buffer size"
      ),
      (
        ["--audit-log-truncate-max-event-size", "9", "--audit-log-truncate-max-batch-size", "8"],
        "invalid audit truncate log max batch size 8"
      ),
      (["--audit-log-version", "audit.k8s.io/v1beta1"], "--audit-log-version: audit.k8s.io/v1beta1 is not"),
      (["--vmodule", "a=b"], "--vmodule: a=b is not of the form module=N"),
    ])
  func mistakes(flags: [String], message: String) async throws {
    let result = try await Command.run(
      Repository.drydock, ["serve", "--secure-port", "0", "--cert-dir", Repository.cache("certs")] + flags,
      timeout: 20)
    #expect(result.status == 1 && result.error.contains(message), "\(result)")
    #expect(result.error.split(separator: "\n").count == 1)
  }

  @Test func tellsTheLineOfAPolicysMistake() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Some\n", to: "policy.yaml")
    let result = try await Command.run(
      Repository.drydock,
      ["serve", "--secure-port", "0", "--cert-dir", Repository.cache("certs"), "--audit-policy-file", file],
      timeout: 20)
    #expect(result.status == 1)
    #expect(
      result.error.contains(
        "--audit-policy-file: \(file): line 4: rules[0].level: Unsupported value: \"Some\""), "\(result)")
  }
}
