import Values

/// Reads messages of a table as the values that JSON has for them. Fields that the message lacks are skipped.
struct ProtobufDecoder {
  /// Levels of nested messages that there may be at most.
  static let maxDepth = 200

  let table: ProtobufTable
  /// Fields and elements that there may be at most in all: an empty one takes two bytes here, many more in
  /// memory.
  let maxElements: Int
  private var depth = 0
  private var elements = 0

  init(table: ProtobufTable, maxElements: Int = 1_000_000) {
    self.table = table
    self.maxElements = maxElements
  }

  /// The fields of a message, added to those that the object has.
  mutating func fields(
    of message: ProtobufMessage, _ bytes: UnsafeRawBufferPointer, into object: inout Object
  ) throws(ProtobufError) {
    depth += 1
    if depth > Self.maxDepth { throw .tooDeep }
    defer { depth -= 1 }
    var reader = ProtobufReader(bytes)
    while !reader.isAtEnd {
      let (number, wireType) = try reader.tag()
      guard let field = message.field(number) else {
        try reader.skip(wireType)
        continue
      }
      try count()
      switch field.arrangement {
      case .inlined: try inlined(field, &reader, wireType, &object)
      case .map: try entry(field, &reader, wireType, &object)
      case .repeated: try elements(field, &reader, wireType, &object)
      case .single:
        object[field.name] = try one(field, &reader, wireType, object[field.name])
      }
    }
  }

  private mutating func count() throws(ProtobufError) {
    elements += 1
    if elements > maxElements { throw .tooMany }
  }

  private mutating func inlined(
    _ field: ProtobufField, _ reader: inout ProtobufReader, _ wireType: ProtobufReader.WireType,
    _ object: inout Object
  ) throws(ProtobufError) {
    guard case .message(let reference) = field.type else { return try reader.skip(wireType) }
    try expect(.lengthDelimited, wireType, field)
    try fields(of: table[reference], try reader.content(), into: &object)
  }

  /// Adds the elements of a repeated field: one, or a packed sequence of numbers.
  private mutating func elements(
    _ field: ProtobufField, _ reader: inout ProtobufReader, _ wireType: ProtobufReader.WireType,
    _ object: inout Object
  ) throws(ProtobufError) {
    var list = object[field.name]?.array ?? []
    // Keeps the list uniquely referenced, so that it grows in place.
    object[field.name] = .null
    defer { object[field.name] = .array(list) }
    if let packed = field.type.packedWireType, wireType == .lengthDelimited {
      var numbers = ProtobufReader(try reader.content())
      while !numbers.isAtEnd {
        try count()
        list.append(try one(field, &numbers, packed, nil) ?? .null)
      }
    } else {
      list.append(try one(field, &reader, wireType, nil) ?? .null)
    }
  }

  /// Adds an entry of a map: a message of the key and the value, either of which may be missing.
  private mutating func entry(
    _ field: ProtobufField, _ reader: inout ProtobufReader, _ wireType: ProtobufReader.WireType,
    _ object: inout Object
  ) throws(ProtobufError) {
    try expect(.lengthDelimited, wireType, field)
    var entry = ProtobufReader(try reader.content())
    var key = ""
    var value: Value?
    while !entry.isAtEnd {
      let (number, wireType) = try entry.tag()
      switch number {
      case 1:
        try expect(.lengthDelimited, wireType, field)
        key = String(decoding: try entry.content(), as: UTF8.self)
      case 2: value = try one(field, &entry, wireType, nil)
      default: try entry.skip(wireType)
      }
    }
    let found = value ?? field.type.zero
    var entries = object[field.name]?.object ?? Object()
    object[field.name] = .null
    entries[key] = found
    object[field.name] = .object(entries)
  }

  /// One value of a field; nil for what JSON leaves out. A message that comes twice is merged.
  private mutating func one(
    _ field: ProtobufField, _ reader: inout ProtobufReader, _ wireType: ProtobufReader.WireType,
    _ before: Value?
  ) throws(ProtobufError) -> Value? {
    try expect(field.type.wireType, wireType, field)
    switch field.type {
    case .string: return .string(String(decoding: try reader.content(), as: UTF8.self))
    case .bytes: return .string(Base64.encode(try reader.content()))
    case .bool: return .bool(try reader.varint() != 0)
    case .int32: return .int(Int64(Int32(truncatingIfNeeded: try reader.varint())))
    case .int64: return .int(Int64(bitPattern: try reader.varint()))
    case .double: return try number(Double(bitPattern: try reader.fixed64()), field)
    case .message(let reference):
      var object = before?.object ?? Object()
      try fields(of: table[reference], try reader.content(), into: &object)
      return .object(object)
    case .special(let special):
      return try self.special(special, field, try reader.content())
    }
  }

  /// JSON has no infinite numbers.
  private func number(_ value: Double, _ field: ProtobufField) throws(ProtobufError) -> Value {
    guard value.isFinite else { throw ProtobufError("\(field.name): unsupported value: \(value)") }
    if let whole = Int64(exactly: value) { return .int(whole) }
    return .double(value)
  }

  private func expect(
    _ expected: ProtobufReader.WireType, _ found: ProtobufReader.WireType, _ field: ProtobufField
  ) throws(ProtobufError) {
    guard expected == found else {
      throw ProtobufError("proto: wrong wireType = \(found.rawValue) for field \(field.name)")
    }
  }
}

