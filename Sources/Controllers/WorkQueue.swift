import Synchronization

/// Keys waiting to be worked on, each at most once, in order of arrival. One worker takes them.
final class WorkQueue<Key: Hashable & Sendable>: Sendable {
  private struct State {
    var order: [Key] = []
    var head = 0
    var waiting: Set<Key> = []
    var worker: CheckedContinuation<Key?, Never>?
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
    let worker = state.withLock { state in
      state.isClosed = true
      defer { state.worker = nil }
      return state.worker
    }
    worker?.resume(returning: nil)
  }
}
