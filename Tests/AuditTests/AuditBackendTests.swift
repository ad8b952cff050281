import Authentication
import Foundation
import HTTPService
import Logging
import Synchronization
import Testing
import Values
import Webhook

@testable import Audit

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

private func event(_ id: String, level: AuditLevel = .metadata) -> AuditEvent {
  AuditEvent(level: level, auditID: id, requestURI: "/", verb: "get", user: UserInfo(name: "jane"))
}

/// A folder that goes with the test.
private final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func lines(_ name: String) throws -> [String] {
    try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8).split(separator: "\n").map(String.init)
  }
}

/// A destination that waits until it is opened.
private final class GatedDestination: AuditDestination {
  let plugin = AuditCounters.Plugin.log
  let batches = Mutex<[[String]]>([])
  let isOpen: Atomic<Bool>

  init(isOpen: Bool = true) { self.isOpen = Atomic(isOpen) }

  func write(_ events: [AuditEvent]) async -> Bool {
    while !isOpen.load(ordering: .relaxed), !Task.isCancelled { await Task.yield() }
    batches.withLock { $0.append(events.map(\.auditID)) }
    return true
  }
}

/// A server that answers with the given codes in turn, the last one for ever.
private final class ScriptedServer: HTTPRequesting {
  let requests = Mutex<[ClientRequest]>([])
  private let codes: [Int]

  init(_ codes: [Int]) { self.codes = codes }

  func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
    let number = requests.withLock { requests in
      requests.append(request)
      return requests.count
    }
    let code = codes[min(number, codes.count) - 1]
    if code == 0 { throw HTTPClientError(.connect, "connection refused") }
    return ClientResponse(status: code)
  }
}

/// Events on their way to a file.
@Suite struct AuditLogTests {
  @Test("a blocking log has the line before the request goes on")
  func blocking() async throws {
    let folder = try Folder()
    let counters = AuditCounters()
    let log = AuditLogDestination(
      try RotatingFile(path: "\(folder.path)/audit.log"), format: .json, truncation: nil, isBatched: false,
      counters: counters, logger: quiet)
    let auditor = Auditor(
      policy: AuditPolicy(), sinks: [BlockingAuditSink(log, isStrict: true)], counters: counters)
    for index in 0..<3 {
      #expect(await auditor.record(event("\(index)")))
      #expect(try folder.lines("audit.log").count == index + 1)
    }
    #expect(counters.events == 3)
    let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/audit.log")
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("nothing that was taken is lost when the server ends", arguments: [1, 7, 400])
  func shutdown(batch: Int) async throws {
    let folder = try Folder()
    let counters = AuditCounters()
    let log = AuditLogDestination(
      try RotatingFile(path: "\(folder.path)/audit.log"), format: .json, truncation: nil, isBatched: true,
      counters: counters, logger: quiet)
    var options = BatchingAuditSink.Options()
    options.maxSize = batch
    options.bufferSize = 10_000
    let sink = BatchingAuditSink(log, options: options, counters: counters, logger: quiet)
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask { for index in 0..<1_000 { _ = await sink.process(event("\(worker)-\(index)")) } }
      }
    }
    await sink.shutdown(within: .seconds(60))
    let ids = try folder.lines("audit.log").map { try JSON.parse($0)["auditID"]?.string ?? "" }
    #expect(Set(ids).count == 4_000 && ids.count == 4_000)
    #expect(counters.errors.isEmpty)
    #expect(await sink.process(event("late")))
    #expect(counters.errors.map(\.count) == [1])
  }

  @Test("a full buffer loses events, counted, and holds nobody up")
  func overflow() async throws {
    let counters = AuditCounters()
    let destination = GatedDestination(isOpen: false)
    var options = BatchingAuditSink.Options()
    options.bufferSize = 10
    options.maxSize = 5
    options.maxWait = .zero
    let sink = BatchingAuditSink(destination, options: options, counters: counters, logger: quiet)
    for index in 0..<100 { #expect(await sink.process(event("\(index)"))) }
    let lost = counters.errors.first?.count ?? 0
    // At most one batch is under way and one more is waiting for it, besides the buffer.
    #expect(lost >= 100 - 10 - 2 * 5 && lost <= 90)
    destination.isOpen.store(true, ordering: .relaxed)
    await sink.shutdown(within: .seconds(60))
    #expect(destination.batches.withLock { $0.joined().count } == 100 - lost)
    #expect(destination.batches.withLock { $0.allSatisfy { $0.count <= 5 } })
  }

  @Test("a batch that does not fill is written after its wait")
  func wait() async throws {
    let destination = GatedDestination()
    var options = BatchingAuditSink.Options()
    options.maxSize = 100
    options.maxWait = .milliseconds(20)
    let sink = BatchingAuditSink(
      destination, options: options, counters: AuditCounters(), logger: quiet)
    for round in 1...3 {
      _ = await sink.process(event("a"))
      while destination.batches.withLock({ $0.joined().count }) < round { await Task.yield() }
    }
    await sink.shutdown(within: .seconds(60))
    #expect(destination.batches.withLock { $0.joined().count } == 3)
  }

  @Test("an end that takes too long is cut short")
  func boundedEnd() async throws {
    let destination = GatedDestination(isOpen: false)
    var options = BatchingAuditSink.Options()
    options.maxSize = 1
    let sink = BatchingAuditSink(
      destination, options: options, counters: AuditCounters(), logger: quiet)
    _ = await sink.process(event("a"))
    await sink.shutdown(within: .milliseconds(10))
    #expect(destination.batches.withLock { $0.count } == 1)
  }

  @Test("tokens come at their rate, and at once after a quiet time")
  func throttle() {
    var bucket = TokenBucket(rate: 10, burst: 2)
    let start = ContinuousClock.now
    #expect(bucket.take(at: start) == nil)
    #expect(bucket.take(at: start) == nil)
    let wait = bucket.take(at: start) ?? .zero
    #expect(wait > .milliseconds(99) && wait < .milliseconds(101))
    #expect(bucket.take(at: start + .seconds(10)) == nil)
    #expect(bucket.take(at: start + .seconds(10)) == nil)
    #expect(bucket.take(at: start + .seconds(10)) != nil)
  }
}

