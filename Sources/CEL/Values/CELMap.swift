import Values

/// A map: entries, or a JSON object whose members are read when asked for.
public struct CELMap: Sendable {
  /// A JSON object with the shape that tells of its members.
  final class JSONMembers: Sendable {
    let members: Object
    let shape: any JSONShape

    init(_ members: Object, shape: any JSONShape) {
      self.members = members
      self.shape = shape
    }
  }

  enum Storage: Sendable {
    case entries([CELMapKey: CELValue])
    case json(JSONMembers)
  }

  var storage: Storage

  public init(_ entries: [CELMapKey: CELValue] = [:]) { storage = .entries(entries) }

  /// - Parameter shape: that of the object, whose ``JSONShape/member(_:)`` tells of any key.
  public init(_ members: Object, shape: any JSONShape) {
    storage = .json(JSONMembers(members, shape: shape))
  }

  public var count: Int {
    switch storage {
    case .entries(let entries): entries.count
    case .json(let json): json.members.count
    }
  }

  /// The value of a key, numbers of different types being the same key where they are equal.
  public subscript(key: CELValue) -> CELValue? {
    guard let key = CELMapKey(key) else { return nil }
    return self[key]
  }

  /// The value of a key.
  public subscript(key: CELMapKey) -> CELValue? {
    switch storage {
    case .entries(let entries): return entries[key]
    case .json(let json):
      guard case .string(let name) = key, let member = json.shape.member(name),
        let value = json.members[member.key]
      else { return nil }
      return member.shape.value(of: value)
    }
  }

  /// The keys: of a JSON object in its order, else sorted, so that evaluation gives the same every time.
  public var keys: [CELValue] {
    switch storage {
    case .entries(let entries): return entries.keys.sorted().map(\.value)
    case .json(let json):
      return json.members.keys.compactMap { json.shape.name(ofKey: $0).map(CELValue.string) }
    }
  }

  /// Sets an entry in place.
  mutating func insert(_ value: CELValue, forKey key: CELMapKey) {
    var entries = self.entries
    storage = .entries([:])  // so that the dictionary is uniquely referenced and changes in place
    entries[key] = value
    storage = .entries(entries)
  }

  /// All entries.
  public var entries: [CELMapKey: CELValue] {
    if case .entries(let entries) = storage { return entries }
    var entries: [CELMapKey: CELValue] = [:]
    for key in keys {
      if let mapKey = CELMapKey(key), let value = self[mapKey] { entries[mapKey] = value }
    }
    return entries
  }
}

extension CELMap: Equatable {
  public static func == (a: CELMap, b: CELMap) -> Bool { CELValue.map(a) == CELValue.map(b) }
}

/// A key of a map. Whole numbers are the same key whatever their type.
public enum CELMapKey: Sendable, Hashable, Comparable {
  case bool(Bool)
  case int(Int64)
  /// Above the range of `Int64`.
  case uint(UInt64)
  case string(String)

  /// Nil for values that can't be keys.
  public init?(_ value: CELValue) {
    switch value {
    case .bool(let v): self = .bool(v)
    case .int(let v): self = .int(v)
    case .uint(let v): self = Int64(exactly: v).map(CELMapKey.int) ?? .uint(v)
    case .double(let v):
      if let whole = Int64(exactly: v) {
        self = .int(whole)
      } else if let whole = UInt64(exactly: v) {
        self = .uint(whole)
      } else {
        return nil
      }
    case .string(let v): self = .string(v)
    default: return nil
    }
  }

  /// By type, then by value.
  public static func < (a: CELMapKey, b: CELMapKey) -> Bool {
    switch (a, b) {
    case (.bool(let a), .bool(let b)): !a && b
    case (.int(let a), .int(let b)): a < b
    case (.uint(let a), .uint(let b)): a < b
    case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
    default: a.rank < b.rank
    }
  }

  private var rank: Int {
    switch self {
    case .bool: 0
    case .int: 1
    case .uint: 2
    case .string: 3
    }
  }

  public var value: CELValue {
    switch self {
    case .bool(let v): .bool(v)
    case .int(let v): .int(v)
    case .uint(let v): .uint(v)
    case .string(let v): .string(v)
    }
  }
}
