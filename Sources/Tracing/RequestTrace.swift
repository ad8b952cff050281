import Synchronization
import Values

/// What is noted of one request while it is carried out: how long its parts take and, where it is traced, a span
/// for each of them. Whoever measures finds it in ``current``; outside of requests there is none.
public final class RequestTrace: Sendable {
  /// Where in a request a task is.
  struct Place: Sendable {
    var trace: RequestTrace
    /// The span whose part comes next; nil for the request itself.
    var span: UInt64?
  }

  @TaskLocal static var place: Place?

  private struct State {
    /// What others are told of the request; nil where nobody traces it.
    var context: TraceContext?
    var tracer: Tracer?
    /// The request's own span, until it ends.
    var root: Span?
  }

  public let latency = RequestLatency()
  private let state = Mutex(State())
  /// Read first, as most requests are not recorded.
  private let isRecorded = Atomic(false)

  public init() {}

  /// The trace of the request that the task works for.
  public static var current: RequestTrace? { place?.trace }

  /// What servers that are asked for this request are to be told; nil for nothing.
  public static var outgoing: TraceContext? {
    guard let place else { return nil }
    var context = place.trace.state.withLock { $0.context }
    if let span = place.span { context?.spanID = span }
    return context
  }

  /// Carries a request out with this trace as ``current``.
  public func run<R: Sendable>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async -> R
  ) async -> R {
    await Self.$place.withValue(Place(trace: self), operation: body)
  }

  // MARK: - The request's own span

  /// Begins to trace the request, if it is to be.
  /// - Parameters:
  ///   - tracer: nil where nothing is recorded: what the client named is passed on as it is.
  ///   - remote: what the client named.
  ///   - isTrusted: whether it may say that the request is part of its trace, and whether that is recorded. Others'
  ///     requests begin a trace of their own, with a link to what they named.
  ///   - start: when the request came.
  public func begin(
    _ tracer: Tracer?, remote: TraceContext?, isTrusted: Bool, name: @autoclosure () -> String,
    start: Timestamp, attributes: @autoclosure () -> [Span.Attribute]
  ) {
    guard let tracer else {
      if remote != nil { state.withLock { $0.context = remote } }
      return
    }
    let parent = isTrusted ? remote : nil
    let traceID = parent?.traceID ?? .random()
    let context = TraceContext(
      traceID: traceID, spanID: .random(in: 1 ... .max),
      isSampled: parent?.isSampled ?? tracer.samples(traceID), state: parent?.state ?? "")
    var root: Span?
    if context.isSampled {
      root = Span(
        context: context, parent: parent?.spanID, name: name(), kind: .server,
        start: Self.nanoseconds(start), attributes: attributes())
      if parent == nil { root?.link = remote }
    }
    state.withLock { state in
      state.context = context
      state.tracer = root == nil ? nil : tracer
      state.root = root
    }
    isRecorded.store(root != nil, ordering: .releasing)
  }

  /// What the client can find its request by; nil where it is not recorded.
  public var recorded: TraceContext? {
    isRecorded.load(ordering: .acquiring) ? state.withLock { $0.context } : nil
  }

  /// Ends the request's own span.
  /// - Parameter failure: nil where it did not fail.
  public func end(attributes: @autoclosure () -> [Span.Attribute] = [], failure: String? = nil) {
    guard isRecorded.load(ordering: .acquiring) else { return }
    let (root, tracer) = state.withLock { ($0.root.take(), $0.tracer) }
    guard var root, let tracer else { return }
    root.attributes += attributes()
    root.failure = failure
    root.end = max(root.start, Self.nanoseconds(.now))
    tracer.record(root)
  }

  /// Adds a span for what has just ended.
  public func add(_ name: @autoclosure () -> String, lasting elapsed: Duration) {
    guard isRecorded.load(ordering: .acquiring),
      var span = beginSpan(name(), under: nil, .internal, [])
    else { return }
    let (seconds, attoseconds) = elapsed.components
    span.start &-= seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    endSpan(span, elapsed, failure: nil)
  }

  // MARK: - Parts

  /// A span that is not over.
  func beginSpan(
    _ name: @autoclosure () -> String, under parent: UInt64?, _ kind: Span.Kind,
    _ attributes: @autoclosure () -> [Span.Attribute]
  ) -> Span? {
    guard isRecorded.load(ordering: .acquiring), var context = state.withLock({ $0.context }) else {
      return nil
    }
    let root = context.spanID
    context.spanID = .random(in: 1 ... .max)
    return Span(
      context: context, parent: parent ?? root, name: name(), kind: kind, start: Self.nanoseconds(.now),
      attributes: attributes())
  }

  func endSpan(_ span: Span, _ elapsed: Duration, failure: String?) {
    var span = span
    let (seconds, attoseconds) = elapsed.components
    span.end = span.start &+ seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    span.failure = failure
    state.withLock { $0.tracer }?.record(span)
  }

  private static func nanoseconds(_ time: Timestamp) -> Int64 {
    time.seconds &* 1_000_000_000 &+ Int64(time.nanoseconds)
  }
}