/// Files that are put aside.
@Suite struct RotatingFileTests {
  private func line(_ number: Int) -> [UInt8] {
    Array("line \(number) \(String(repeating: "x", count: 90))\n".utf8)
  }

  @Test("files are put aside at their size, lines stay whole and none is lost")
  func rotation() async throws {
    let folder = try Folder()
    var limits = RotatingFile.Limits()
    limits.size = 1_000
    let file = try RotatingFile(path: "\(folder.path)/audit.log", limits: limits)
    for start in stride(from: 0, to: 100, by: 4) { try file.write((start..<start + 4).map(line)) }
    let names = folder.names
    #expect(names.count > 5)
    var lines: [String] = []
    for name in names {
      let size = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")[.size] as? Int
      #expect((size ?? 0) <= 1_000)
      lines += try folder.lines(name)
    }
    #expect(Set(lines.compactMap { Int($0.split(separator: " ")[1]) }) == Set(0..<100))
    #expect(lines.count == 100)
    let aside = try #require(names.first { $0 != "audit.log" })
    #expect(aside.wholeMatch(of: /audit-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log/) != nil, "\(aside)")
  }

  @Test("a file that is there is gone on with")
  func goesOn() throws {
    let folder = try Folder()
    try RotatingFile(path: "\(folder.path)/audit.log").write([line(1)])
    try RotatingFile(path: "\(folder.path)/audit.log").write([line(2)])
    #expect(try folder.lines("audit.log").count == 2)
  }

