import Authentication
import HTTPService
import Schema
import Store
import Synchronization

/// Now? Bounds how many requests run at once; watches and other long ones don't count
/// (`--max-requests-inflight`, `--max-mutating-requests-inflight`).
final class FlowControl: Sendable {
  struct Limits: Sendable {
    var readOnly = 400
    var mutating = 200
  }

  let metrics = FlowMetrics()
  private let limits: Limits
  private let schemas: FlowSchemas
  private let running = Mutex((readOnly: 0, mutating: 0))

  init(limits: Limits, store: ObjectStore) {
    self.limits = limits
    schemas = FlowSchemas(store: store)
  }

  private static let readOnlyVerbs: Set = ["get", "list", "watch", "head", "options"]

  /// Requests now running: read-only and mutating.
  var inFlight: (readOnly: Int, mutating: Int) { running.withLock { $0 } }

  /// Runs the request if there is room. The most powerful users and probes of health never wait.
  /// - Returns: nil where there is no room.
  /// - Throws: what the request throws.
  func run<T: Sendable>(
    _ context: RequestContext, _ body: () async throws(StatusError) -> T
  ) async throws(StatusError) -> T? {
    let isWatch = context.info.verb == "watch"
    // Other long requests are none of priority and fairness.
    if isWatch || !Router.isLongRunning(context.info) {
      context.flow = schemas.classify(context.info, context.user)
    }
    guard let flow = context.flow else { return try await limited(context, body) }
    var start: ContinuousClock.Instant?
    defer { if let start { metrics.end(flow, isWatch: isWatch, elapsed: start.duration(to: .now)) } }
    let result = try await limited(context) { () throws(StatusError) in
      start = .now
      metrics.begin(flow, isWatch: isWatch)
      return try await body()
    }
    if result == nil { metrics.reject(flow, isWatch: isWatch) }
    return result
  }

  private func limited<T: Sendable>(
    _ context: RequestContext, _ body: () async throws(StatusError) -> T
  ) async throws(StatusError) -> T? {
    if Router.isLongRunning(context.info) || Self.isExempt(context) { return try await body() }
    let isReadOnly = Self.readOnlyVerbs.contains(context.info.verb)
    let hasRoom = running.withLock { running in
      if isReadOnly {
        guard limits.readOnly == 0 || running.readOnly < limits.readOnly else { return false }
        running.readOnly += 1
      } else {
        guard limits.mutating == 0 || running.mutating < limits.mutating else { return false }
        running.mutating += 1
      }
      return true
    }
    guard hasRoom else { return nil }
    defer {
      running.withLock { running in
        if isReadOnly { running.readOnly -= 1 } else { running.mutating -= 1 }
      }
    }
    return try await body()
  }

  private static func isExempt(_ context: RequestContext) -> Bool {
    context.user.groups.contains(SystemName.mastersGroup)
      || ["/healthz", "/livez", "/readyz"].contains(context.info.path)
  }

  /// 429, as text: the stage knows nothing of kinds.
  static func refusal(_ context: RequestContext) -> HTTPResponse {
    context.isTerminated = true
    var answer = Answer(context: context).text("Too many requests, please try again later.\n", code: 429)
    answer.headers.add(name: "Retry-After", value: "1")
    return answer
  }
}
