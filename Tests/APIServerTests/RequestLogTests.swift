import Logging
import Synchronization
import Testing

@testable import APIServer

/// Keeps what is logged.
private struct Notebook: LogHandler {
  final class Lines: Sendable {
    let all = Mutex<[Logger.Metadata]>([])
  }

  let lines: Lines
  var logLevel = Logger.Level.trace
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    lines.all.withLock { $0.append(metadata.merging(event.metadata ?? [:]) { $1 }) }
  }
}

/// A line for each request.
@Suite struct RequestLogTests {
  private func prepared(_ verbosity: LogVerbosity) throws -> (TestAPI, Notebook.Lines) {
    let lines = Notebook.Lines()
    let api = try TestAPI {
      $0.logger = Logger(label: "test") { _ in Notebook(lines: lines) }
      $0.verbosity = verbosity
    }
    return (api, lines)
  }

  @Test("from verbosity 3 on there is a line with the real server's fields")
  func fields() async throws {
    let (api, lines) = try prepared(LogVerbosity(3))
    let reply = await api.get(
      "/api/v1/pods?limit=1&access_token=abc", [("Authorization", "Bearer secret"), ("User-Agent", "me")])
    let line = try #require(lines.all.withLock { $0.first })
    #expect(line["verb"] == "LIST" && line["resp"] == "200" && line["userAgent"] == "me")
    #expect(line["URI"] == "/api/v1/pods?limit=1&access_token=REDACTED")
    #expect(line["audit-ID"] == "\(reply[header: "Audit-Id"] ?? "")")
    #expect(line["latency"]?.description.hasSuffix("s") == true)
    #expect(line["logger"] == "httplog")
    #expect(!"\(lines.all.withLock { $0 })".contains("secret"))
  }

  @Test("below there is none, unless the module has a number of its own")
  func numbers() async throws {
    let (quiet, none) = try prepared(LogVerbosity(2))
    _ = await quiet.get("/version")
    #expect(none.all.withLock { $0.isEmpty })
    let (loud, some) = try prepared(LogVerbosity(0, modules: ["httplog": 3]))
    _ = await loud.get("/version")
    #expect(some.all.withLock { $0.count } == 1)
  }

  @Test("numbers ask for levels, never for less than was configured")
  func levels() {
    let verbosity = LogVerbosity(4, modules: ["audit": 1])
    #expect(verbosity.level(of: "", atLeast: .warning) == .debug)
    #expect(verbosity.level(of: "audit", atLeast: .warning) == .notice)
    #expect(verbosity.level(of: "audit", atLeast: .trace) == .trace)
    verbosity.number = 0
    #expect(verbosity.level(of: "", atLeast: .error) == .warning)
  }
}
