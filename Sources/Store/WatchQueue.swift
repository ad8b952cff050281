import Schema
import Synchronization

/// The events on their way to one watcher: the writer appends references, the watcher takes them out.
final class WatchQueue: Sendable {
  /// What the watcher takes out.
  enum Item: Sendable {
    case initial(StoredObject)
    case initialEventsEnd(UInt64)
    case event(CommittedEvent)
    case bookmark(UInt64)
    /// Nothing now: wait.
    case nothing
    /// Nothing any more, with the reason where the watch failed.
    case end(StoreError?)
  }

  /// What precedes the events that are committed while the watch is on.
  struct Beginning: Sendable {
    var objects: ObjectTree.Iterator?
    var endMarker: UInt64?
    var events: ArraySlice<CommittedEvent> = []
    /// Only events after this revision are told.
    var floor: UInt64 = 0
  }

  typealias Waiter = CheckedContinuation<Void, Never>

  private enum Ending {
    case none
    case pending(StoreError?)
    case done
  }

  private struct State: Sendable {
    var beginning: Beginning
    var live = Ring<Item>()
    var ending = Ending.none
    var waiters: [Waiter] = []
  }

  let resource: GroupResource
  private let namespace: String?
  private let name: String?
  private let limit: Int
  private let floor: UInt64
  private let state: Mutex<State>

  init(_ resource: GroupResource, namespace: String?, name: String?, limit: Int, _ beginning: Beginning) {
    self.resource = resource
    self.namespace = namespace
    self.name = name
    self.limit = max(1, limit)
    floor = beginning.floor
    state = Mutex(State(beginning: beginning))
  }

  /// Whether the watcher asked for objects of that key.
  func accepts(_ key: ObjectKey) -> Bool {
    (namespace == nil || namespace == key.namespace) && (name == nil || name == key.name)
  }

  /// Whether the watcher asked for such an event.
  func accepts(_ event: CommittedEvent) -> Bool {
    event.change.revision > floor && accepts(event.change.object.key)
  }

  // MARK: - The writer's side

  /// Adds an item and gives back who is to be woken; nil if the watcher is gone, or is ended because it
  /// has too many items waiting.
  func append(_ item: Item) -> [Waiter]? {
    state.withLock { state in
      guard case .none = state.ending else { return nil }
      guard state.live.count < limit else {
        state.ending = .pending(.slowWatcher)
        return nil
      }
      state.live.append(item)
      guard !state.waiters.isEmpty else { return [] }
      defer { state.waiters = [] }
      return state.waiters
    }
  }

  /// Ends the watch behind what is waiting.
  func finish() {
    let waiters = state.withLock { state in
      if case .none = state.ending { state.ending = .pending(nil) }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Ends the watch at once and lets go of what is waiting.
  func cancel() {
    let old = state.withLock { state in
      let old = state
      state = State(beginning: Beginning(), ending: .done)
      return old
    }
    // Here, after the lock, what was waiting is freed.
    for waiter in old.waiters { waiter.resume() }
  }

  // MARK: - The watcher's side

  func take() -> Item {
    state.withLock { state in
      if case .done = state.ending { return .end(nil) }
      if let object = state.beginning.objects?.next() { return .initial(object) }
      state.beginning.objects = nil
      if let revision = state.beginning.endMarker {
        state.beginning.endMarker = nil
        return .initialEventsEnd(revision)
      }
      if let event = state.beginning.events.popFirst() {
        // A slice holds on to all that it was cut from, so it is replaced once it is empty.
        if state.beginning.events.isEmpty { state.beginning.events = [] }
        return .event(event)
      }
      if let item = state.live.popFirst() { return item }
      guard case .pending(let error) = state.ending else { return .nothing }
      state.ending = .done
      return .end(error)
    }
  }

  /// Returns once there is something to take, or the task was cancelled, which ends the watch.
  func wait(onCancel: @escaping @Sendable () -> Void) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: Waiter) in
        let mustWait = state.withLock { state in
          // Looked at under the lock under which items come: none can slip through in between.
          guard state.live.isEmpty, case .none = state.ending else { return false }
          state.waiters.append(waiter)
          return true
        }
        if !mustWait { waiter.resume() }
      }
    } onCancel: {
      onCancel()
    }
  }
}
