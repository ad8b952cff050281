import Synchronization

/// Keys waiting to be worked on, each at most once, in order of arrival. One worker takes them.
final class WorkQueue<Key: Hashable & Sendable>: Sendable {
  private struct Timer {
    let id: UInt64
    let deadline: ContinuousClock.Instant
    let task: Task<Void, Never>
  }

  private struct State {
    var order: [Key] = []
    var head = 0
    var waiting: Set<Key> = []
    var worker: CheckedContinuation<Key?, Never>?
    var timers: [Key: Timer] = [:]
    var lastTimer: UInt64 = 0
    var isClosed = false
  }

  private let state = Mutex(State())

  func add(_ key: Key) {
    let worker = state.withLock { state -> CheckedContinuation<Key?, Never>? in
      guard !state.isClosed else { return nil }
      if let worker = state.worker {
        state.worker = nil
        return worker
      }
      if state.waiting.insert(key).inserted { state.order.append(key) }
      return nil
    }
    worker?.resume(returning: key)
  }

  /// Adds the key when the delay is over; of several delays of one key the one that ends first counts.
  func add(_ key: Key, after delay: Duration) {
    guard delay > .zero else { return add(key) }
    let deadline = ContinuousClock.now + delay
    state.withLock { state in
      guard !state.isClosed else { return }
      if let timer = state.timers[key] {
        if timer.deadline <= deadline { return }
        timer.task.cancel()
      }
      state.lastTimer += 1
      let id = state.lastTimer
      state.timers[key] = Timer(
        id: id, deadline: deadline,
        task: Task { [weak self] in
          try? await Task.sleep(until: deadline, clock: .continuous)
          self?.fire(key, id)
        })
    }
  }

  private func fire(_ key: Key, _ id: UInt64) {
    let isCurrent = state.withLock { state in
      guard state.timers[key]?.id == id else { return false }
      state.timers[key] = nil
      return true
    }
    if isCurrent { add(key) }
  }

  /// The next key; nil once the queue is closed.
  func next() async -> Key? {
    await withCheckedContinuation { continuation in
      let ready = state.withLock { state -> Key?? in
        if state.isClosed { return .some(nil) }
        if state.head < state.order.count {
          let key = state.order[state.head]
          state.head += 1
          if state.head > 1024, state.head * 2 > state.order.count {
            state.order.removeFirst(state.head)
            state.head = 0
          }
          state.waiting.remove(key)
          return .some(key)
        }
        state.worker = continuation
        return nil
      }
      if let ready { continuation.resume(returning: ready) }
    }
  }

  func close() {
    let (worker, timers) = state.withLock { state in
      state.isClosed = true
      defer {
        state.worker = nil
        state.timers = [:]
      }
      return (state.worker, state.timers.values.map(\.task))
    }
    for timer in timers { timer.cancel() }
    worker?.resume(returning: nil)
  }
}
