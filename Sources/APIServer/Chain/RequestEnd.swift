import Audit
import HTTPService
import Tracing
import Values

/// What is to be done when a request has been answered: when its answer is known or, of a stream, when it
/// ends.
struct RequestEnd: Sendable {
  let context: RequestContext
  let metrics: ServerMetrics
  let log: RequestLog
  let labels: RequestLabels
  private let start = ContinuousClock.now

  init(_ context: RequestContext, _ metrics: ServerMetrics, _ log: RequestLog) {
    self.context = context
    self.metrics = metrics
    self.log = log
    labels = metrics.labels(context)
  }

  /// Records the end of the request, now or after its stream.
  /// - Returns: the answer to send.
  func of(_ response: HTTPResponse) async -> HTTPResponse {
    let audit = context.audit
    let shown = audit.map { _ in
      AuditEvent.Response(response, isAPI: !context.info.apiPrefix.isEmpty || isDiscovery)
    }
    let isLongRunning = Router.isLongRunning(context.info)
    if isLongRunning { await audit?.record(.responseStarted, context, shown) }
    // The body of an answer to HEAD is never written.
    guard
      let body = response.body.ending({ await ended(audit, shown, response.status, isAborted: $0) }),
      context.http.method != "HEAD"
    else {
      let elapsed = noteLatency()
      await audit?.record(.responseComplete, context, shown)
      record(response.status, elapsed, size: size(response), wasLongRunning: false)
      return response
    }
    metrics.beginLongRunning(labels)
    var streamed = response
    streamed.body = body
    return streamed
  }

  /// A long answer has ended.
  private func ended(
    _ audit: RequestAudit?, _ shown: AuditEvent.Response?, _ code: Int, isAborted: Bool
  ) async {
    let elapsed = noteLatency()
    await audit?.record(.responseComplete, context, shown)
    record(code, elapsed, size: nil, wasLongRunning: true, isAborted: isAborted)
  }

  /// Requests that take longer are told of in more detail, by the log and by audit annotations.
  private static let slow = Duration.milliseconds(500)

  /// Annotates slow requests with what took the time.
  /// - Returns: how long the request took.
  private func noteLatency() -> Duration {
    let elapsed = start.duration(to: .now)
    guard elapsed > Self.slow else { return elapsed }
    let parts = context.trace.latency.parts
    guard !parts.isEmpty else { return elapsed }
    for (part, time) in parts {
      context.annotate("apiserver.latency.k8s.io/\(part.name)", GoDuration.text(time))
    }
    context.annotate("apiserver.latency.k8s.io/total", GoDuration.text(elapsed))
    return elapsed
  }

  private func record(
    _ code: Int, _ elapsed: Duration, size: Int?, wasLongRunning: Bool, isAborted: Bool = false
  ) {
    metrics.record(
      labels, context, code: code, elapsed: elapsed, size: size, wasLongRunning: wasLongRunning,
      isAborted: isAborted)
    log.record(context, verb: labels.verb, code: code, elapsed: elapsed)
    if elapsed > Self.slow, !wasLongRunning { log.recordSlow(context, elapsed: elapsed) }
    context.endTrace(code: code, isBroken: isAborted)
  }

  private var isDiscovery: Bool { ["/api", "/apis"].contains { context.info.path.hasPrefix($0) } }

  private func size(_ response: HTTPResponse) -> Int? {
    switch response.body {
    case .bytes(let bytes): bytes.count
    case .buffer(let buffer): buffer.readableBytes
    case .empty: 0
    case .stream, .upgrade, .takeover: nil
    }
  }
}

extension HTTPResponseBody {
  /// The same, with something to do when a long one has ended; nil for one that is there from the start.
  /// - Parameter end: is told whether the answer broke off by a fault of the server's.
  fileprivate func ending(_ end: @escaping @Sendable (_ isAborted: Bool) async -> Void) -> HTTPResponseBody? {
    switch self {
    case .empty, .bytes, .buffer: return nil
    case .stream(let produce): return .stream { try await Self.run({ try await produce($0) }, $0, end) }
    case .upgrade(var upgrade):
      let work = upgrade.run
      // However these end, the answer itself was whole.
      upgrade.run = { try await Self.run(work, $0) { _ in await end(false) } }
      upgrade.unopened = { await end(false) }
      return .upgrade(upgrade)
    case .takeover(var upgrade):
      let work = upgrade.run
      upgrade.run = { try await Self.run(work, $0) { _ in await end(false) } }
      upgrade.unopened = { await end(false) }
      return .takeover(upgrade)
    }
  }

  private static func run<T>(
    _ work: (T) async throws -> Void, _ argument: T, _ end: (Bool) async -> Void
  ) async throws {
    let result: Result<Void, any Error>
    var isAborted = false
    do {
      result = .success(try await work(argument))
    } catch {
      result = .failure(error)
      // A client that goes away is no fault of the server's.
      isAborted = !(error is HTTPWriteError) && !(error is CancellationError)
    }
    await end(isAborted)
    try result.get()
  }
}
