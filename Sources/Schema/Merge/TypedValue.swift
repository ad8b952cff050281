import Values

/// A value and the type by which it is merged: what structured merge calls a typed object
/// (sigs.k8s.io/structured-merge-diff, package typed).
public struct TypedValue: Sendable {
  public let value: Value
  public let type: FieldType

  public init(_ value: Value, type: FieldType) {
    self.value = value
    self.type = type
  }

  /// An object of a kind.
  public init(_ value: Value, type: ObjectType) {
    self.init(value, type: FieldType(.object(TypeReference(type))))
  }
}

/// How a value of some type is merged: as one piece, item by item, or field by field.
enum MergeShape {
  case scalar
  case list(element: FieldType, FieldType.ListType)
  case map(MergeMap)

  /// The shape of a type. Of a type that may be anything, the value decides: its objects are merged field
  /// by field, its lists are replaced.
  init(_ type: FieldType, of value: Value?) {
    switch type.shape {
    case .string, .boolean, .integer, .number, .bytes, .time, .microTime, .quantity, .intOrString, .duration:
      self = .scalar
    case .list(let element): self = .list(element: element, type.listType)
    case .map(let entry): self = .map(MergeMap(content: .entries(entry), isAtomic: type.isAtomic))
    case .object(let reference):
      self = .map(MergeMap(content: .fields(reference.type), isAtomic: type.isAtomic))
    case .any:
      switch value {
      case .object, .null, nil:
        self = .map(MergeMap(content: .entries(FieldType(.any)), isAtomic: type.isAtomic))
      case .array: self = .list(element: FieldType(.any), .atomic)
      default: self = .scalar
      }
    }
  }

  /// 0, 1 or 2: shapes of different kinds can't be merged with each other.
  var kind: Int {
    switch self {
    case .scalar: 0
    case .list: 1
    case .map: 2
    }
  }
}

/// An object or map that is merged.
struct MergeMap {
  enum Content {
    case fields(ObjectType)
    case entries(FieldType)
  }

  let content: Content
  let isAtomic: Bool

  /// The type of the named field or entry. A field that is not declared is taken as it is.
  func type(of key: String) -> FieldType { declaredType(of: key) ?? FieldType(.any) }

  /// The type of the named field or entry; nil for a field that the type does not allow.
  func declaredType(of key: String) -> FieldType? {
    switch content {
    case .entries(let type): return type
    case .fields(let object):
      if let field = object.fields[key] { return field }
      // An object without any fields, or one that keeps unknown ones, may hold anything.
      return object.preservesUnknownFields || object.fields.isEmpty ? FieldType(.any) : nil
    }
  }

  /// Whether the name is that of a field, rather than a key that the object's author chose.
  func isField(_ key: String) -> Bool {
    if case .fields(let object) = content { object.fields[key] != nil } else { false }
  }
}

/// Names the elements of a list that is merged item by item.
struct ListKeys {
  let type: FieldType.ListType
  private let keys: [String]
  private let defaults: [String: Value]

  /// - Parameter element: the type of the list's elements, whose fields' defaults stand in for key fields
  ///   that an element leaves out (`protocol: TCP`).
  init(_ type: FieldType.ListType, element: FieldType) {
    self.type = type
    guard case .map(let keys) = type else {
      self.keys = []
      defaults = [:]
      return
    }
    self.keys = keys.sorted { ValueOrder.compare($0, $1) < 0 }
    var defaults: [String: Value] = [:]
    if case .object(let reference) = element.shape {
      let fields = reference.type.fields
      for key in keys { defaults[key] = fields[key]?.defaultValue }
    }
    self.defaults = defaults
  }

  /// The path element of an item.
  /// - Throws: the reason why it has none.
  func element(of item: Value) throws(TypedError.Reason) -> PathElement {
    guard case .map = type else { return try setElement(item) }
    guard case .object(let object) = item else {
      throw TypedError.Reason(
        item.isNull
          ? "associative list with keys may not have a null element"
          : "associative list with keys may not have non-map elements")
    }
    var fields: [PathElement.KeyField] = []
    fields.reserveCapacity(keys.count)
    for key in keys {
      guard let value = object[key] ?? defaults[key] else {
        throw TypedError.Reason(
          "associative list with keys has an element that omits key field \(FieldError.quoted(key)) "
            + "(and doesn't have default value)")
      }
      fields.append(PathElement.KeyField(name: key, value: value))
    }
    return .key(fields)
  }

  private func setElement(_ item: Value) throws(TypedError.Reason) -> PathElement {
    switch item {
    case .object: throw TypedError.Reason("associative list without keys has an element that's a map type")
    case .array: throw TypedError.Reason("not supported: associative list with lists as elements")
    case .null:
      throw TypedError.Reason("associative list without keys has an element that's an explicit null")
    default: return .value(item)
    }
  }
}

/// The ways in which a value does not fit its type.
public struct TypedError: Error, Sendable, Equatable, CustomStringConvertible {
  public struct Finding: Sendable, Equatable, CustomStringConvertible {
    /// `.spec.ports`; empty for the whole.
    public var path: String
    public var message: String

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
  }

  /// What is wrong with one item, without its path.
  struct Reason: Error {
    var text: String

    init(_ text: String) { self.text = text }
  }

  public var findings: [Finding]

  /// One finding on its line, several on a line each below `errors:`.
  public var description: String {
    if findings.count == 1 { return findings[0].description }
    return (["errors:"] + findings.map { "  \($0)" }).joined(separator: "\n")
  }
}
