import Logging
import Synchronization
import Values

/// Takes events into a bounded buffer and writes them in batches (mode `batch`): no request waits for it.
/// Events that find the buffer full are lost and counted.
public final class BatchingAuditSink: AuditSink {
  /// `--audit-log-batch-…`, `--audit-webhook-batch-…`.
  public struct Options: Sendable, Equatable {
    /// Events that may wait.
    public var bufferSize = 10_000
    /// The most events of a batch.
    public var maxSize = 400
    /// How long a batch waits to become full.
    public var maxWait = Duration.seconds(30)
    /// Batches a second; nil for no bound.
    public var throttleQPS: Double?
    /// Batches that may be written at once after a quiet time.
    public var throttleBurst = 15
    /// Batches that may be under way at a time; more than one may change their order.
    public var concurrency = 1

    public init() {}
  }

  private let destination: any AuditDestination
  private let options: Options
  private let counters: AuditCounters
  private let logger: Logger
  private let events: BatchQueue<AuditEvent>
  private let loop = Mutex<Task<Void, Never>?>(nil)

  public init(
    _ destination: any AuditDestination, options: Options, counters: AuditCounters, logger: Logger
  ) {
    self.destination = destination
    self.options = options
    self.counters = counters
    self.logger = logger
    events = BatchQueue(capacity: options.bufferSize)
    loop.withLock { $0 = Task { [self] in await run() } }
  }

  public func process(_ event: AuditEvent) async -> Bool {
    let isTaken = events.add(event)
    if !isTaken {
      counters.countLost(1, by: .buffered)
      logger.error("audit event lost: the buffer is full", metadata: ["auditID": "\(event.auditID)"])
    }
    return true
  }

  public func shutdown(within grace: Duration) async {
    events.close()
    guard let loop = loop.withLock({ $0 }) else { return }
    await loop.value(within: grace)
    await destination.close()
  }

  // MARK: - The loop

  private func run() async {
    var throttle = options.throttleQPS.map { TokenBucket(rate: $0, burst: options.throttleBurst) }
    await withTaskGroup(of: Void.self) { group in
      var running = 0
      while let batch = await nextBatch() {
        if let wait = throttle?.take(at: .now) { try? await Task.sleep(for: wait) }
        if running >= max(1, options.concurrency) {
          await group.next()
          running -= 1
        }
        running += 1
        group.addTask { [destination] in _ = await destination.write(batch) }
      }
    }
  }

  /// The next events: as soon as there are enough for a batch, or some and the wait is over. Nil at the end.
  private func nextBatch() async -> [AuditEvent]? {
    // Where every event is a batch of its own, what has come meanwhile is written along with it.
    guard options.maxSize <= 1 else {
      return await events.next(atMost: options.maxSize, filling: options.maxSize, within: options.maxWait)
    }
    return await events.next(atMost: Self.joined, filling: Self.joined, within: Self.gathering)
  }

  private static let joined = 1_000
  /// Waking up for each event would cost more than writing it.
  private static let gathering = Duration.milliseconds(2)
}

/// Lets so many things pass a second, and some at once after a quiet time.
struct TokenBucket {
  private let rate: Double
  private let burst: Double
  private var tokens: Double
  private var last: ContinuousClock.Instant?

  init(rate: Double, burst: Int) {
    self.rate = rate
    self.burst = Double(burst)
    tokens = Double(burst)
  }

  /// Takes a token.
  /// - Returns: how long to wait before it may be used; nil for not at all.
  mutating func take(at now: ContinuousClock.Instant) -> Duration? {
    if let last {
      let elapsed = last.duration(to: now).components
      tokens = min(burst, tokens + rate * (Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18))
    }
    last = now
    tokens -= 1
    return tokens >= 0 ? nil : .seconds(-tokens / rate)
  }
}
