import Values

/// What changed between two values. No field is in more than one of the sets.
public struct FieldComparison: Sendable, Equatable {
  /// Fields that the second value has not.
  public var removed = FieldSet()
  /// Fields that both have, with different values.
  public var modified = FieldSet()
  /// Fields that the first value had not.
  public var added = FieldSet()

  public var isSame: Bool { removed.isEmpty && modified.isEmpty && added.isEmpty }

  /// The same with only the fields that the filter keeps.
  func filtered(_ filter: (FieldSet) -> FieldSet) -> FieldComparison {
    FieldComparison(removed: filter(removed), modified: filter(modified), added: filter(added))
  }
}

extension TypedValue {
  /// Compares the value with a later one of the same type. Items that have no key are passed over.
  public func compare(to later: TypedValue) -> FieldComparison {
    Comparer.compare(value, later.value, type).below
  }
}

private enum Comparer {
  /// What changed at a value itself and below it.
  struct Difference {
    var isRemoved = false
    var isModified = false
    var isAdded = false
    var below = FieldComparison()
  }

  /// The fields of one level, gathered unsorted.
  struct Level {
    private var members: [PathElement] = []
    private var children: [FieldSet.Child] = []

    mutating func add(_ element: PathElement) { members.append(element) }

    mutating func add(_ element: PathElement, _ isMember: Bool, _ below: FieldSet) {
      if isMember { members.append(element) }
      if !below.isEmpty { children.append(FieldSet.Child(element: element, set: below)) }
    }

    var set: FieldSet { FieldSet(members: members, children: children) }
  }

  struct Levels {
    var removed = Level()
    var modified = Level()
    var added = Level()

    mutating func add(_ element: PathElement, _ difference: Difference) {
      removed.add(element, difference.isRemoved, difference.below.removed)
      modified.add(element, difference.isModified, difference.below.modified)
      added.add(element, difference.isAdded, difference.below.added)
    }

    var comparison: FieldComparison {
      FieldComparison(removed: removed.set, modified: modified.set, added: added.set)
    }
  }

  /// At most one of the values is nil.
  static func compare(_ old: Value?, _ new: Value?, _ type: FieldType) -> Difference {
    let shapeOfOld = MergeShape(type, of: old)
    let shapeOfNew = MergeShape(type, of: new)
    guard let new else { return compare(old, nil, shapeOfOld) }
    if old == nil || shapeOfOld.kind == shapeOfNew.kind { return compare(old, new, shapeOfNew) }
    // A value of another kind took the place: what was below is gone, what is below is new.
    let first = compare(old, new, shapeOfOld)
    let second = compare(old, new, shapeOfNew)
    return Difference(
      isRemoved: first.isRemoved || second.isRemoved, isModified: first.isModified || second.isModified,
      isAdded: first.isAdded || second.isAdded,
      below: FieldComparison(
        removed: first.below.removed.union(second.below.removed),
        modified: first.below.modified.union(second.below.modified),
        added: first.below.added.union(second.below.added)))
  }

  private static func compare(_ old: Value?, _ new: Value?, _ shape: MergeShape) -> Difference {
    switch shape {
    case .scalar: return leaf(old, new)
    case .list(let element, let listType):
      let (before, after) = (old?.array ?? [], new?.array ?? [])
      // Where both are empty or null, the difference of the two is one of the list itself.
      if listType == .atomic || before.isEmpty && after.isEmpty { return leaf(old, new) }
      let keys = ListKeys(listType, element: element)
      return Difference(
        isRemoved: new == nil, isAdded: old == nil, below: items(before, after, element, keys))
    case .map(let map):
      let (before, after) = (old?.object ?? Object(), new?.object ?? Object())
      if map.isAtomic || before.isEmpty && after.isEmpty { return leaf(old, new) }
      return Difference(isRemoved: new == nil, isAdded: old == nil, below: members(before, after, map))
    }
  }

  private static func leaf(_ old: Value?, _ new: Value?) -> Difference {
    guard let old else { return Difference(isAdded: true) }
    guard let new else { return Difference(isRemoved: true) }
    return Difference(isModified: !ValueOrder.isEqual(old, new))
  }

  private static func members(_ old: Object, _ new: Object, _ map: MergeMap) -> FieldComparison {
    var levels = Levels()
    for (key, before) in old {
      levels.add(.field(key), compare(before, new[key], map.type(of: key)))
    }
    for (key, after) in new where !old.contains(key) {
      levels.add(.field(key), compare(nil, after, map.type(of: key)))
    }
    return levels.comparison
  }

  private static func items(
    _ old: [Value], _ new: [Value], _ type: FieldType, _ keys: ListKeys
  ) -> FieldComparison {
    var levels = Levels()
    let (elements, before, after) = index(old, new, keys)
    for element in elements {
      let (lefts, rights) = (before[element] ?? [], after[element] ?? [])
      switch (lefts.count, rights.count) {
      case (0...1, 0...1):
        levels.add(element, compare(lefts.first, rights.first, type))
      case (2..., 2...):
        if !ValueOrder.isEqual(.array(lefts), .array(rights)) { levels.modified.add(element) }
      case (2..., _):
        // No longer there twice: the item that stays is as new, the mark of the doubles goes.
        if let stays = rights.first {
          levels.add(element, compare(nil, stays, type))
        }
        levels.removed.add(element)
      default:
        if let stayed = lefts.first {
          levels.add(element, compare(stayed, nil, type))
        }
        levels.added.add(element)
      }
    }
    return levels.comparison
  }

  /// The items of both lists by their path elements, and each path element once.
  private static func index(
    _ old: [Value], _ new: [Value], _ keys: ListKeys
  ) -> ([PathElement], [PathElement: [Value]], [PathElement: [Value]]) {
    var elements: [PathElement] = []
    func gather(_ items: [Value], except known: [PathElement: [Value]]) -> [PathElement: [Value]] {
      var found: [PathElement: [Value]] = [:]
      found.reserveCapacity(items.count)
      for item in items {
        guard let element = try? keys.element(of: item) else { continue }
        if found[element] == nil, known[element] == nil { elements.append(element) }
        found[element, default: []].append(item)
      }
      return found
    }
    let before = gather(old, except: [:])
    let after = gather(new, except: before)
    return (elements, before, after)
  }
}
