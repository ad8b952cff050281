import Values

/// Values as `%s` writes them, those within lists and maps as an expression would have them.
struct LiteralText {
  private(set) var out = ""

  /// A value by itself.
  mutating func append(_ value: CELValue) throws(CELError) {
    // A list may hold another many times over, so the text may be far longer than it looks.
    guard out.utf8.count <= StringFormatter.sizeLimit else { throw CELError("result too long") }
    switch value {
    case .list(let list):
      out += "["
      for (index, element) in list.enumerated() {
        if index > 0 { out += ", " }
        try appendLiteral(element)
      }
      out += "]"
    case .map(let map): try append(map)
    case .null: out += "null"
    case .type(let type): out += type.runtimeName
    case .object, .optional:
      throw CELError(StringFormatter.Clause.string.refusal(of: value.type))
    default:
      if case .string(let text) = try Conversions.string(value) { out += text }
    }
  }

  private mutating func append(_ map: CELMap) throws(CELError) {
    var keys: [(text: String, key: CELValue)] = []
    for key in map.keys {
      var text = LiteralText()
      try text.appendLiteral(key)
      keys.append((text.out, key))
    }
    keys.sort { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
    out += "{"
    for (index, entry) in keys.enumerated() {
      out += (index > 0 ? ", " : "") + entry.text + ":"
      try appendLiteral(map[entry.key] ?? .null)
    }
    out += "}"
  }

  /// A value within a list or a map.
  private mutating func appendLiteral(_ value: CELValue) throws(CELError) {
    switch value {
    case .string(let text): out += GoText.quoted(text)
    case .bytes(let bytes): out += "b" + GoText.quoted(String(decoding: bytes, as: UTF8.self))
    case .double(let number):
      out +=
        number.isFinite
        ? DecimalText.fixed(number, digits: StringFormatter.defaultPrecision) : "\"\(value.plainText)\""
    case .timestamp(let moment): out += "timestamp(\(GoText.quoted(moment.rfc3339Nano)))"
    case .duration(let duration): out += "duration(\(GoText.quoted(duration.secondsText)))"
    case .object, .optional: throw CELError("no formatting function for \(value.type.runtimeName)")
    default: try append(value)
    }
  }
}
