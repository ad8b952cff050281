import Values

extension TypedValue {
  /// The value without the fields and items of the set. Null stands where nothing was left of an object
  /// or list.
  public func removing(_ set: FieldSet) -> TypedValue {
    if set.isEmpty { return self }
    return TypedValue(Self.remove(set, from: value, type), type: type)
  }

  /// The value with only the fields and items of the set; lists and maps that are merged as one piece
  /// come whole.
  public func extracting(_ set: FieldSet) -> TypedValue {
    TypedValue(Self.extract(set, from: value, type), type: type)
  }

  private static func remove(_ set: FieldSet, from value: Value, _ type: FieldType) -> Value {
    switch (MergeShape(type, of: value), value) {
    case (.list(let element, let listType), .array(let items)):
      if listType == .atomic { return .null }
      let keys = ListKeys(listType, element: element)
      var left: [Value] = []
      for item in items {
        guard let key = try? keys.element(of: item) else {
          left.append(item)
          continue
        }
        if set.hasMember(key) { continue }
        left.append(set.child(key).map { remove($0, from: item, element) } ?? item)
      }
      return left.isEmpty ? .null : .array(left)
    case (.map(let map), .object(let object)):
      if map.isAtomic { return .null }
      var left = Object(minimumCapacity: object.count)
      for (key, value) in object {
        let element = PathElement.field(key)
        if set.hasMember(element) { continue }
        left[key] = set.child(element).map { remove($0, from: value, map.type(of: key)) } ?? value
      }
      return left.isEmpty ? .null : .object(left)
    case (.scalar, _): return value
    default: return .null
    }
  }

  private static func extract(_ set: FieldSet, from value: Value, _ type: FieldType) -> Value {
    switch (MergeShape(type, of: value), value) {
    case (.list(let element, let listType), .array(let items)):
      if listType == .atomic { return value }
      let keys = ListKeys(listType, element: element)
      let left: [Value] = items.compactMap { item in
        guard let key = try? keys.element(of: item) else { return nil }
        return kept(key, of: set, from: item, element)
      }
      return left.isEmpty ? .null : .array(left)
    case (.map(let map), .object(let object)):
      if map.isAtomic { return value }
      var left = Object()
      for (key, value) in object {
        left[key] = kept(.field(key), of: set, from: value, map.type(of: key))
      }
      return left.isEmpty ? .null : .object(left)
    case (.scalar, _): return value
    default: return .null
    }
  }

  private static func kept(
    _ element: PathElement, of set: FieldSet, from value: Value, _ type: FieldType
  ) -> Value? {
    guard let below = set.child(element) ?? (set.hasMember(element) ? FieldSet() : nil) else { return nil }
    return extract(below, from: value, type)
  }
}
