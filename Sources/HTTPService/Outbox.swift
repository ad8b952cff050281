import Synchronization

/// Why bytes can't be sent to a client any more.
public enum HTTPWriteError: Error, Sendable, Equatable {
  /// The connection or the stream is gone.
  case clientGone
  /// The client has taken nothing for too long.
  case timedOut
  /// The writing task was cancelled.
  case cancelled
}

/// What a writing task sends through an event loop: a queue whose writer waits while the client is slow.
final class Outbox<Element: Sendable>: Sendable {
  private struct State {
    var elements: [Element] = []
    var cost = 0
    var isScheduled = false
    var isWritable = true
    var failure: HTTPWriteError?
    var waiters: [CheckedContinuation<Void, Never>] = []

    func mustWait(capacity: Int) -> Bool { failure == nil && (!isWritable || cost > capacity) }
  }

  private let state = Mutex(State())
  private let capacity: Int
  private let wake: @Sendable () -> Void

  /// - Parameters:
  ///   - capacity: the cost that may lie here, not yet taken by the loop, before a writer waits.
  ///   - wake: asks the loop to come and take what is here; called once for a batch.
  init(capacity: Int, wake: @escaping @Sendable () -> Void) {
    self.capacity = capacity
    self.wake = wake
  }

  /// Queues an element, and waits while the connection takes no more.
  /// - Parameter endsWhenCancelled: false lets a cancelled task finish what it sends.
  func write(_ element: Element, cost: Int, endsWhenCancelled: Bool = true) async throws(HTTPWriteError) {
    if endsWhenCancelled && Task.isCancelled { throw .cancelled }
    let (failure, wakes, waits) = state.withLock { state in
      if let failure = state.failure { return (failure as HTTPWriteError?, false, false) }
      state.elements.append(element)
      state.cost += cost
      let wakes = !state.isScheduled
      state.isScheduled = true
      return (nil, wakes, state.mustWait(capacity: capacity))
    }
    if let failure { throw failure }
    if wakes { wake() }
    if waits { try await waitUntilWritable(endsWhenCancelled: endsWhenCancelled) }
  }

  private func waitUntilWritable(endsWhenCancelled: Bool) async throws(HTTPWriteError) {
    while true {
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isReady = state.withLock { state in
            if !state.mustWait(capacity: capacity) || (endsWhenCancelled && Task.isCancelled) { return true }
            state.waiters.append(continuation)
            return false
          }
          if isReady { continuation.resume() }
        }
      } onCancel: {
        if endsWhenCancelled { resumeWaiters() }
      }
      let (failure, waits) = state.withLock { ($0.failure, $0.mustWait(capacity: capacity)) }
      if let failure { throw failure }
      if !waits { return }
      if endsWhenCancelled && Task.isCancelled { throw .cancelled }
    }
  }

  private func resumeWaiters() {
    let waiters = state.withLock { state in
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// The loop's side: everything queued, in order.
  func take() -> [Element] {
    state.withLock { state in
      state.isScheduled = false
      state.cost = 0
      defer { state.elements = [] }
      return state.elements
    }
  }

  /// The loop's side: whether the connection takes more.
  func setWritable(_ isWritable: Bool) {
    let waiters = state.withLock { state in
      state.isWritable = isWritable
      guard !state.mustWait(capacity: capacity) else { return [] as [CheckedContinuation<Void, Never>] }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// The loop's side: nothing can be sent any more.
  func fail(_ error: HTTPWriteError) {
    state.withLock { state in
      if state.failure == nil { state.failure = error }
      state.elements = []
    }
    resumeWaiters()
  }
}
