import Synchronization
import Testing
import Values

@testable import Tracing

/// Collects what an exporter sends.
private final class Collector: Sendable {
  let bodies = Mutex<[[UInt8]]>([])

  var spans: [Value] {
    bodies.withLock { $0 }.flatMap { body in
      let resource = (try? JSON.parse(body))?["resourceSpans"]?.array?.first
      return resource?["scopeSpans"]?.array?.first?["spans"]?.array ?? []
    }
  }

  func span(_ name: String) -> Value { spans.first { $0["name"]?.string == name } ?? .null }
}

private func tracer(_ collector: Collector, rate: Int64 = 1_000_000) -> Tracer {
  Tracer(
    samplingRatePerMillion: rate,
    exporter: SpanExporter(resource: [("service.name", .string("apiserver"))]) { body in
      collector.bodies.withLock { $0.append(body) }
      return .delivered
    })
}

private struct Broken: Error {}

@Suite("request trace", .timeLimit(.minutes(1)))
struct RequestTraceTests {
  private static let remote = TraceContext(
    traceID: TraceID(high: 1, low: 2), spanID: 3, isSampled: true, state: "a=1")

  @Test("parts of parts are their children, and others are told of the part that asks them")
  func nesting() async throws {
    let collector = Collector()
    let tracer = tracer(collector)
    let trace = RequestTrace()
    let outgoing = await trace.run { () -> TraceContext? in
      trace.begin(
        tracer, remote: Self.remote, isTrusted: true, name: "GET", start: .now,
        attributes: [("count", .int(3)), ("ok", .bool(true))])
      return await RequestTrace.span("outer") {
        RequestTrace.measure("inner") {}
        return RequestTrace.outgoing
      }
    }
    trace.end(failure: "HTTP 500")
    await tracer.shutdown(within: .seconds(20))
    let root = collector.span("GET")
    #expect(root["traceId"] == .string("0000000000000001" + "0000000000000002"))
    #expect(root["parentSpanId"] == "0000000000000003")
    #expect(root["traceState"] == "a=1")
    #expect(root["kind"] == 2)
    #expect(root["status"] == ["code": 2, "message": "HTTP 500"])
    #expect(
      root["attributes"] == [
        ["key": "count", "value": ["intValue": "3"]], ["key": "ok", "value": ["boolValue": true]],
      ])
    let outer = collector.span("outer")
    #expect(outer["parentSpanId"] == root["spanId"])
    #expect(collector.span("inner")["parentSpanId"] == outer["spanId"])
    #expect(outgoing?.traceID == TraceID(high: 1, low: 2))
    #expect(outgoing.map { Hex.text($0.spanID) } == outer["spanId"]?.string)
    let (start, end) = (
      Int(outer["startTimeUnixNano"]?.string ?? ""), Int(outer["endTimeUnixNano"]?.string ?? "")
    )
    #expect(try #require(start) <= #require(end))
  }

  @Test("who is not trusted begins a trace of its own, with a link")
  func untrusted() async {
    let collector = Collector()
    let tracer = tracer(collector)
    let trace = RequestTrace()
    trace.begin(tracer, remote: Self.remote, isTrusted: false, name: "GET", start: .now, attributes: [])
    trace.end()
    await tracer.shutdown(within: .seconds(20))
    let root = collector.span("GET")
    #expect(root["traceId"]?.string?.hasSuffix("0000000000000002") == false)
    #expect(root["parentSpanId"] == nil)
    #expect(root["links"]?.array?.first?["spanId"] == "0000000000000003")
  }

  @Test("the trace that a request belongs to decides whether it is recorded, else the rate")
  func sampling() async {
    let collector = Collector()
    var unsampled = Self.remote
    unsampled.isSampled = false
    for (rate, remote) in [(0, nil), (1_000_000, unsampled)] as [(Int64, TraceContext?)] {
      let trace = RequestTrace()
      let tracer = tracer(collector, rate: rate)
      trace.begin(tracer, remote: remote, isTrusted: true, name: "GET", start: .now, attributes: [])
      #expect(trace.recorded == nil)
      trace.end()
      await tracer.shutdown(within: .seconds(20))
    }
    #expect(collector.spans.isEmpty)
    let half = tracer(collector, rate: 500_000)
    let sampled = (0..<2000).filter { _ in half.samples(.random()) }.count
    #expect((700...1300).contains(sampled))
    await half.shutdown(within: .seconds(20))
  }

  @Test("without a tracer what the client named is passed on as it is")
  func passThrough() async {
    let trace = RequestTrace()
    let outgoing = await trace.run { () -> TraceContext? in
      trace.begin(nil, remote: Self.remote, isTrusted: false, name: "", start: .now, attributes: [])
      return await RequestTrace.span("part") { RequestTrace.outgoing }
    }
    #expect(outgoing == Self.remote)
    #expect(RequestTrace.outgoing == nil)
  }

  @Test("times are kept without a trace, too; of what runs side by side the longest")
  func latency() async {
    let trace = RequestTrace()
    await trace.run {
      await RequestTrace.span("a", .authorization) {}
      try? RequestTrace.measure("b", .etcd) { () throws(Broken) in throw Broken() }
    }
    #expect(trace.latency.parts.map(\.part) == [.authorization, .etcd])
    for time in [2, 5, 3] {
      trace.latency.add(.seconds(time), to: .validatingWebhook)
      trace.latency.add(.seconds(time), to: .mutatingWebhook)
    }
    #expect(trace.latency.elsewhere == .seconds(15))
  }
}

@Suite("span exporter", .timeLimit(.minutes(1)))
struct SpanExporterTests {
  private static let span = Span(
    context: TraceContext(traceID: TraceID(high: 1, low: 2), spanID: 3, isSampled: true), parent: nil,
    name: "a",
    kind: .internal, start: 1)

  @Test("what the collector can't take now is sent again, what it refuses is lost and counted")
  func retries() async {
    let answers = Mutex<[SpanExporter.Delivery]>([.retry(after: .zero), .delivered, .refused("no")])
    let reasons = Mutex<[String]>([])
    var options = SpanExporter.Options()
    options.batchSize = 1
    let exporter = SpanExporter(
      options: options, resource: [], didLose: { _, reason in reasons.withLock { $0.append(reason) } }
    ) { _ in answers.withLock { $0.removeFirst() } }
    exporter.add(Self.span)
    exporter.add(Self.span)
    await exporter.shutdown(within: .seconds(20))
    #expect(exporter.lostSpans == 1)
    #expect(reasons.withLock { $0 } == ["no"])
    exporter.add(Self.span)
    #expect(exporter.lostSpans == 2)
  }

  @Test("a full buffer loses spans and never waits")
  func bounded() async {
    var options = SpanExporter.Options()
    options.bufferSize = 2
    options.batchSize = 100
    let exporter = SpanExporter(options: options, resource: []) { _ in .delivered }
    for _ in 0..<10 { exporter.add(Self.span) }
    #expect(exporter.lostSpans >= 6)
    await exporter.shutdown(within: .seconds(20))
  }
}
