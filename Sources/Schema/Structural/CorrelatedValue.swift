import Values

/// A value and what it was before a change, with the schema that tells which parts belong together
/// (KEP-4008, CRD validation ratcheting).
public final class CorrelatedValue {
  private let value: Value
  private let old: Value
  private let schema: StructuralSchema
  /// The old elements of a list that is a map, by their keys.
  private lazy var elements = OldElements(old, schema)
  /// Whether nothing has changed. Members that the schema does not tell of count as changed; elements of a list
  /// that is a map may stand in another order.
  public private(set) lazy var isUnchanged: Bool = compare()

  /// - Parameter old: what the value was before.
  public init(_ value: Value, old: Value, _ schema: StructuralSchema) {
    self.value = value
    self.old = old
    self.schema = schema
  }

  /// The member of an object; nil where there was none before or the schema doesn't tell of it.
  public func key(_ key: String) -> CorrelatedValue? {
    guard let now = value.object?[key], let before = old.object?[key],
      let schema = schema.properties[key] ?? schema.entries
    else { return nil }
    return CorrelatedValue(now, old: before, schema)
  }

  /// The element of a list; nil where none of before belongs to it.
  public func index(_ index: Int) -> CorrelatedValue? {
    guard let list = value.array, list.indices.contains(index), let items = schema.items,
      let before = elements.counterpart(of: list[index], at: index)
    else { return nil }
    return CorrelatedValue(list[index], old: before, items)
  }

  private func compare() -> Bool {
    switch (value, old) {
    case (.array(let now), .array(let before)):
      guard now.count == before.count else { return false }
      for index in now.indices {
        guard let child = self.index(index) else { return schema.listType == "map" ? false : now == before }
        if !child.isUnchanged { return false }
      }
      return true
    case (.object(let now), .object(let before)):
      return now.count == before.count && now.keys.allSatisfy { key($0)?.isUnchanged ?? false }
    default: return value == old
    }
  }
}

/// The elements of a list before a change.
public struct OldElements {
  private let list: [Value]
  private let byKey: [Value: Value]
  private let keys: [String]
  private let listType: String

  /// - Parameter schema: of the list.
  public init(_ old: Value?, _ schema: StructuralSchema) {
    list = old?.array ?? []
    keys = schema.listMapKeys
    listType = schema.listType
    var byKey: [Value: Value] = [:]
    if listType == "map", !keys.isEmpty {
      for element in list {
        if let key = Self.key(element, keys), byKey[key] == nil { byKey[key] = element }
      }
    }
    self.byKey = byKey
  }

  /// The element of a list that is a map which has the same keys; nil for other lists.
  public func withKeys(of element: Value) -> Value? { Self.key(element, keys).flatMap { byKey[$0] } }

  /// The element that belongs to a new one: by its keys, or by its place where the list has no type.
  public func counterpart(of element: Value, at index: Int) -> Value? {
    switch listType {
    case "map": return withKeys(of: element)
    case "set", "atomic": return nil
    default:
      guard list.indices.contains(index), !list[index].isNull else { return nil }
      return list[index]
    }
  }

  /// All keys of an element; nil where one is missing or no scalar.
  private static func key(_ element: Value, _ keys: [String]) -> Value? {
    guard !keys.isEmpty, let members = element.object else { return nil }
    for key in keys {
      switch members[key] {
      case .bool, .int, .double, .string: continue
      default: return nil
      }
    }
    return ListKey.of(element, keys)
  }
}
