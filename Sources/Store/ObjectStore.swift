import Schema
import Synchronization
import Values

/// All objects of the server, in memory, with the guarantees that Kubernetes has from etcd: one revision
/// counter over all resources, compare-and-swap, consistent lists, and watches that miss nothing.
///
/// Writers take turns. Readers take a reference to the current state and never wait for a writer's work.
public final class ObjectStore: Sendable {
  /// What readers see. Its lock is held only to take or to replace references.
  struct Published: Sendable {
    var revision: UInt64
    var resources: [GroupResource: SnapshotHistory] = [:]
    /// The oldest revision of resources that have no history, since their like may have been removed.
    var absentFloor: UInt64 = 0
  }

  /// What only the writer whose turn it is touches.
  struct Writer: Sendable {
    var events: [GroupResource: EventHistory] = [:]
  }

  let options: StoreOptions
  let published: Mutex<Published>
  let writer = Mutex(Writer())
  let observers = ObserverList()
  let registry = WatchRegistry()

  /// An empty store at revision 1, as a new etcd: the first write makes revision 2.
  public init(options: StoreOptions = StoreOptions()) {
    self.options = options
    published = Mutex(Published(revision: 1))
  }

  // MARK: - Reading

  /// The revision of the latest write.
  public var revision: UInt64 { published.withLock { $0.revision } }

  /// The current version of an object.
  public func get(_ resource: GroupResource, _ key: ObjectKey) -> StoredObject? {
    published.withLock { $0.resources[resource]?.current }?[key]
  }

  /// The objects of a resource, of one namespace or of all of them, sorted by key.
  public func list(_ resource: GroupResource, namespace: String? = nil) -> ListSnapshot {
    let (revision, tree) = published.withLock { ($0.revision, $0.resources[resource]?.current) }
    return ListSnapshot(revision: revision, tree: tree ?? ObjectTree(), namespace: namespace)
  }

  /// The objects of a resource as they were at a revision.
  /// - Throws: `expired`, `futureRevision`.
  public func list(
    _ resource: GroupResource, namespace: String? = nil, at revision: UInt64
  ) throws(StoreError) -> ListSnapshot {
    let tree = try published.withLock { (published) throws(StoreError) -> ObjectTree in
      if revision > published.revision {
        throw .futureRevision(requested: revision, current: published.revision)
      }
      let history = published.resources[resource]
      let oldest = history?.oldest ?? published.absentFloor
      guard revision >= oldest else { throw .expired(requested: revision, oldest: oldest) }
      return history?.tree(at: revision) ?? ObjectTree()
    }
    return ListSnapshot(revision: revision, tree: tree, namespace: namespace)
  }

  /// One page of a list.
  ///
  /// - Parameters:
  ///   - namespace: nil for all namespaces. A token must be used with the namespace of its list.
  ///   - limit: the most objects of the page; 0 or less for all.
  ///   - matches: the selector, or nil for every object. As in the real server, a page is filled with
  ///     objects that match, and is not the last one while any object is behind it, matching or not.
  /// - Throws: `expired`, `futureRevision`.
  public func page(
    _ resource: GroupResource, namespace: String? = nil, limit: Int = 0, from start: PageStart = .latest,
    matches: ((StoredObject) -> Bool)? = nil
  ) throws(StoreError) -> ListPage {
    let list: ListSnapshot
    var first = 0
    switch start {
    case .latest: list = self.list(resource, namespace: namespace)
    case .revision(let revision): list = try self.list(resource, namespace: namespace, at: revision)
    case .token(let token):
      if let revision = token.revision {
        list = try self.list(resource, namespace: namespace, at: revision)
      } else {
        list = self.list(resource, namespace: namespace)
      }
      let position = token.position(namespace: namespace)
      first = list.tree.rank { $0 < position }
    }
    var at = max(first, list.range.lowerBound)
    var objects: [StoredObject] = []
    var iterator = list.tree.iterator(min(at, list.range.upperBound)..<list.range.upperBound)
    while limit <= 0 || objects.count < limit, let object = iterator.next() {
      at += 1
      if matches?(object) ?? true { objects.append(object) }
    }
    let remaining = list.range.upperBound - at
    guard remaining > 0, let last = objects.last else {
      return ListPage(objects: objects, revision: list.revision, next: nil, remaining: nil)
    }
    return ListPage(
      objects: objects, revision: list.revision,
      next: ContinueToken(after: last.key, namespace: namespace, revision: list.revision),
      remaining: matches == nil ? remaining : nil)
  }

  /// The number of objects of every resource that was ever written and is not removed.
  public func counts() -> [GroupResource: Int] {
    published.withLock { $0.resources.mapValues { $0.current.count } }
  }

  /// The number of watches of every resource that has any.
  public func watchCounts() -> [GroupResource: Int] { registry.counts() }
}
