import Synchronization
import Values

/// Sends spans to a collector in batches; no request waits for it. Spans that find the buffer full, and those of a
/// batch that can't be delivered, are lost and counted.
public final class SpanExporter: Sendable {
  /// What became of a batch.
  public enum Delivery: Sendable, Equatable {
    case delivered
    /// It may be taken later (OTLP specification, "Failures").
    case retry(after: Duration?)
    case refused(String)
  }

  /// The defaults of OpenTelemetry's batch processor.
  public struct Options: Sendable {
    /// Spans that may wait.
    public var bufferSize = 2048
    /// The most spans of a batch.
    public var batchSize = 512
    /// How long spans wait for a batch to fill.
    public var delay = Duration.seconds(5)
    /// How often a batch is sent that is not taken.
    public var attempts = 5
    /// The wait before the second time; doubles each time.
    public var backoff = Duration.seconds(1)

    public init() {}
  }

  private let options: Options
  private let resource: [Span.Attribute]
  private let send: @Sendable ([UInt8]) async -> Delivery
  private let didLose: @Sendable (Int, String) -> Void
  private let spans: BatchQueue<Span>
  private let loop = Mutex<Task<Void, Never>?>(nil)
  private let lost = Atomic(0)

  /// - Parameters:
  ///   - resource: what tells this server from others.
  ///   - send: delivers a body, OTLP in JSON.
  ///   - didLose: told how many spans were lost, and why.
  public init(
    options: Options = Options(), resource: [Span.Attribute],
    didLose: @escaping @Sendable (Int, String) -> Void = { _, _ in },
    send: @escaping @Sendable ([UInt8]) async -> Delivery
  ) {
    self.options = options
    self.resource = resource
    self.send = send
    self.didLose = didLose
    spans = BatchQueue(capacity: options.bufferSize)
    loop.withLock { $0 = Task { [self] in await run() } }
  }

  /// Spans that were lost.
  public var lostSpans: Int { lost.load(ordering: .relaxed) }

  func add(_ span: Span) {
    if !spans.add(span) { lose(1, "the buffer is full") }
  }

  /// Sends what waits, within the time; then it takes no more.
  public func shutdown(within grace: Duration) async {
    spans.close()
    guard let loop = loop.withLock({ $0 }) else { return }
    await loop.value(within: grace)
  }

  private func run() async {
    while let batch = await spans.next(
      atMost: options.batchSize, filling: options.batchSize, within: options.delay)
    {
      await deliver(batch)
    }
  }

  private func deliver(_ batch: [Span]) async {
    let body = OTLP.encode(batch, resource: resource)
    var wait = options.backoff
    for attempt in 1...max(1, options.attempts) {
      switch await send(body) {
      case .delivered: return
      case .refused(let reason): return lose(batch.count, reason)
      case .retry(let asked):
        if attempt >= options.attempts { break }
        do { try await Task.sleep(for: asked ?? wait) } catch { break }
        wait = wait * 2
      }
    }
    lose(batch.count, "the collector can't be reached")
  }

  private func lose(_ count: Int, _ reason: String) {
    lost.add(count, ordering: .relaxed)
    didLose(count, reason)
  }
}
