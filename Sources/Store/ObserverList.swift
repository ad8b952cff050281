import Schema
import Synchronization

/// The handlers that are called with every commit, in the order in which they came.
final class ObserverList: Sendable {
  typealias Handler = @Sendable (StoreChange) -> Void

  private struct Observer {
    var id: UInt64
    var resource: GroupResource?
    var handler: Handler
  }

  private struct State {
    var lastID: UInt64 = 0
    var observers: [Observer] = []
  }

  private let state = Mutex(State())

  func add(_ resource: GroupResource?, _ handler: @escaping Handler) -> UInt64 {
    state.withLock {
      $0.lastID += 1
      $0.observers.append(Observer(id: $0.lastID, resource: resource, handler: handler))
      return $0.lastID
    }
  }

  func remove(_ id: UInt64) {
    // What a handler holds is let go after the lock: that may run code of its owner.
    let removed = state.withLock { state -> Observer? in
      guard let at = state.observers.firstIndex(where: { $0.id == id }) else { return nil }
      return state.observers.remove(at: at)
    }
    withExtendedLifetime(removed) {}
  }

  func notify(_ change: StoreChange) {
    // The lock is not held during the calls, so that a handler may end an observation.
    for observer in state.withLock({ $0.observers })
    where observer.resource == nil || observer.resource == change.resource {
      observer.handler(change)
    }
  }
}
