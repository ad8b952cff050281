import Values

/// What keeps a document from being put into a Go struct field by field, without being printed and parsed: so
/// the real server reads the result of a strategic merge patch (k8s.io/apimachinery, pkg/runtime/converter.go).
/// Only values of the wrong JSON type are found; what else may be wrong with them ``TypedDecoder`` tells.
public enum UnstructuredConversion {
  /// - Parameters:
  ///   - value: the patched document.
  ///   - type: a built-in type.
  /// - Throws: ``DecodeError`` for a value that can't be converted.
  public static func check(_ value: Value, as type: ObjectType) throws(DecodeError) {
    try check(value, as: type, depth: 0)
  }

  /// Structs inside each other; deeper documents are refused where they are parsed.
  private static let depthLimit = 500

  private static func check(_ value: Value, as type: ObjectType, depth: Int) throws(DecodeError) {
    if value.isNull || depth > depthLimit { return }
    guard case .object(let object) = value else {
      throw DecodeError("cannot restore struct from: \(kind(of: value))")
    }
    for (key, member) in object {
      guard let field = type.fields[key] else { continue }
      try check(member, as: field, depth: depth + 1)
    }
  }

  private static func check(_ value: Value, as type: FieldType, depth: Int) throws(DecodeError) {
    if value.isNull || depth > depthLimit { return }
    switch type.shape {
    case .object(let reference): try check(value, as: reference.type, depth: depth)
    case .list(let element):
      guard case .array(let elements) = value else {
        throw DecodeError("cannot restore slice from \(kind(of: value))")
      }
      for child in elements { try check(child, as: element, depth: depth + 1) }
    case .map(let entry):
      guard case .object(let object) = value else {
        throw DecodeError("cannot restore map from \(kind(of: value))")
      }
      for (_, child) in object { try check(child, as: entry, depth: depth + 1) }
    case .string, .boolean, .integer, .number: try checkScalar(value, as: type)
    // These read themselves, as they do in JSON.
    case .bytes, .time, .microTime, .quantity, .intOrString, .duration, .any: return
    }
  }

  /// Go converts numbers into strings, which JSON does not, and not the other way round: hence two texts.
  private static func checkScalar(_ value: Value, as type: FieldType) throws(DecodeError) {
    let goal = GoTypeName.of(type)
    switch (type.shape, value) {
    case (.string, .string), (.boolean, .bool), (.integer, .int), (.number, .int), (.number, .double): return
    case (.integer, .double(let number)) where number == number.rounded(.towardZero): return
    case (.string, .int), (.integer, .double):
      throw DecodeError("cannot convert \(kind(of: value)) to \(goal)")
    default: throw DecodeError("unrecognized type: \(goal)")
    }
  }

  /// The kind of a value's Go type.
  private static func kind(of value: Value) -> String {
    switch value {
    case .null: "invalid"
    case .bool: "bool"
    case .int: "int64"
    case .double: "float64"
    case .string: "string"
    case .array: "slice"
    case .object: "map"
    }
  }
}
