extension Value {
  /// What Go's `encoding/json` calls a value of that type in its errors: `string`, `number`, `bool`, `array`, `object`
  /// or `null`.
  public var jsonKind: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .int, .double: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}
