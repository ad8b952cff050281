import Values

extension TypedValue {
  /// Every field that the value mentions: leaves, items and map entries, and objects that are empty.
  /// What an applier that sends the value owns.
  public var fieldSet: FieldSet { Self.fields(of: value, type).below }

  /// The fields below a value, and whether the value itself is one: a scalar or merged as one piece.
  private static func fields(of value: Value, _ type: FieldType) -> (isLeaf: Bool, below: FieldSet) {
    switch MergeShape(type, of: value) {
    case .scalar: return (true, FieldSet())
    case .list(let element, let listType):
      if listType == .atomic { return (true, FieldSet()) }
      guard case .array(let items) = value else { return (false, FieldSet()) }
      return (false, fields(of: items, element, ListKeys(listType, element: element)))
    case .map(let map):
      if map.isAtomic { return (true, FieldSet()) }
      guard case .object(let object) = value else { return (false, FieldSet()) }
      return (false, fields(of: object, map))
    }
  }

  private static func fields(of object: Object, _ map: MergeMap) -> FieldSet {
    var members: [PathElement] = []
    var children: [FieldSet.Child] = []
    for (key, value) in object {
      let (isLeaf, below) = fields(of: value, map.type(of: key))
      let isEmpty = value.isNull || value.object?.isEmpty == true
      if isLeaf || isEmpty || !map.isField(key) { members.append(.field(key)) }
      if !below.isEmpty { children.append(FieldSet.Child(element: .field(key), set: below)) }
    }
    return FieldSet(members: members, children: children)
  }

  private static func fields(of items: [Value], _ type: FieldType, _ keys: ListKeys) -> FieldSet {
    var members: [PathElement] = []
    var children: [FieldSet.Child] = []
    var seen = Set<PathElement>()
    var doubles = Set<PathElement>()
    let elements = items.map { try? keys.element(of: $0) }
    for case let element? in elements where !seen.insert(element).inserted { doubles.insert(element) }
    for (item, element) in zip(items, elements) {
      guard let element else { continue }
      members.append(element)
      // Of an item that is there twice nobody owns the inside.
      if doubles.contains(element) { continue }
      let below = fields(of: item, type).below
      if !below.isEmpty { children.append(FieldSet.Child(element: element, set: below)) }
    }
    return FieldSet(members: members, children: children)
  }
}

extension FieldSet {
  /// The set with the declared fields on the way to its fields, so that `spec` is a member where
  /// `spec.replicas` is; items and map entries are left alone.
  func withNamedFields(of type: FieldType) -> FieldSet {
    let map: MergeMap? = if case .map(let map) = MergeShape(type, of: nil) { map } else { nil }
    let item: FieldType? = if case .list(let element, _) = MergeShape(type, of: nil) { element } else { nil }
    var members = members
    var children: [Child] = []
    children.reserveCapacity(self.children.count)
    for child in self.children {
      var type = FieldType(.any)
      switch child.element {
      case .field(let name):
        if map?.isField(name) == true { members.append(child.element) }
        type = map?.type(of: name) ?? type
      case .key: type = item ?? type
      case .value, .index: break
      }
      children.append(Child(element: child.element, set: child.set.withNamedFields(of: type)))
    }
    return FieldSet(
      sortedMembers: FieldSet(members: members, children: []).members, sortedChildren: children)
  }
}
