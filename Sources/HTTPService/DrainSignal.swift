import Synchronization

/// Tells everything that runs for long that the server is going away, so that it ends of its own accord.
public final class DrainSignal: Sendable {
  private struct State {
    var isDraining = false
    var nextWaiter = 0
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
  }

  private let state = Mutex(State())

  /// A signal of its own, for tests and for servers of other kinds.
  public init() {}

  /// Whether the server has begun to drain; it never returns to false.
  public var isDraining: Bool { state.withLock { $0.isDraining } }

  /// Returns once the server drains, or when the calling task is cancelled.
  public func wait() async {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.isDraining || Task.isCancelled { return true }
          state.waiters[id] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
  }

  /// Begins the drain; a second call does nothing.
  public func begin() {
    let waiters = state.withLock { state in
      state.isDraining = true
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.resume() }
  }
}
