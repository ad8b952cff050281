/// The objects of a resource, or of one namespace of it, at one revision, in key order. To go through it
/// takes no lock and copies nothing.
public struct ListSnapshot: Sequence, Sendable {
  /// The store's revision at which the objects were so.
  public let revision: UInt64
  let tree: ObjectTree
  let range: Range<Int>

  init(revision: UInt64, tree: ObjectTree, namespace: String?) {
    self.revision = revision
    self.tree = tree
    range = tree.range(namespace: namespace)
  }

  public var count: Int { range.count }
  public var underestimatedCount: Int { range.count }

  /// The objects as an array.
  public var objects: [StoredObject] { Array(self) }

  public func makeIterator() -> Iterator { Iterator(inner: tree.iterator(range)) }

  public struct Iterator: IteratorProtocol, Sendable {
    var inner: ObjectTree.Iterator

    public mutating func next() -> StoredObject? { inner.next() }
  }
}

/// At which revision, and from which key on, a page is read.
public enum PageStart: Sendable {
  /// The current state, from the beginning.
  case latest
  /// The state of that revision, from the beginning.
  case revision(UInt64)
  /// Where the page before ended.
  case token(ContinueToken)
}

/// One page of a list.
public struct ListPage: Sendable {
  public let objects: [StoredObject]
  /// The revision of which the list tells, the same for all its pages.
  public let revision: UInt64
  /// How to ask for the next page; nil when this is the last one.
  public let next: ContinueToken?
  /// The objects behind the page; nil on the last page, and with a selector, as they are not counted then.
  public let remaining: Int?
}
