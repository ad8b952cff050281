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
    guard case .stream(let produce) = response.body, context.http.method != "HEAD" else {
      let elapsed = noteLatency()
      await audit?.record(.responseComplete, context, shown)
      record(response.status, elapsed, size: size(response), wasLongRunning: false)
      return response
    }
    metrics.beginLongRunning(labels)
    var streamed = response
    streamed.body = .stream { writer in
      let result: Result<Void, any Error>
      var isAborted = false
      do {
        try await produce(writer)
        result = .success(())
      } catch {
        result = .failure(error)
        // A client that goes away is no fault of the server's.
        isAborted = !(error is HTTPWriteError) && !(error is CancellationError)
      }
      let elapsed = noteLatency()
      await audit?.record(.responseComplete, context, shown)
      record(response.status, elapsed, size: nil, wasLongRunning: true, isAborted: isAborted)
      try result.get()
    }
    return streamed
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
    case .stream, .upgrade: nil
    }
  }
}
