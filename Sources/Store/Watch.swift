/// From where a watch tells changes.
public enum WatchStart: Sendable {
  /// Changes after now.
  case now
  /// Changes after that revision.
  case revision(UInt64)
  /// The objects that are there now, each as added, then changes. With an end marker, a bookmark stands in
  /// between (`sendInitialEvents=true`, KEP-3157).
  case initial(endMarker: Bool)
}

/// The changes of a resource as they are committed, each once and in order.
///
/// One task goes through it. It ends when that task is cancelled, when ``cancel()`` is called, when the
/// watch is dropped or the resource is removed, and, with an event of the type `error`, when events are
/// not taken in time.
public final class Watch: AsyncSequence, Sendable {
  public typealias Element = WatchEvent
  public typealias Failure = Never

  private let store: ObjectStore
  private let queue: WatchQueue
  private let matches: (@Sendable (StoredObject) -> Bool)?

  init(store: ObjectStore, queue: WatchQueue, matches: (@Sendable (StoredObject) -> Bool)?) {
    self.store = store
    self.queue = queue
    self.matches = matches
  }

  deinit { cancel() }

  /// Ends the watch at once.
  public func cancel() {
    store.registry.remove(queue)
    queue.cancel()
  }

  /// Puts a bookmark behind the events that are waiting: its revision is the store's, all of whose changes
  /// the watcher knows once the bookmark arrives.
  public func requestBookmark() { store.appendBookmark(to: queue) }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(watch: self) }

  public struct AsyncIterator: AsyncIteratorProtocol {
    let watch: Watch

    public mutating func next() async -> WatchEvent? { await watch.next() }

    public mutating func next(isolation actor: isolated (any Actor)?) async -> WatchEvent? {
      await watch.next()
    }
  }

  private func next() async -> WatchEvent? {
    while true {
      if Task.isCancelled {
        cancel()
        return nil
      }
      switch queue.take() {
      case .initial(let object):
        if queue.accepts(object.key), matches?(object) ?? true { return WatchEvent(.added, object) }
      case .initialEventsEnd(let revision): return .bookmark(revision, isInitialEventsEnd: true)
      case .event(let event):
        if queue.accepts(event), let seen = event.seen(matches) { return seen }
      case .bookmark(let revision): return .bookmark(revision)
      case .end(let error): return error.map(WatchEvent.failure)
      case .nothing: await queue.wait { [self] in cancel() }
      }
    }
  }
}
