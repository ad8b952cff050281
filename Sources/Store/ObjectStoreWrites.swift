import Schema
import Synchronization
import Values

extension ObjectStore {
  /// Stores a new object.
  ///
  /// - Parameter value: the object; its `metadata.resourceVersion` is set by the store.
  /// - Throws: `alreadyExists`, `tooLarge`.
  public func create(
    _ resource: GroupResource, _ key: ObjectKey, _ value: Value
  ) throws(StoreError) -> StoredObject {
    let prepared = try prepare(value)
    return try commit(resource, key) { (current) throws(StoreError) in
      if current != nil { throw .alreadyExists }
      return .put(prepared)
    }
  }

  /// Replaces an object. Where nothing but the resourceVersion differs, nothing is written and the object
  /// stays at its revision, as in the real server.
  ///
  /// - Parameter ifRevision: the revision at which the object must be; nil for any.
  /// - Throws: `notFound`, `conflict`, `tooLarge`.
  public func update(
    _ resource: GroupResource, _ key: ObjectKey, ifRevision: UInt64?, _ value: Value
  ) throws(StoreError) -> StoredObject {
    let prepared = try prepare(value)
    if let seen = get(resource, key), seen.revision == ifRevision ?? seen.revision,
      prepared.isUnchanged(from: seen)
    {
      return seen
    }
    return try commit(resource, key) { (current) throws(StoreError) in
      _ = try Self.check(current, ifRevision)
      return .put(prepared)
    }
  }

  /// Removes an object and gives back its last content, whose revision is that of the deletion.
  ///
  /// - Parameters:
  ///   - ifRevision: the revision at which the object must be; nil for any.
  ///   - value: the last content, where it is not the current one.
  /// - Throws: `notFound`, `conflict`.
  public func delete(
    _ resource: GroupResource, _ key: ObjectKey, ifRevision: UInt64? = nil, final value: Value? = nil
  ) throws(StoreError) -> StoredObject {
    let seen = get(resource, key)
    guard let prepared = (value ?? seen?.value).map({ PreparedObject($0) }) else { throw .notFound }
    return try commit(resource, key) { (current) throws(StoreError) in
      let current = try Self.check(current, ifRevision)
      return .remove(value != nil || current === seen ? prepared : PreparedObject(current.value))
    }
  }

  /// Removes every object of a resource, each with an event, then the resource's history, and ends its
  /// watches: what becomes of a resource whose definition is deleted. No one must write to it meanwhile.
  public func removeAll(_ resource: GroupResource) {
    for object in list(resource) { _ = try? delete(resource, object.key) }
    let queues = writer.withLock { writer in
      writer.events[resource] = nil
      let removed = published.withLock { published -> SnapshotHistory? in
        published.absentFloor = published.revision
        return published.resources.removeValue(forKey: resource)
      }
      withExtendedLifetime(removed) {}
      return registry.removeAll(resource)
    }
    for queue in queues { queue.finish() }
  }

  /// Drops the states that are older than the options allow. Writing does it for the resource that is
  /// written, and now and then for all; a server that is seldom written calls this every few minutes.
  public func compact() {
    let now = options.now()
    let dropped = published.withLock { published in
      var dropped: [SnapshotHistory.Snapshot] = []
      for resource in Array(published.resources.keys) {
        dropped += published.resources[resource]?.trim(now: now, options) ?? []
      }
      return dropped
    }
    withExtendedLifetime(dropped) {}
  }

  /// Calls the handler with every change of a resource, or of all of them for nil.
  ///
  /// The calls are made in the order of commits and before the write returns, and before a watcher learns of
  /// the change. So handlers must be quick; they may read, but must not write, watch or observe.
  /// - Parameter replay: whether the handler is first called, as though they were added just now, with the
  ///   objects that are there. No change is missed or told twice in between.
  public func observe(
    _ resource: GroupResource?, replay: Bool = false, _ handler: @escaping @Sendable (StoreChange) -> Void
  ) -> Observation {
    let id = writer.withLock { _ in
      if replay {
        let trees = published.withLock { published in
          published.resources.filter { resource == nil || $0.key == resource }.mapValues(\.current)
        }
        for (resource, tree) in trees {
          var objects = tree.iterator(0..<tree.count)
          while let object = objects.next() {
            handler(StoreChange(resource: resource, kind: .added, object: object, previous: nil))
          }
        }
      }
      return observers.add(resource, handler)
    }
    return Observation(observers: observers, id: id)
  }
}

