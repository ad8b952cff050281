import Values

/// Writes values as the messages of a table. Members that the message lacks are left out, as are nulls.
struct ProtobufEncoder {
  let table: ProtobufTable
  var writer = ProtobufWriter()

  /// Writes the fields of a message, in the order of their numbers.
  /// - Throws: ``ProtobufError`` where a member has not the type of its field.
  mutating func fields(of message: ProtobufMessage, _ object: Object) throws(ProtobufError) {
    for field in message.fields {
      switch field.arrangement {
      case .inlined:
        guard case .message(let reference) = field.type else { continue }
        try nested(field.number, omitEmpty: true) { encoder throws(ProtobufError) in
          try encoder.fields(of: encoder.table[reference], object)
        }
      case .single:
        guard let value = object[field.name], !value.isNull else { continue }
        try one(field, value)
      case .repeated:
        guard let value = object[field.name], !value.isNull else { continue }
        guard let elements = value.array else { throw mismatch("an array", field, value) }
        for element in elements { try one(field, element) }
      case .map:
        guard let value = object[field.name], !value.isNull else { continue }
        guard let entries = value.object else { throw mismatch("an object", field, value) }
        for key in entries.sortedKeys { try entry(field, key, entries[key] ?? .null) }
      }
    }
  }

  /// An entry of a map is a message of the key and the value.
  private mutating func entry(_ field: ProtobufField, _ key: String, _ value: Value) throws(ProtobufError) {
    let valueField = ProtobufField(number: 2, name: field.name, type: field.type, arrangement: .single)
    try nested(field.number) { encoder throws(ProtobufError) in
      encoder.writer.string(1, key)
      try encoder.one(valueField, value)
    }
  }

  /// One value of a field. Null, which only an element can be, is written as the type's zero.
  private mutating func one(_ field: ProtobufField, _ value: Value) throws(ProtobufError) {
    let number = field.number
    switch (field.type, value) {
    case (.string, .string(let text)): writer.string(number, text)
    case (.string, .null): writer.string(number, "")
    case (.bool, .bool(let flag)): writer.bool(number, flag)
    case (.bool, .null): writer.bool(number, false)
    case (.int32, .int(let integer)):
      guard let narrow = Int32(exactly: integer) else { throw mismatch("a 32-bit integer", field, value) }
      writer.integer(number, Int64(narrow))
    case (.int64, .int(let integer)): writer.integer(number, integer)
    case (.int32, .null), (.int64, .null): writer.integer(number, 0)
    case (.double, .null): writer.double(number, 0)
    case (.double, _):
      guard let amount = value.number else { throw mismatch("a number", field, value) }
      writer.double(number, amount)
    case (.bytes, .string(let text)):
      do throws(Base64.DecodeError) {
        writer.bytes(number, try Base64.decode(text))
      } catch {
        throw ProtobufError("\(field.name): \(error.message)")
      }
    case (.bytes, .null): writer.bytes(number, EmptyCollection())
    case (.message(let reference), .object(let object)):
      try nested(number) { encoder throws(ProtobufError) in
        try encoder.fields(of: encoder.table[reference], object)
      }
    case (.message, .null): writer.bytes(number, EmptyCollection())
    case (.special(let special), _):
      try nested(number) { encoder throws(ProtobufError) in try encoder.special(special, field, value) }
    default: throw mismatch(field.type.words, field, value)
    }
  }

  /// A message as a field, its content by the closure.
  private mutating func nested(
    _ number: Int, omitEmpty: Bool = false,
    _ content: (inout ProtobufEncoder) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    let start = writer.begin(number)
    try content(&self)
    writer.end(start, omitEmpty: omitEmpty)
  }

  private func mismatch(_ expected: String, _ field: ProtobufField, _ value: Value) -> ProtobufError {
    let found =
      switch value {
      case .null: "null"
      case .bool: "a boolean"
      case .int, .double: "a number"
      case .string: "a string"
      case .array: "an array"
      case .object: "an object"
      }
    return ProtobufError("\(field.name): \(expected) is needed, not \(found)")
  }
}

extension ProtobufType {
  /// The type in the words of an error.
  fileprivate var words: String {
    switch self {
    case .string: "a string"
    case .bytes: "base 64 text"
    case .bool: "a boolean"
    case .int32, .int64: "an integer"
    case .double: "a number"
    case .message, .special: "an object"
    }
  }
}

// MARK: - Messages with a JSON form of their own

extension ProtobufEncoder {
  private mutating func special(
    _ special: ProtobufSpecial, _ field: ProtobufField, _ value: Value
  ) throws(ProtobufError) {
    switch (special, value) {
    case (.json, _), (.rawExtension, _):
      // A null is what nothing at all is in JSON.
      if !value.isNull { writer.bytes(1, JSON.encode(value)) }
    case (_, .null): break
    case (.quantity, .string(let text)): writer.string(1, text)
    case (.quantity, .int), (.quantity, .double): writer.string(1, JSON.text(value))
    case (.time, .string(let text)): try time(text, micro: false, field)
    case (.microTime, .string(let text)): try time(text, micro: true, field)
    case (.intOrString, .int(let integer)):
      guard let narrow = Int32(exactly: integer) else { throw mismatch("a 32-bit integer", field, value) }
      intOrString(0, Int64(narrow), "")
    case (.intOrString, .string(let text)): intOrString(1, 0, text)
    case (.strings, .array(let elements)):
      for element in elements {
        guard let text = element.string else { throw mismatch("a string", field, element) }
        writer.string(1, text)
      }
    case (.schemaOrBool, .bool(let allows)): writer.bool(1, allows)
    case (.schemaOrBool, .object(let schema)):
      writer.bool(1, true)
      try self.schema(2, schema)
    case (.schemaOrArray, .object(let schema)), (.schemaOrStrings, .object(let schema)):
      try self.schema(1, schema)
    case (.schemaOrArray, .array(let schemas)):
      for element in schemas {
        guard let schema = element.object else { throw mismatch("an object", field, element) }
        try self.schema(2, schema)
      }
    case (.schemaOrStrings, .array(let names)):
      for name in names {
        guard let text = name.string else { throw mismatch("a string", field, name) }
        writer.string(2, text)
      }
    default: throw mismatch("another type", field, value)
    }
  }

  private mutating func time(_ text: String, micro: Bool, _ field: ProtobufField) throws(ProtobufError) {
    guard let moment = Timestamp(rfc3339: text) else {
      throw ProtobufError("\(field.name): an RFC 3339 time is needed")
    }
    writer.integer(1, moment.seconds)
    writer.integer(2, micro ? Int64(moment.nanoseconds / 1_000 * 1_000) : 0)
  }

  private mutating func intOrString(_ kind: Int64, _ number: Int64, _ text: String) {
    writer.integer(1, kind)
    writer.integer(2, number)
    writer.string(3, text)
  }

  private mutating func schema(_ number: Int, _ schema: Object) throws(ProtobufError) {
    guard let message = table.message(named: ProtobufSpecial.schemaMessage) else { return }
    try nested(number) { encoder throws(ProtobufError) in try encoder.fields(of: message, schema) }
  }
}
