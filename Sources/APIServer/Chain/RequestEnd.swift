import Audit
import HTTPService

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
      await audit?.record(.responseComplete, context, shown)
      record(response.status, size: size(response), wasLongRunning: false)
      return response
    }
    metrics.beginLongRunning(labels)
    var streamed = response
    streamed.body = .stream { writer in
      let result: Result<Void, any Error>
      do {
        try await produce(writer)
        result = .success(())
      } catch {
        result = .failure(error)
      }
      await audit?.record(.responseComplete, context, shown)
      record(response.status, size: nil, wasLongRunning: true)
      try result.get()
    }
    return streamed
  }

  private func record(_ code: Int, size: Int?, wasLongRunning: Bool) {
    let elapsed = start.duration(to: .now)
    metrics.record(
      labels, context, code: code, elapsed: elapsed, size: size, wasLongRunning: wasLongRunning)
    log.record(context, verb: labels.verb, code: code, elapsed: elapsed)
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
