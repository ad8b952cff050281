import Values

/// What a place in a JSON tree is to expressions: the shape that a schema gives it.
///
/// A shape is asked for each value that an expression reads, never for a whole tree.
public protocol JSONShape: AnyObject, Sendable {
  /// The type that expressions see, as far as the shape knows.
  var type: CELType { get }

  /// The value that expressions see.
  func value(of json: Value) -> CELValue

  /// Where a member of an object is found.
  /// - Parameter name: the member's name in an expression.
  /// - Returns: its key in the JSON object and the shape of what is there; nil where the shape has no such
  ///   member.
  func member(_ name: String) -> JSONMember?

  /// The name in expressions of a member of an object; nil where expressions can't see it.
  func name(ofKey key: String) -> String?

  /// The shape of an array's elements.
  var items: any JSONShape { get }

  /// Whether members that are null count as absent.
  var hidesNulls: Bool { get }
}

extension JSONShape {
  public var hidesNulls: Bool { false }

  /// A member of an object as expressions find it.
  @inline(__always)
  func found(_ member: JSONMember, in members: Object) -> Value? {
    guard let value = members[member.key], !(hidesNulls && value.isNull) else { return nil }
    return value
  }
}

/// A member of a JSON object, as a ``JSONShape`` tells.
public struct JSONMember: Sendable {
  public let key: String
  public let shape: any JSONShape

  public init(key: String, shape: any JSONShape) {
    self.key = key
    self.shape = shape
  }
}

/// The shape of a tree without a schema: numbers are ints or doubles as they were written, objects are maps.
public final class UntypedJSON: JSONShape {
  public static let shared = UntypedJSON()

  private init() {}

  public var type: CELType { .dyn }
  public var items: any JSONShape { self }

  public func member(_ name: String) -> JSONMember? { JSONMember(key: name, shape: self) }
  public func name(ofKey key: String) -> String? { key }

  public func value(of json: Value) -> CELValue {
    switch json {
    case .null: .null
    case .bool(let v): .bool(v)
    case .int(let v): .int(v)
    case .double(let v): .double(v)
    case .string(let v): .string(v)
    case .array(let elements): .list(CELList(elements, shape: self))
    case .object(let members): .map(CELMap(members, shape: self))
    }
  }
}

extension CELValue {
  /// A JSON value, read as its shape says.
  public init(_ json: Value, shape: any JSONShape = UntypedJSON.shared) { self = shape.value(of: json) }
}

/// An object of a schema: its fields are declared, and its members are read when asked for.
public final class JSONStructure: CELObject {
  public let members: Object
  public let shape: any JSONShape

  /// - Parameter shape: gives the type, which should be ``CELType/object(_:)``.
  public init(_ members: Object, shape: any JSONShape) {
    self.members = members
    self.shape = shape
  }

  public var type: CELType { shape.type }
  public var size: UInt64? { UInt64(members.count) }
  public var json: Value? { .object(members) }
  public var structure: JSONStructure? { self }

  public func field(_ name: String) throws(CELError) -> CELValue {
    guard let member = shape.member(name), let value = shape.found(member, in: members) else {
      throw .noSuchKey(name)
    }
    return member.shape.value(of: value)
  }

  public func hasField(_ name: String) throws(CELError) -> Bool {
    guard let member = shape.member(name) else { return false }
    return shape.found(member, in: members) != nil
  }

  public func isEqual(to other: CELValue) -> Bool {
    guard let other = other.object?.structure, members.count == other.members.count else {
      return false
    }
    for (key, value) in members {
      guard let name = shape.name(ofKey: key), let member = shape.member(name) else {
        // What expressions can't see is compared as it is.
        if let theirs = other.members[key], theirs != value { return false }
        continue
      }
      guard let theirMember = other.shape.member(name),
        let theirs = other.shape.found(theirMember, in: other.members)
      else { return false }
      guard member.shape.value(of: value) == theirMember.shape.value(of: theirs) else { return false }
    }
    return true
  }
}
