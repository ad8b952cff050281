import CEL
import Values

/// What mutations are written with: `Object{…}`, `Object.spec{…}` and `JSONPatch{…}`
/// (Kubernetes documentation, "Mutating Admission Policy").
struct MutationTypes: TypeProvider {
  static let object = "Object"
  static let patch = "JSONPatch"

  private static let patchFields: [String: CELType] = [
    "op": .string, "path": .string, "from": .string, "value": .dyn,
  ]

  func hasType(_ name: String) -> Bool {
    name == Self.object || name.hasPrefix("Object.") || name == Self.patch
  }

  func fieldType(_ field: String, of type: String) -> CELType? {
    type == Self.patch ? Self.patchFields[field] : .dyn
  }

  func makeObject(_ type: String, _ fields: [(name: String, value: CELValue)]) throws(CELError) -> CELValue {
    .object(MutationObject(type, Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })))
  }
}

/// An object that an expression makes.
public final class MutationObject: CELObject {
  /// The name of its type: `Object`, `Object.spec` or `JSONPatch`.
  public let name: String
  public let fields: [String: CELValue]

  init(_ name: String, _ fields: [String: CELValue]) {
    self.name = name
    self.fields = fields
  }

  public var type: CELType { .object(name) }
  public var size: UInt64? { UInt64(fields.count) }
  public var json: Value? { try? CELJSON.value(of: .object(self)) }

  public func field(_ name: String) throws(CELError) -> CELValue {
    guard let value = fields[name] else { throw .noSuchKey(name) }
    return value
  }

  public func hasField(_ name: String) throws(CELError) -> Bool { fields[name] != nil }

  public func isEqual(to other: CELValue) -> Bool {
    guard let other = other.object as? MutationObject else { return false }
    return name == other.name && fields == other.fields
  }

  /// What is wrong where the names of objects in it are not those of the places at which they stand; nil where
  /// all are right.
  public var misplacement: String? {
    let faults = misplacements(at: name)
    return faults.isEmpty ? nil : faults.joined(separator: "\n")
  }

  private func misplacements(at path: String) -> [String] {
    var faults: [String] = []
    if name != path {
      faults.append(
        "unexpected type name \"\(name)\", expected \"\(path)\", which matches field name path from root "
          + "Object type")
    }
    for (field, value) in fields.sorted(by: { $0.key < $1.key }) {
      faults += Self.misplacements(of: value, at: "\(path).\(field)")
    }
    return faults
  }

  private static func misplacements(of value: CELValue, at path: String) -> [String] {
    switch value {
    case .object(let object): (object as? MutationObject)?.misplacements(at: path) ?? []
    case .list(let list): list.values.flatMap { misplacements(of: $0, at: path) }
    case .map(let map): map.keys.compactMap { map[$0] }.flatMap { misplacements(of: $0, at: path) }
    default: []
    }
  }
}

/// Values of expressions as JSON.
public enum CELJSON {
  /// - Throws: where the value has no form in JSON.
  public static func value(of value: CELValue) throws(CELError) -> Value {
    switch value {
    case .null: return .null
    case .bool(let v): return .bool(v)
    case .int(let v): return .int(v)
    case .uint(let v): return Int64(exactly: v).map(Value.int) ?? .double(Double(v))
    case .double(let v): return .double(v)
    case .string(let v): return .string(v)
    case .bytes(let v): return .string(Base64.encode(v))
    case .list(let list):
      var elements: [Value] = []
      for element in list.values { elements.append(try self.value(of: element)) }
      return .array(elements)
    case .map(let map):
      var members = Object()
      for key in map.keys {
        guard case .string(let name) = key, let member = map[key] else {
          throw CELError("only maps with keys of text can be written as JSON")
        }
        members[name] = try self.value(of: member)
      }
      return .object(members)
    case .object(let object):
      if let made = object as? MutationObject {
        var members = Object()
        for (name, value) in made.fields.sorted(by: { $0.key < $1.key }) {
          members[name] = try self.value(of: value)
        }
        return .object(members)
      }
      if let json = object.json { return json }
      throw CELError("type conversion error from '\(value.type.runtimeName)' to JSON")
    default: throw CELError("type conversion error from '\(value.type.runtimeName)' to JSON")
    }
  }
}
