/// A node of ``ObjectTree``: a leaf of objects or an inner node of nodes, in key order. Nodes never change;
/// an edit makes new ones along one path and shares all others. A node is never empty.
final class TreeNode: Sendable {
  /// The most entries of a node, and the fewest but for the root and its only child.
  static let capacity = 64
  static let minimum = 16

  /// The least key beneath.
  let first: ObjectKey
  /// The objects beneath.
  let count: Int
  /// Of a leaf.
  let objects: [StoredObject]
  /// Of an inner node.
  let children: [TreeNode]

  var isLeaf: Bool { children.isEmpty }
  var size: Int { isLeaf ? objects.count : children.count }

  init(objects: [StoredObject]) {
    first = objects[0].key
    count = objects.count
    self.objects = objects
    children = []
  }

  init(children: [TreeNode]) {
    first = children[0].first
    count = children.reduce(0) { $0 + $1.count }
    objects = []
    self.children = children
  }

  /// The node with the object added, or put in the place of the one of the same key. A node that would
  /// be too large becomes two.
  func setting(_ object: StoredObject) -> (TreeNode, TreeNode?) {
    if isLeaf {
      let at = objects.partitionPoint { $0.key < object.key }
      var list = objects
      if at < list.count, list[at].key == object.key {
        list[at] = object
      } else {
        list.insert(object, at: at)
      }
      return Self.leaves(list)
    }
    let at = indexOfChild(for: object.key)
    let (left, right) = children[at].setting(object)
    var list = children
    list[at] = left
    if let right { list.insert(right, at: at + 1) }
    return Self.inners(list)
  }

  /// The node without the object of that key; nil if nothing is left.
  func removing(_ key: ObjectKey) -> TreeNode? {
    if isLeaf {
      let at = objects.partitionPoint { $0.key < key }
      guard at < objects.count, objects[at].key == key else { return self }
      if objects.count == 1 { return nil }
      var list = objects
      list.remove(at: at)
      return TreeNode(objects: list)
    }
    let at = indexOfChild(for: key)
    var list = children
    if let child = children[at].removing(key) {
      if child === children[at] { return self }
      list[at] = child
      if child.size < Self.minimum { Self.mend(&list, at: at) }
    } else {
      list.remove(at: at)
    }
    return list.isEmpty ? nil : TreeNode(children: list)
  }

  /// The child in whose range the key falls.
  func indexOfChild(for key: ObjectKey) -> Int {
    max(0, children.partitionPoint { $0.first <= key } - 1)
  }

  /// Joins a child that became too small with a neighbour, or shares the neighbour's entries with it.
  private static func mend(_ list: inout [TreeNode], at index: Int) {
    guard list.count > 1 else { return }
    let left = index > 0 ? index - 1 : index
    let (a, b) = (list[left], list[left + 1])
    let (one, other) = a.isLeaf ? leaves(a.objects + b.objects) : inners(a.children + b.children)
    list.replaceSubrange(left...left + 1, with: other.map { [one, $0] } ?? [one])
  }

  private static func leaves(_ list: [StoredObject]) -> (TreeNode, TreeNode?) {
    guard list.count > capacity else { return (TreeNode(objects: list), nil) }
    let half = list.count / 2
    return (TreeNode(objects: Array(list[..<half])), TreeNode(objects: Array(list[half...])))
  }

  private static func inners(_ list: [TreeNode]) -> (TreeNode, TreeNode?) {
    guard list.count > capacity else { return (TreeNode(children: list), nil) }
    let half = list.count / 2
    return (TreeNode(children: Array(list[..<half])), TreeNode(children: Array(list[half...])))
  }
}

extension Array {
  /// The number of leading elements for which the test holds, where it holds for no later one: by halving.
  func partitionPoint(_ isBefore: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
