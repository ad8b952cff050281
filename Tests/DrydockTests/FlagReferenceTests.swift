import Foundation
import TestSupport
import Testing

/// The reference of flags is made from the code, so that it is not out of date.
@Suite(.timeLimit(.minutes(2)))
struct FlagReferenceTests {
  @Test("docs/flags.md is what the command prints")
  func page() async throws {
    let printed = try await Command.run(Repository.drydock, ["reference"]).output
    let page = try String(contentsOfFile: Repository.path("docs/flags.md"), encoding: .utf8)
    #expect(page == printed, "run: .build/debug/drydock reference > docs/flags.md")
  }

  @Test("every flag has a meaning, and the running server tells its values")
  func flags() async throws {
    let printed = try await Command.run(Repository.drydock, ["reference"]).output
    let rows = printed.split(separator: "\n").filter { $0.hasPrefix("| `--") }
    #expect(rows.count > 50)
    for row in rows { #expect(!row.hasSuffix("|  |"), "\(row)") }
    let server = try await ServerProcess.start(["--audit-log-maxage=7"])
    let flags = try await server.client.get("/flagz").text
    #expect(flags.contains("\naudit-log-maxage=7\n") && flags.contains("\nsecure-port=0\n"))
    #expect(flags.contains("\nservice-node-port-range=30000-32767\n"))
    try await server.stop()
  }

  @Test("requests are logged from --v=3 on, as text or JSON, without tokens")
  func logs() async throws {
    for format in ["text", "json"] {
      let server = try await ServerProcess.start(["--v=3", "--logging-format", format])
      _ = try await server.client.get("/api/v1/namespaces?access_token=not-hex")
      let error = try await server.stop().error
      let line = try #require(error.split(separator: "\n").first { $0.contains("HTTP") })
      #expect(line.contains("/api/v1/namespaces?access_token=REDACTED"))
      #expect(line.contains(format == "json" ? #""resp":"200""# : "resp=200"))
      #expect(!error.contains("admin-token") && !error.contains("not-hex"))
    }
  }
}
