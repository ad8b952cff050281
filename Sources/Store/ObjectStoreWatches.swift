import Schema
import Synchronization

extension ObjectStore {
  /// Begins to tell the changes of a resource.
  ///
  /// - Parameters:
  ///   - namespace: nil for all namespaces.
  ///   - name: nil for objects of any name.
  ///   - matches: the selector, or nil for every object. It is called by the task that takes the events.
  /// A start at a revision that the store has not reached is waited for: no event up to it is told.
  /// - Throws: `expired` if events after that revision are no longer kept.
  public func watch(
    _ resource: GroupResource, namespace: String? = nil, name: String? = nil, from start: WatchStart,
    matches: (@Sendable (StoredObject) -> Bool)? = nil
  ) throws(StoreError) -> Watch {
    // No write is between the beginning and the registration: both are made in the writer's turn.
    let queue = try writer.withLock { (writer) throws(StoreError) -> WatchQueue in
      let beginning = try beginning(resource, namespace: namespace, name: name, start, writer)
      let queue = WatchQueue(
        resource, namespace: namespace, name: name, limit: options.watchBuffer, beginning)
      registry.add(queue)
      return queue
    }
    return Watch(store: self, queue: queue, matches: matches)
  }

  private func beginning(
    _ resource: GroupResource, namespace: String?, name: String?, _ start: WatchStart, _ writer: Writer
  ) throws(StoreError) -> WatchQueue.Beginning {
    switch start {
    case .now: return WatchQueue.Beginning()
    case .initial(let endMarker):
      let list = list(resource, namespace: namespace)
      var range = list.range
      if let name, let namespace {
        // One object at most: it is looked up instead of searched for.
        let key = ObjectKey(namespace: namespace, name: name)
        range = list.tree.rank { $0 < key }..<list.tree.rank { $0 <= key }
      }
      return WatchQueue.Beginning(
        objects: list.tree.iterator(range), endMarker: endMarker ? list.revision : nil)
    case .revision(let revision):
      let (current, absentFloor) = published.withLock { ($0.revision, $0.absentFloor) }
      if revision > current { return WatchQueue.Beginning(floor: revision) }
      let history = writer.events[resource]
      let oldest = history?.floor ?? absentFloor
      guard revision >= oldest else { throw .expired(requested: revision, oldest: oldest) }
      return WatchQueue.Beginning(events: (history?.events(after: revision) ?? [])[...])
    }
  }

  /// Puts a bookmark of the current revision at the end of the queue, behind every event up to it.
  func appendBookmark(to queue: WatchQueue) {
    let waiters = writer.withLock { _ in queue.append(.bookmark(revision)) }
    for waiter in waiters ?? [] { waiter.resume() }
  }
}
