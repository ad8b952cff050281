/// The states of one resource, the current one and as many before it as the options allow.
struct SnapshotHistory: Sendable {
  struct Snapshot: Sendable {
    /// The revision since which the state holds.
    let revision: UInt64
    let tree: ObjectTree
    let since: ContinuousClock.Instant
    /// The encoded length of the object that the state before still has and this one has not.
    let replacedBytes: Int
  }

  private var snapshots = Ring<Snapshot>()
  private(set) var current = ObjectTree()
  /// The sum of `replacedBytes` of all states but the first: what older states keep alive.
  private var bytes = 0

  /// A resource without objects that can be read from the revision `floor` on.
  init(floor: UInt64, now: ContinuousClock.Instant) {
    snapshots.append(Snapshot(revision: floor, tree: ObjectTree(), since: now, replacedBytes: 0))
  }

  /// The state that held at the revision; nil where it is not kept any more.
  func tree(at revision: UInt64) -> ObjectTree? {
    let after = snapshots.partitionPoint { $0.revision <= revision }
    return after == 0 ? nil : snapshots[after - 1].tree
  }

  /// The oldest revision that can be read.
  var oldest: UInt64 { snapshots.first?.revision ?? 0 }

  /// Makes a state the current one and gives back the states that fell out of the history, so that the
  /// caller can free them outside of its lock.
  mutating func push(_ snapshot: Snapshot, _ options: StoreOptions) -> [Snapshot] {
    snapshots.append(snapshot)
    current = snapshot.tree
    bytes += snapshot.replacedBytes
    return trim(now: snapshot.since, options)
  }

  /// Drops the states that are too old, too many or too large; never the current one.
  mutating func trim(now: ContinuousClock.Instant, _ options: StoreOptions) -> [Snapshot] {
    var dropped: [Snapshot] = []
    while snapshots.count > 1 {
      let successor = snapshots[1]
      guard
        snapshots.count - 1 > options.snapshotCount || bytes > options.historyBytes
          || successor.since.duration(to: now) > options.snapshotAge
      else { break }
      if let first = snapshots.popFirst() { dropped.append(first) }
      bytes -= successor.replacedBytes
    }
    return dropped
  }
}
