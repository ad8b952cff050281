import Values

/// What decoded JSON looks like in messages that Go's fmt writes.
enum GoPrint {
  /// The verb `%v`: `map[image:x ports:[80 443]]`.
  static func plain(_ value: Value) -> String {
    switch value {
    case .null: return "<nil>"
    case .bool(let v): return v ? "true" : "false"
    case .int(let v): return String(v)
    case .double: return JSON.text(value)
    case .string(let v): return v
    case .array(let v): return "[" + v.map(plain).joined(separator: " ") + "]"
    case .object(let object):
      let members = object.sortedKeys.map { "\($0):\(plain(object[$0] ?? .null))" }
      return "map[" + members.joined(separator: " ") + "]"
    }
  }

  /// The verb `%#v`: `map[string]interface {}{"image":"x"}`.
  static func syntax(_ value: Value) -> String {
    switch value {
    case .null: return "interface {}(nil)"
    case .string(let v): return FieldError.quoted(v)
    case .array(let v): return "[]interface {}{" + v.map(syntax).joined(separator: ", ") + "}"
    case .object(let object):
      let members = object.sortedKeys.map { "\(FieldError.quoted($0)):\(syntax(object[$0] ?? .null))" }
      return "map[string]interface {}{" + members.joined(separator: ", ") + "}"
    default: return plain(value)
    }
  }

  /// The verb `%T`: `map[string]interface {}`.
  static func type(_ value: Value) -> String {
    switch value {
    case .null: "<nil>"
    case .bool: "bool"
    case .int: "int64"
    case .double: "float64"
    case .string: "string"
    case .array: "[]interface {}"
    case .object: "map[string]interface {}"
    }
  }
}
