import Values

/// A set of fields of an object, each named by the path that leads to it
/// (sigs.k8s.io/structured-merge-diff, fieldpath.Set).
///
/// It is a tree: `members` are the fields of this level that belong to the set, `children` lead to fields
/// further in. A field may be both. Both lists are sorted and free of doubles; no child is empty.
public struct FieldSet: Sendable, Hashable {
  struct Child: Sendable, Hashable {
    var element: PathElement
    var set: FieldSet
  }

  private(set) var members: [PathElement] = []
  private(set) var children: [Child] = []

  public init() {}

  /// The set of those paths; an empty path names no field.
  public init(paths: some Sequence<[PathElement]>) {
    for path in paths { insert(path) }
  }

  /// The set of fields of one level and further in, in any order and with doubles.
  init(members: [PathElement], children: [Child]) {
    self.members = Self.sorted(members, by: { $0 }) { _, _ in }
    self.children = Self.sorted(children.filter { !$0.set.isEmpty }, by: \.element) { first, second in
      first.set = first.set.union(second.set)
    }
  }

  /// The set of what is already sorted and free of doubles.
  init(sortedMembers members: [PathElement], sortedChildren children: [Child]) {
    self.members = members
    self.children = children
  }

  private static func sorted<T>(
    _ list: [T], by element: (T) -> PathElement, merge: (inout T, T) -> Void
  ) -> [T] {
    func isSorted(_ list: [T]) -> Bool {
      zip(list, list.dropFirst()).allSatisfy { element($0) < element($1) }
    }
    if list.count < 2 || isSorted(list) { return list }
    var result: [T] = []
    result.reserveCapacity(list.count)
    for one in list.sorted(by: { element($0) < element($1) }) {
      if let last = result.last, element(last) == element(one) {
        merge(&result[result.count - 1], one)
      } else {
        result.append(one)
      }
    }
    return result
  }

  /// Adds the field at the path, and none of the fields on the way.
  public mutating func insert(_ path: some Collection<PathElement>) {
    guard let first = path.first else { return }
    if path.count == 1 {
      let place = Self.search(members, first, by: { $0 })
      if !place.found { members.insert(first, at: place.index) }
      return
    }
    let place = Self.search(children, first, by: \.element)
    if !place.found { children.insert(Child(element: first, set: FieldSet()), at: place.index) }
    children[place.index].set.insert(path.dropFirst())
  }

  public var isEmpty: Bool { members.isEmpty && children.isEmpty }

  /// How many fields belong to the set.
  public var count: Int { children.reduce(members.count) { $0 + $1.set.count } }

  /// Whether the field at the path belongs to the set.
  public func has(_ path: some Collection<PathElement>) -> Bool {
    guard let first = path.first else { return false }
    if path.count == 1 { return hasMember(first) }
    return child(first)?.has(path.dropFirst()) ?? false
  }

  func hasMember(_ element: PathElement) -> Bool { Self.search(members, element, by: { $0 }).found }

  /// The fields below the element, their paths without it; nil where there are none.
  func child(_ element: PathElement) -> FieldSet? {
    let place = Self.search(children, element, by: \.element)
    return place.found ? children[place.index].set : nil
  }

  private static func search<T>(
    _ list: [T], _ wanted: PathElement, by element: (T) -> PathElement
  ) -> (index: Int, found: Bool) {
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      let order = PathElement.compare(element(list[middle]), wanted)
      if order == 0 { return (middle, true) }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return (low, false)
  }

  /// The paths of all fields: those of a level before those further in, each level sorted.
  public var paths: [[PathElement]] {
    var paths: [[PathElement]] = []
    var prefix: [PathElement] = []
    collect(&paths, prefix: &prefix)
    return paths
  }

  private func collect(_ paths: inout [[PathElement]], prefix: inout [PathElement]) {
    for member in members { paths.append(prefix + [member]) }
    for child in children {
      prefix.append(child.element)
      child.set.collect(&paths, prefix: &prefix)
      prefix.removeLast()
    }
  }
}

extension FieldSet: CustomStringConvertible {
  /// One path a line.
  public var description: String { paths.map(Self.text).joined(separator: "\n") }

  /// A path as conflicts print it: `.spec.ports[port=80,protocol="TCP"].name`.
  public static func text(_ path: [PathElement]) -> String { path.map(\.description).joined() }
}
