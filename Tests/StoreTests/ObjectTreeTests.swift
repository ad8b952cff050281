import Testing
import Values

@testable import Store

/// The tree against a sorted array.
@Suite struct ObjectTreeTests {
  private func object(_ key: ObjectKey, _ revision: UInt64) -> StoredObject {
    StoredObject(key: key, value: .null, bytes: [], revision: revision)
  }

  /// Checks order, fill and counts beneath the node and gives its height.
  @discardableResult
  private func check(_ node: TreeNode, isRoot: Bool = true) -> Int {
    #expect(node.size <= TreeNode.capacity)
    #expect(isRoot || node.size >= TreeNode.minimum)
    if node.isLeaf {
      #expect(node.count == node.objects.count)
      #expect(node.first == node.objects[0].key)
      return 1
    }
    #expect(node.size > 1)
    #expect(node.count == node.children.reduce(0) { $0 + $1.count })
    #expect(node.first == node.children[0].first)
    let heights = Set(node.children.map { check($0, isRoot: false) })
    #expect(heights.count == 1)
    return (heights.first ?? 0) + 1
  }

  @Test(arguments: [1, 2, 3]) func agreesWithASortedArray(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var tree = ObjectTree()
    var model: [StoredObject] = []
    var earlier: [(ObjectTree, [StoredObject])] = []
    for step in 0..<6000 {
      // It grows at first, then shrinks to nothing.
      let adds = Int.random(in: 0..<100, using: &random) < (step < 3000 ? 75 : 20)
      let key = key(
        ["a", "a-b", "b", ""].randomElement(using: &random)!, "n\(Int.random(in: 0..<900, using: &random))")
      let at = model.partitionPoint { $0.key < key }
      let found = at < model.count && model[at].key == key
      #expect(tree[key]?.revision == (found ? model[at].revision : nil))
      if adds {
        let new = object(key, UInt64(step))
        tree = tree.setting(new)
        if found { model[at] = new } else { model.insert(new, at: at) }
      } else {
        let victim = Bool.random(using: &random) ? key : model.randomElement(using: &random)?.key ?? key
        tree = tree.removing(victim)
        model.removeAll { $0.key == victim }
      }
      #expect(tree.count == model.count)
      if step % 150 == 0 {
        earlier.append((tree, model))
        if let root = tree.root { check(root) }
      }
    }
    earlier.append((tree, model))
    // No tree was changed by what came after it.
    for (tree, model) in earlier {
      var all = tree.iterator(0..<tree.count)
      for expected in model { #expect(all.next() === expected) }
      #expect(all.next() == nil)
      for namespace in ["a", "a-b", "b", "", "absent"] {
        let range = tree.range(namespace: namespace)
        let part = model.filter { $0.key.namespace == namespace }
        #expect(range.count == part.count)
        var iterator = tree.iterator(range)
        for expected in part { #expect(iterator.next() === expected) }
        #expect(iterator.next() == nil)
      }
      for _ in 0..<20 {
        let low = Int.random(in: 0...model.count, using: &random)
        let high = Int.random(in: low...model.count, using: &random)
        var iterator = tree.iterator(low..<high)
        for expected in model[low..<high] { #expect(iterator.next() === expected) }
        #expect(iterator.next() == nil)
        let pivot = key("a", "n\(Int.random(in: 0..<900, using: &random))")
        #expect(tree.rank { $0 < pivot } == model.partitionPoint { $0.key < pivot })
      }
    }
  }

  @Test func becomesEmptyAgain() {
    var tree = ObjectTree()
    let keys = (0..<5000).map { key("n", "p\($0)") }
    for key in keys { tree = tree.setting(object(key, 1)) }
    #expect(tree.count == 5000)
    for key in keys.reversed() { tree = tree.removing(key) }
    #expect(tree.count == 0)
    #expect(tree.root == nil)
    #expect(tree.removing(key("n", "p1")).root == nil)
  }

  @Test func anAbsentKeyChangesNothing() {
    let tree = ObjectTree().setting(object(key("n", "a"), 1))
    #expect(tree.removing(key("n", "b")).root === tree.root)
  }
}

@Suite struct ObjectKeyTests {
  @Test func theOrderIsThatOfTheStoragePath() {
    let keys = [
      key("a", "z"), key("a-b", "a"), key("a.b", "a"), key("ab", "a"), key("a", "a"), key("b", "a"),
    ]
    #expect(keys.sorted().map(\.description) == ["a-b/a", "a.b/a", "a/a", "a/z", "ab/a", "b/a"])
  }

  @Test func anEmptyNameIsTheLeastOfItsNamespace() {
    #expect(key("a", "") < key("a", "0"))
    #expect(key("", "a") < key("", "aa"))
  }

  @Test func bytesCountAndNotCharacters() {
    let composed = key("", "\u{E9}")
    let decomposed = key("", "e\u{301}")
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed, composed]).count == 2)
  }
}