extension ProtobufType {
  fileprivate var wireType: ProtobufReader.WireType {
    switch self {
    case .bool, .int32, .int64: .varint
    case .double: .fixed64
    case .string, .bytes, .message, .special: .lengthDelimited
    }
  }

  /// The wire type of the elements of a packed field; nil for types that are never packed.
  fileprivate var packedWireType: ProtobufReader.WireType? {
    wireType == .lengthDelimited ? nil : wireType
  }

  /// What an entry of a map is that says nothing.
  fileprivate var zero: Value {
    switch self {
    case .string, .bytes: ""
    case .bool: false
    case .int32, .int64, .double: 0
    case .message: [:]
    case .special(.strings): []
    case .special(.quantity): "0"
    case .special: .null
    }
  }
}

// MARK: - Messages with a JSON form of their own

extension ProtobufDecoder {
  private mutating func special(
    _ special: ProtobufSpecial, _ field: ProtobufField, _ bytes: UnsafeRawBufferPointer
  ) throws(ProtobufError) -> Value? {
    depth += 1
    if depth > Self.maxDepth { throw .tooDeep }
    defer { depth -= 1 }
    var reader = ProtobufReader(bytes)
    var parts = Parts()
    while !reader.isAtEnd {
      let (number, wireType) = try reader.tag()
      switch (number, wireType) {
      case (1...3, .varint): parts.integers[Int(number) - 1] = Int64(bitPattern: try reader.varint())
      case (1...3, .lengthDelimited):
        try count()
        parts.contents.append((Int(number), try reader.content()))
      default: try reader.skip(wireType)
      }
    }
    switch special {
    case .quantity: return .string(parts.text(1) ?? "0")
    case .time: return try time(parts, field) { $0.rfc3339 }
    case .microTime: return try time(parts, field) { $0.rfc3339Micro }
    case .intOrString:
      switch parts.integers[0] {
      case 0: return .int(Int64(Int32(truncatingIfNeeded: parts.integers[1])))
      case 1: return .string(parts.text(3) ?? "")
      default: throw ProtobufError("\(field.name): impossible IntOrString.Type")
      }
    case .json: return try json(parts.content(1), field)
    case .rawExtension: return try rawExtension(parts.content(1), field)
    case .strings: return Value(parts.all(1).map { String(decoding: $0, as: UTF8.self) })
    case .schemaOrBool:
      guard let schema = parts.content(2) else { return .bool(parts.integers[0] != 0) }
      return try self.schema(schema)
    case .schemaOrArray:
      if let schema = parts.content(1) { return try self.schema(schema) }
      var schemas: [Value] = []
      for schema in parts.all(2) { schemas.append(try self.schema(schema)) }
      return .array(schemas)
    case .schemaOrStrings:
      if let schema = parts.content(1) { return try self.schema(schema) }
      return Value(parts.all(2).map { String(decoding: $0, as: UTF8.self) })
    }
  }

  /// The fields of such a message: none has a number above 3.
  private struct Parts {
    var integers: [Int64] = [0, 0, 0]
    var contents: [(number: Int, bytes: UnsafeRawBufferPointer)] = []

    func content(_ number: Int) -> UnsafeRawBufferPointer? { contents.last { $0.number == number }?.bytes }
    func all(_ number: Int) -> [UnsafeRawBufferPointer] {
      contents.filter { $0.number == number }.map(\.bytes)
    }
    func text(_ number: Int) -> String? { content(number).map { String(decoding: $0, as: UTF8.self) } }
  }

  /// Go's zero time is nothing in JSON; so is the first second of 1970, which has the same bytes.
  private func time(
    _ parts: Parts, _ field: ProtobufField, _ text: (Timestamp) -> String
  ) throws(ProtobufError) -> Value? {
    let seconds = parts.integers[0]
    let nanoseconds = parts.integers[1]
    if seconds == 0, nanoseconds == 0 { return nil }
    // The years 0 to 9999, which RFC 3339 can write.
    guard (-62_167_219_200...253_402_300_799).contains(seconds), (0..<1_000_000_000).contains(nanoseconds)
    else { throw ProtobufError("\(field.name): year outside of range [0,9999]") }
    return .string(text(Timestamp(seconds: seconds, nanoseconds: Int32(nanoseconds))))
  }

  private func json(_ bytes: UnsafeRawBufferPointer?, _ field: ProtobufField) throws(ProtobufError) -> Value?
  {
    guard let bytes, !bytes.isEmpty else { return nil }
    do throws(JSON.SyntaxError) {
      return try JSON.parse(bytes.bindMemory(to: UInt8.self))
    } catch {
      throw ProtobufError("\(field.name): \(error.message)")
    }
  }

  private mutating func rawExtension(
    _ bytes: UnsafeRawBufferPointer?, _ field: ProtobufField
  ) throws(ProtobufError) -> Value? {
    guard let bytes, bytes.starts(with: KubernetesProtobuf.magic) else { return try json(bytes, field) }
    return try object(bytes, default: nil)
  }

  private mutating func schema(_ bytes: UnsafeRawBufferPointer) throws(ProtobufError) -> Value {
    var schema = Object()
    guard let message = table.message(named: ProtobufSpecial.schemaMessage) else { return .object(schema) }
    try fields(of: message, bytes, into: &schema)
    return .object(schema)
  }
}