  @Test("old files are removed beyond their number and age, and compressed")
  func tidying() async throws {
    let folder = try Folder()
    for name in ["audit-2020-01-02T03-04-05.678.log", "audit-notes.log", "other-2020-01-02T03-04-05.678.log"]
    {
      try Data("old".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
    }
    var limits = RotatingFile.Limits()
    limits.size = 150
    limits.backups = 2
    limits.days = 30
    limits.compresses = true
    let path = "\(folder.path)/audit.log"
    let file = try RotatingFile(path: path, limits: limits)
    for number in 0..<6 { try file.write([line(number)]) }
    await file.backups?.wait()
    let names = folder.names
    let old = names.filter { $0.hasPrefix("audit-2") }
    #expect(old.count == 2 && old.allSatisfy { $0.hasSuffix(".log.gz") }, "\(names)")
    #expect(!names.contains { $0.contains("audit-2020") })
    #expect(names.contains("audit-notes.log") && names.contains("other-2020-01-02T03-04-05.678.log"))
    let zipped = try #require(names.last { $0.hasSuffix(".gz") })
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", "\(folder.path)/\(zipped)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(text.hasPrefix("line 4 ") && text.hasSuffix("x\n"))
  }

  @Test func saysWhyItCannotBeOpened() {
    let error = #expect(throws: AuditPolicyError.self) { try RotatingFile(path: "/none/audit.log") }
    #expect(error?.description == "/none/audit.log: No such file or directory")
  }

  @Test("a full disk is told with the number of lines that it cost")
  func fullDisk() throws {
    let file = try RotatingFile(path: "/dev/full")
    let error = #expect(throws: RotatingFile.Failure.self) { try file.write([line(1), line(2)]) }
    #expect(error?.lostLines == 2)
    #expect(error?.message == "No space left on device")
  }
}

/// Events on their way to a webhook.
@Suite struct AuditWebhookTests {
  private func destination(
    _ server: ScriptedServer, _ counters: AuditCounters, _ truncation: AuditTruncation? = nil
  ) throws -> AuditWebhookDestination {
    let webhook = try GenericWebhook(
      client: server,
      kubeconfig: WebhookKubeconfig(server: "https://audit.example.com/", credential: .token("t")),
      backoff: RetryBackoff(attempts: 1))
    return AuditWebhookDestination(
      webhook, backoff: RetryBackoff(initial: .milliseconds(1)), truncation: truncation, counters: counters,
      logger: quiet)
  }

  @Test("a batch is one EventList")
  func list() async throws {
    let server = ScriptedServer([200])
    #expect(try await destination(server, AuditCounters()).write([event("a"), event("b")]))
    let request = try #require(server.requests.withLock { $0.first })
    let list = try JSON.parse(request.body)
    #expect(list["kind"] == "EventList" && list["apiVersion"] == "audit.k8s.io/v1")
    #expect(list["items"]?.array?.compactMap { $0["auditID"]?.string } == ["a", "b"])
    #expect(list["items"]?.array?.first?["kind"] == nil)
    #expect(request.headers.first(name: "Content-Type") == "application/json")
    #expect(request.headers.first(name: "Authorization") == "Bearer t")
  }

  @Test("what fails is tried again, and lost after the last attempt")
  func retries() async throws {
    let counters = AuditCounters()
    let flaky = ScriptedServer([0, 500, 403, 200])
    #expect(try await destination(flaky, counters).write([event("a")]))
    #expect(flaky.requests.withLock { $0.count } == 4)
    #expect(counters.errors.isEmpty)
    let dead = ScriptedServer([0])
    #expect(try await destination(dead, counters).write([event("a"), event("b")]) == false)
    #expect(dead.requests.withLock { $0.count } == 5)
    #expect(counters.errors.map(\.plugin) == [.webhook] && counters.errors.map(\.count) == [2])
  }

  @Test("batches over their size are split, events over theirs cut")
  func sizes() async throws {
    let counters = AuditCounters()
    var limits = AuditTruncation()
    limits.maxEventSize = 400
    limits.maxBatchSize = 500
    var large = event("large", level: .request)
    large.requestObject = .value(.string(String(repeating: "x", count: 1_000)))
    var huge = event("huge")
    huge.requestURI = "/" + String(repeating: "x", count: 1_000)
    let server = ScriptedServer([200])
    #expect(
      try await destination(server, counters, limits).write([event("a"), large, huge, event("b")]) == false)
    let ids = try server.requests.withLock { $0 }.map {
      try JSON.parse($0.body)["items"]?.array?.compactMap { $0["auditID"]?.string } ?? []
    }
    #expect(ids == [["a"], ["large"], ["b"]])
    #expect(counters.errors.map(\.plugin) == [.truncate])
  }
}
