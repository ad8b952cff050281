import Logging
import Synchronization

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

  private struct State {
    var buffer: [AuditEvent] = []
    var isClosed = false
    /// The loop, while it waits for events or for a batch to fill.
    var waiter: CheckedContinuation<Void, Never>?
    /// How many events wake it.
    var wanted = 1
  }

  private let destination: any AuditDestination
  private let options: Options
  private let counters: AuditCounters
  private let logger: Logger
  private let state = Mutex(State())
  private let loop = Mutex<Task<Void, Never>?>(nil)

  public init(
    _ destination: any AuditDestination, options: Options, counters: AuditCounters, logger: Logger
  ) {
    self.destination = destination
    self.options = options
    self.counters = counters
    self.logger = logger
    loop.withLock { $0 = Task { [self] in await run() } }
  }

  public func process(_ event: AuditEvent) async -> Bool {
    let (isTaken, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
      guard !state.isClosed, state.buffer.count < options.bufferSize else { return (false, nil) }
      state.buffer.append(event)
      guard state.buffer.count >= state.wanted else { return (true, nil) }
      return (true, state.waiter.take())
    }
    waiter?.resume()
    if !isTaken {
      counters.countLost(1, by: .buffered)
      logger.error("audit event lost: the buffer is full", metadata: ["auditID": "\(event.auditID)"])
    }
    return true
  }

  public func shutdown(within grace: Duration) async {
    let waiter = state.withLock { state in
      state.isClosed = true
      return state.waiter.take()
    }
    waiter?.resume()
    guard let loop = loop.withLock({ $0 }) else { return }
    let timer = Task {
      do { try await Task.sleep(for: grace) } catch { return }
      loop.cancel()
    }
    await loop.value
    timer.cancel()
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
    while true {
      await wait(for: 1, atMost: nil)
      if options.maxSize > 1, options.maxWait > .zero {
        await wait(for: options.maxSize, atMost: options.maxWait)
      }
      let (batch, isOver) = state.withLock { state in (take(&state), state.isClosed) }
      if !batch.isEmpty { return batch }
      if isOver { return nil }
    }
  }

  private func take(_ state: inout State) -> [AuditEvent] {
    // Where every event is a batch of its own, what has come meanwhile is written along with it.
    let size = options.maxSize > 1 ? options.maxSize : Self.joined
    if state.buffer.count <= size {
      defer { state.buffer = [] }
      return state.buffer
    }
    let batch = Array(state.buffer.prefix(size))
    state.buffer.removeFirst(size)
    return batch
  }

  private static let joined = 1_000

  private func wait(for count: Int, atMost time: Duration?) async {
    let timer = time.map { time in
      Task { [self] in
        do { try await Task.sleep(for: time) } catch { return }
        state.withLock { $0.waiter.take() }?.resume()
      }
    }
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.isClosed || state.buffer.count >= min(count, options.bufferSize) { return true }
        state.wanted = min(count, options.bufferSize)
        state.waiter = continuation
        return false
      }
      if isReady { continuation.resume() }
    }
    timer?.cancel()
  }
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
