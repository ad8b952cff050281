import Values

/// One step from a value to a value within it, as managed fields name it
/// (sigs.k8s.io/structured-merge-diff, package fieldpath).
public enum PathElement: Sendable {
  /// The field of an object or the entry of a map.
  case field(String)
  /// The element of a list of type `map`: its key fields, sorted by name.
  case key([KeyField])
  /// The element of a list of type `set`.
  case value(Value)
  /// The element of a list by its place.
  case index(Int)

  /// One of the fields that tell the elements of a list apart.
  public struct KeyField: Sendable {
    public var name: String
    public var value: Value

    public init(name: String, value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// The element with those key fields, given in any order.
  public static func key(of fields: Object) -> PathElement {
    .key(fields.sortedKeys.map { KeyField(name: $0, value: fields[$0] ?? .null) })
  }
}

extension PathElement: Comparable, Hashable {
  /// Negative, zero or positive, as `a` comes before, with or after `b`: fields, keys, values, indexes.
  static func compare(_ a: PathElement, _ b: PathElement) -> Int {
    switch (a, b) {
    case (.field(let x), .field(let y)): return ValueOrder.compare(x, y)
    case (.key(let x), .key(let y)): return compare(x, y)
    case (.value(let x), .value(let y)): return ValueOrder.compare(x, y)
    case (.index(let x), .index(let y)): return x < y ? -1 : (x == y ? 0 : 1)
    default: return a.rank - b.rank
    }
  }

  private static func compare(_ a: [KeyField], _ b: [KeyField]) -> Int {
    for (x, y) in zip(a, b) {
      let names = ValueOrder.compare(x.name, y.name)
      if names != 0 { return names }
      let values = ValueOrder.compare(x.value, y.value)
      if values != 0 { return values }
    }
    return a.count - b.count
  }

  private var rank: Int {
    switch self {
    case .field: 0
    case .key: 1
    case .value: 2
    case .index: 3
    }
  }

  public static func == (a: PathElement, b: PathElement) -> Bool { compare(a, b) == 0 }
  public static func < (a: PathElement, b: PathElement) -> Bool { compare(a, b) < 0 }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .field(let name): hasher.combine(name)
    case .key(let fields): for field in fields { Self.hash(field.value, into: &hasher) }
    case .value(let value): Self.hash(value, into: &hasher)
    case .index(let index): hasher.combine(index)
    }
  }

  /// Numbers that are equal hash alike, however they were written.
  private static func hash(_ value: Value, into hasher: inout Hasher) {
    switch value {
    case .int(let v): hasher.combine(Double(v))
    case .double(let v): hasher.combine(v)
    case .string(let v): hasher.combine(v)
    case .bool(let v): hasher.combine(v)
    case .array(let v): hasher.combine(v.count)
    case .object(let v): hasher.combine(v.count)
    case .null: hasher.combine(0)
    }
  }
}

extension PathElement: CustomStringConvertible {
  /// As conflicts print it: `.spec`, `[port=80,protocol="TCP"]`, `[="x"]`, `[3]`.
  public var description: String {
    switch self {
    case .field(let name): ".\(name)"
    case .key(let fields):
      "[" + fields.map { "\($0.name)=\(Self.shown($0.value))" }.joined(separator: ",") + "]"
    case .value(let value): "[=\(Self.shown(value))]"
    case .index(let index): "[\(index)]"
    }
  }

  private static func shown(_ value: Value) -> String {
    switch value {
    case .null: "null"
    case .string(let text): FieldError.quoted(text)
    case .array(let elements): "[" + elements.map(shown).joined(separator: ",") + "]"
    case .object(let object): object.sortedKeys.map { "\($0)=\(shown(object[$0] ?? .null))" }.joined()
    default: JSON.text(value)
    }
  }
}

extension PathElement {
  /// The key that stands for the element in FieldsV1: `f:spec`, `k:{"name":"c"}`, `v:"x"`, `i:3`.
  var fieldsV1Key: String {
    switch self {
    case .field(let name): return "f:" + name
    case .key(let fields):
      return "k:" + JSON.text(.object(Object(fields.map { ($0.name, $0.value) })))
    case .value(let value): return "v:" + JSON.text(value)
    case .index(let index): return "i:\(index)"
    }
  }

  /// Reads the form that ``fieldsV1Key`` writes; nil for a kind of element that is not known.
  /// - Throws: ``FieldsV1Error`` for a text that has no such form.
  init?(fieldsV1Key text: String) throws(FieldsV1Error) {
    let bytes = text.utf8
    guard bytes.count >= 2 else { throw FieldsV1Error("key must be 2 characters long:") }
    let second = bytes.index(after: bytes.startIndex)
    guard bytes[second] == UInt8(ascii: ":") else { throw FieldsV1Error("missing colon: \(text)") }
    let rest = text[bytes.index(after: second)...]
    switch bytes[bytes.startIndex] {
    case UInt8(ascii: "f"): self = .field(String(rest))
    case UInt8(ascii: "v"): self = .value(try Self.parse(rest))
    case UInt8(ascii: "k"):
      guard case .object(let fields) = try Self.parse(rest) else {
        throw FieldsV1Error("a key must be an object: \(text)")
      }
      self = .key(of: fields)
    case UInt8(ascii: "i"):
      guard let index = Int(rest) else {
        throw FieldsV1Error("strconv.Atoi: parsing \(FieldError.quoted(String(rest))): invalid syntax")
      }
      self = .index(index)
    default: return nil
    }
  }

  private static func parse(_ text: Substring) throws(FieldsV1Error) -> Value {
    do {
      return try JSON.parse(Array(text.utf8), limits: JSON.Limits(depth: 32))
    } catch {
      throw FieldsV1Error(error.message)
    }
  }
}
