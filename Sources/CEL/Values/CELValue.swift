import Values

/// A value of an expression.
///
/// JSON trees are wrapped, not converted: a ``CELList``, ``CELMap`` or ``CELObject`` holds the tree and reads
/// an element when an expression asks for it.
public enum CELValue: Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case uint(UInt64)
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case timestamp(Timestamp)
  case duration(CELDuration)
  case list(CELList)
  case map(CELMap)
  case type(CELType)
  case optional(CELOptional)
  /// A declared object or an opaque value of a library.
  case object(any CELObject)
}

extension CELValue {
  /// The type, as far as the value knows it: lists and maps are of `dyn`.
  public var type: CELType {
    switch self {
    case .null: .null
    case .bool: .bool
    case .int: .int
    case .uint: .uint
    case .double: .double
    case .string: .string
    case .bytes: .bytes
    case .timestamp: .timestamp
    case .duration: .duration
    case .list: .list(.dyn)
    case .map: .map(.dyn, .dyn)
    case .type: .type(nil)
    case .optional: .optional(.dyn)
    case .object(let object): object.type
    }
  }

  public var bool: Bool? { if case .bool(let v) = self { v } else { nil } }
  public var int: Int64? { if case .int(let v) = self { v } else { nil } }
  public var string: String? { if case .string(let v) = self { v } else { nil } }
  public var list: CELList? { if case .list(let v) = self { v } else { nil } }
  public var map: CELMap? { if case .map(let v) = self { v } else { nil } }
  public var object: (any CELObject)? { if case .object(let v) = self { v } else { nil } }

  /// What `size()` gives: Unicode code points, bytes, elements or entries; nil where a value has no size.
  public var size: UInt64? {
    switch self {
    case .string(let text): UInt64(text.unicodeScalars.count)
    case .bytes(let bytes): UInt64(bytes.count)
    case .list(let list): UInt64(list.count)
    case .map(let map): UInt64(map.count)
    case .object(let object): object.size
    default: nil
    }
  }

  /// The size that costs are reckoned with: that of `size()`, or 1.
  public var costSize: UInt64 { size ?? 1 }

  /// An optional holding the value.
  public static func some(_ value: CELValue) -> CELValue { .optional(CELOptional(value)) }
  /// The optional that holds nothing.
  public static let none = CELValue.optional(CELOptional(nil))

  /// A list of values.
  public static func values(_ elements: [CELValue]) -> CELValue { .list(CELList(elements)) }
}

/// A value or nothing (the optional types of cel-go).
public final class CELOptional: Sendable {
  public let value: CELValue?

  public init(_ value: CELValue?) { self.value = value }
}

/// A length of time in nanoseconds, at most 292 years either way, as Go's time.Duration.
public struct CELDuration: Sendable, Hashable, Comparable {
  public let nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static func < (a: CELDuration, b: CELDuration) -> Bool { a.nanoseconds < b.nanoseconds }
}

/// A value that the language itself knows nothing of: an object with declared fields, or an opaque value of
/// a library, such as a quantity.
public protocol CELObject: AnyObject, Sendable {
  /// Its type: ``CELType/object(_:)`` or ``CELType/opaque(_:_:)``.
  var type: CELType { get }

  /// The field of that name.
  /// - Throws: where there is no such field, or it has no value.
  func field(_ name: String) throws(CELError) -> CELValue

  /// Whether the field has a value, which is what `has()` asks.
  func hasField(_ name: String) throws(CELError) -> Bool

  /// Whether both are the same to `==`.
  func isEqual(to other: CELValue) -> Bool

  /// What costs are reckoned with; nil counts as 1.
  var size: UInt64? { get }

  /// What `==` costs where the object is on its left; nil for what the sizes of both make it.
  var equalityCost: UInt64? { get }

  /// The JSON value that the object stands for, if it stands for one.
  var json: Value? { get }

  /// The object itself where it is one of a JSON tree, so that its members can be read without values made
  /// of them. Only ``JSONStructure`` has it.
  var structure: JSONStructure? { get }
}

extension CELObject {
  public func field(_ name: String) throws(CELError) -> CELValue { throw .noSuchOverload }
  public func hasField(_ name: String) throws(CELError) -> Bool { throw .noSuchOverload }
  public var size: UInt64? { nil }
  public var equalityCost: UInt64? { nil }
  public var json: Value? { nil }
  public var structure: JSONStructure? { nil }
}
