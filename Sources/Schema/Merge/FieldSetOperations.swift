/// Set operations, each one pass over both trees.
extension FieldSet {
  /// The fields of either.
  public func union(_ other: FieldSet) -> FieldSet {
    if other.isEmpty { return self }
    if isEmpty { return other }
    return FieldSet(
      sortedMembers: Self.zip(
        members, other.members, by: { $0 }, left: { $0 }, right: { $0 }, both: { a, _ in a }),
      sortedChildren: Self.zip(
        children, other.children, by: \.element, left: { $0 }, right: { $0 },
        both: { Child(element: $0.element, set: $0.set.union($1.set)) }))
  }

  /// The fields of both.
  public func intersection(_ other: FieldSet) -> FieldSet {
    if isEmpty || other.isEmpty { return FieldSet() }
    return FieldSet(
      sortedMembers: Self.zip(
        members, other.members, by: { $0 }, left: { _ in nil }, right: { _ in nil }, both: { a, _ in a }),
      sortedChildren: Self.zip(
        children, other.children, by: \.element, left: { _ in nil }, right: { _ in nil },
        both: { Self.child($0.element, $0.set.intersection($1.set)) }))
  }

  /// The fields of this set that are not in the other.
  public func difference(_ other: FieldSet) -> FieldSet {
    if isEmpty || other.isEmpty { return self }
    return FieldSet(
      sortedMembers: membersMissing(in: other),
      sortedChildren: Self.zip(
        children, other.children, by: \.element, left: { $0 }, right: { _ in nil },
        both: { Self.child($0.element, $0.set.difference($1.set)) }))
  }

  /// The fields of this set that are neither in the other nor below a field of the other.
  public func recursiveDifference(_ other: FieldSet) -> FieldSet {
    if isEmpty || other.isEmpty { return self }
    return FieldSet(
      sortedMembers: membersMissing(in: other),
      sortedChildren: Self.zip(
        children, other.children, by: \.element,
        left: { other.hasMember($0.element) ? nil : $0 }, right: { _ in nil },
        both: {
          other.hasMember($0.element) ? nil : Self.child($0.element, $0.set.recursiveDifference($1.set))
        }))
  }

  /// The fields that have no fields of the set below them.
  public var leaves: FieldSet {
    FieldSet(
      sortedMembers: Self.zip(
        members, children.map(\.element), by: { $0 }, left: { $0 }, right: { _ in nil }, both: { _, _ in nil }
      ),
      sortedChildren: children.map { Child(element: $0.element, set: $0.set.leaves) })
  }

  private func membersMissing(in other: FieldSet) -> [PathElement] {
    Self.zip(members, other.members, by: { $0 }, left: { $0 }, right: { _ in nil }, both: { _, _ in nil })
  }

  private static func child(_ element: PathElement, _ set: FieldSet) -> Child? {
    set.isEmpty ? nil : Child(element: element, set: set)
  }

  /// Goes through two sorted lists together and keeps what the functions make of each element.
  private static func zip<T>(
    _ a: [T], _ b: [T], by element: (T) -> PathElement,
    left: (T) -> T?, right: (T) -> T?, both: (T, T) -> T?
  ) -> [T] {
    var result: [T] = []
    result.reserveCapacity(max(a.count, b.count))
    var i = 0
    var j = 0
    while i < a.count || j < b.count {
      let order =
        i == a.count ? 1 : (j == b.count ? -1 : PathElement.compare(element(a[i]), element(b[j])))
      let kept: T?
      if order < 0 {
        kept = left(a[i])
      } else if order > 0 {
        kept = right(b[j])
      } else {
        kept = both(a[i], b[j])
      }
      if order <= 0 { i += 1 }
      if order >= 0 { j += 1 }
      if let kept { result.append(kept) }
    }
    return result
  }
}