// MARK: - Committing

extension ObjectStore {
  private enum Plan {
    case put(PreparedObject)
    case remove(PreparedObject)
  }

  private struct Outcome: Sendable {
    var object: StoredObject
    var waiters: [WatchQueue.Waiter] = []
    /// Freed after the locks.
    var dropped: [SnapshotHistory.Snapshot] = []
  }

  /// How many writes there are between two looks for old states of all resources.
  private static let compactionInterval: UInt64 = 512

  private static func check(
    _ current: StoredObject?, _ revision: UInt64?
  ) throws(StoreError) -> StoredObject {
    guard let current else { throw .notFound }
    if let revision, revision != current.revision { throw .conflict(current: current) }
    return current
  }

  /// Makes one write: asks what is to become of the object, publishes the new state, then tells observers
  /// and watchers.
  private func commit(
    _ resource: GroupResource, _ key: ObjectKey, _ decide: (StoredObject?) throws(StoreError) -> Plan
  ) throws(StoreError) -> StoredObject {
    let outcome = try writer.withLock { (writer) throws(StoreError) -> Outcome in
      let (latest, tree) = published.withLock {
        ($0.revision, $0.resources[resource]?.current ?? ObjectTree())
      }
      let current = tree[key]
      let plan = try decide(current)
      let revision = latest + 1
      let change: StoreChange
      let next: ObjectTree
      switch plan {
      case .put(let prepared):
        let object = prepared.stored(at: key, revision: revision)
        next = tree.setting(object)
        change = StoreChange(
          resource: resource, kind: current == nil ? .added : .modified, object: object, previous: current)
      case .remove(let prepared):
        let object = prepared.stored(at: key, revision: revision)
        next = tree.removing(key)
        change = StoreChange(resource: resource, kind: .deleted, object: object, previous: current)
      }
      var outcome = Outcome(object: change.object)
      outcome.dropped = publish(change, next)
      observers.notify(change)
      outcome.waiters = deliver(CommittedEvent(change), &writer)
      return outcome
    }
    for waiter in outcome.waiters { waiter.resume() }
    if outcome.object.revision.isMultiple(of: Self.compactionInterval) { compact() }
    return outcome.object
  }

  private func prepare(_ value: Value) throws(StoreError) -> PreparedObject {
    let prepared = PreparedObject(value)
    if prepared.byteCount > options.objectBytes { throw .tooLarge }
    return prepared
  }

  private func publish(_ change: StoreChange, _ tree: ObjectTree) -> [SnapshotHistory.Snapshot] {
    let snapshot = SnapshotHistory.Snapshot(
      revision: change.revision, tree: tree, since: options.now(),
      replacedBytes: change.previous?.bytes.count ?? 0)
    return published.withLock { published in
      published.revision = change.revision
      let floor = published.absentFloor
      return published.resources[
        change.resource, default: SnapshotHistory(floor: floor, now: snapshot.since)
      ].push(snapshot, options)
    }
  }

  private func deliver(_ event: CommittedEvent, _ writer: inout Writer) -> [WatchQueue.Waiter] {
    let change = event.change
    let floor = published.withLock { $0.absentFloor }
    writer.events[change.resource, default: EventHistory(floor: floor)].append(event, options)
    var waiters: [WatchQueue.Waiter] = []
    for queue in registry.watchers(of: change.resource) where queue.accepts(change.object.key) {
      if let woken = queue.append(.event(event)) {
        waiters += woken
      } else {
        registry.remove(queue)
      }
    }
    return waiters
  }
}
