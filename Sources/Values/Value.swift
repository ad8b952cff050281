/// A JSON value: what a request body, a stored object or a configuration file is made of.
///
/// Integers stay exact in the range of `Int64`; every other number is a `Double`. Two values are equal
/// when their trees are: the order of an object's keys does not count, `1` and `1.0` differ.
public enum Value: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case string(String)
  case array([Value])
  case object(Object)
}

// MARK: - Reading

extension Value {
  public var isNull: Bool { if case .null = self { true } else { false } }
  public var bool: Bool? { if case .bool(let v) = self { v } else { nil } }
  public var int: Int64? { if case .int(let v) = self { v } else { nil } }
  public var string: String? { if case .string(let v) = self { v } else { nil } }
  public var array: [Value]? { if case .array(let v) = self { v } else { nil } }
  public var object: Object? { if case .object(let v) = self { v } else { nil } }

  /// The number, whether it was written as an integer or with a fraction.
  public var number: Double? {
    switch self {
    case .int(let v): Double(v)
    case .double(let v): v
    default: nil
    }
  }

  /// The strings of an array; elements that are not strings are left out. Empty for anything else.
  public var strings: [String] { array?.compactMap(\.string) ?? [] }

  /// The child of an object, or nil. Assigning nil removes the key; assigning to a value that is not
  /// an object replaces it by an object.
  public subscript(key: String) -> Value? {
    get { if case .object(let o) = self { o[key] } else { nil } }
    set { mutateObject { $0[key] = newValue } }
    _modify {
      var child = take(key)
      defer { if child != nil || object != nil { mutateObject { $0[key] = child } } }
      yield &child
    }
  }

  /// The value at a path of object keys, or nil where a step is missing.
  public subscript(path first: String, rest: String...) -> Value? {
    var here = self[first]
    for key in rest { here = here?[key] }
    return here
  }

  /// Changes the value's object in place; a value of another kind is first replaced by an empty object.
  public mutating func mutateObject<R>(_ change: (inout Object) throws -> R) rethrows -> R {
    var object = Object()
    if case .object(let existing) = self { object = existing }
    self = .null  // keeps the storage uniquely referenced, so that the change is made in place
    defer { self = .object(object) }
    return try change(&object)
  }

  /// Changes the value's array in place; a value of another kind is first replaced by an empty array.
  public mutating func mutateArray<R>(_ change: (inout [Value]) throws -> R) rethrows -> R {
    var array: [Value] = []
    if case .array(let existing) = self { array = existing }
    self = .null
    defer { self = .array(array) }
    return try change(&array)
  }

  /// Sets the value at a path of object keys, making the objects on the way. Nil removes the last key.
  public mutating func set(_ value: Value?, at path: [String]) {
    guard let key = path.first else {
      self = value ?? .null
      return
    }
    if path.count == 1 {
      if value == nil, object == nil { return }
      self[key] = value
      return
    }
    if value == nil, self[key] == nil { return }
    var child = take(key) ?? .object([:])
    child.set(value, at: Array(path.dropFirst()))
    self[key] = child
  }

  private mutating func take(_ key: String) -> Value? {
    guard case .object = self else { return nil }
    return mutateObject { object in
      guard let value = object[key] else { return nil }
      object[key] = .null
      return value
    }
  }
}

// MARK: - Literals

// There is no nil literal: in a place for an optional value it would be taken for JSON's null.
extension Value: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: Value...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, Value)...) { self = .object(Object(elements)) }

  /// An array of strings.
  public init(_ strings: some Sequence<String>) { self = .array(strings.map(Value.string)) }
}
