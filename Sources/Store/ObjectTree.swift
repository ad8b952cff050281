/// The objects of one resource at one revision, sorted by key: a persistent B-tree.
///
/// A copy is a reference. `setting` and `removing` make another tree in O(log n) that shares all but one
/// path with this one, so any number of readers keep their trees while the writer goes on.
struct ObjectTree: Sendable {
  private(set) var root: TreeNode?

  init() {}

  private init(root: TreeNode?) { self.root = root }

  var count: Int { root?.count ?? 0 }

  /// The object of that key.
  subscript(key: ObjectKey) -> StoredObject? {
    guard var node = root else { return nil }
    while !node.isLeaf { node = node.children[node.indexOfChild(for: key)] }
    let at = node.objects.partitionPoint { $0.key < key }
    return at < node.objects.count && node.objects[at].key == key ? node.objects[at] : nil
  }

  /// The tree with the object added, or put in the place of the one of the same key.
  func setting(_ object: StoredObject) -> ObjectTree {
    guard let root else { return ObjectTree(root: TreeNode(objects: [object])) }
    let (left, right) = root.setting(object)
    return ObjectTree(root: right.map { TreeNode(children: [left, $0]) } ?? left)
  }

  /// The tree without the object of that key.
  func removing(_ key: ObjectKey) -> ObjectTree {
    var root = root?.removing(key)
    while let only = root, only.children.count == 1 { root = only.children[0] }
    return ObjectTree(root: root)
  }

  /// The number of objects whose key passes the test, which must hold for a leading part of the order and
  /// for nothing behind it. O(log n).
  func rank(where isBefore: (ObjectKey) -> Bool) -> Int {
    var rank = 0
    var next = root
    while let node = next {
      guard !node.isLeaf else { return rank + node.objects.partitionPoint { isBefore($0.key) } }
      let at = node.children.partitionPoint { isBefore($0.first) } - 1
      if at < 0 { return rank }
      for child in node.children[..<at] { rank += child.count }
      next = node.children[at]
    }
    return rank
  }

  /// The positions of a namespace's objects; of all objects for nil.
  func range(namespace: String?) -> Range<Int> {
    guard let namespace else { return 0..<count }
    let start = ObjectKey(namespace: namespace, name: "")
    let lower = rank { $0 < start }
    let upper = rank { $0 < start || $0.namespace.utf8.elementsEqual(namespace.utf8) }
    return lower..<upper
  }

  /// Goes through the objects at those positions.
  func iterator(_ range: Range<Int>) -> Iterator { Iterator(self, range) }

  struct Iterator: IteratorProtocol, Sendable {
    /// The inner nodes above the leaf, each with the position of the child that is being visited.
    private var path: [(node: TreeNode, at: Int)] = []
    private var leaf: [StoredObject] = []
    private var at = 0
    private var remaining: Int

    fileprivate init(_ tree: ObjectTree, _ range: Range<Int>) {
      let bounds = range.clamped(to: 0..<tree.count)
      remaining = bounds.count
      guard remaining > 0, var node = tree.root else { return }
      var skip = bounds.lowerBound
      while !node.isLeaf {
        var child = 0
        while skip >= node.children[child].count {
          skip -= node.children[child].count
          child += 1
        }
        path.append((node, child))
        node = node.children[child]
      }
      leaf = node.objects
      at = skip
    }

    mutating func next() -> StoredObject? {
      guard remaining > 0 else { return nil }
      if at == leaf.count { nextLeaf() }
      remaining -= 1
      defer { at += 1 }
      return leaf[at]
    }

    /// Moves to the first object of the following leaf, which is there because objects remain.
    private mutating func nextLeaf() {
      while let last = path.popLast() {
        guard last.at + 1 < last.node.children.count else { continue }
        path.append((last.node, last.at + 1))
        var node = last.node.children[last.at + 1]
        while !node.isLeaf {
          path.append((node, 0))
          node = node.children[0]
        }
        leaf = node.objects
        at = 0
        return
      }
    }
  }
}
