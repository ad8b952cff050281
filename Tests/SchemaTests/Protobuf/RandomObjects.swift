import Values

@testable import Schema

/// Makes objects of a message's fields, the same ones for the same seed.
struct RandomObjects {
  private var state: UInt64
  private let table = ProtobufTable.builtIn

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next(below bound: UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return (z ^ (z >> 31)) % bound
  }

  /// An object with some of the fields; none where the depth is used up.
  mutating func object(of message: ProtobufMessage, depth: Int) -> Object {
    var object = Object()
    for field in message.fields where next(below: 3) > 0 {
      switch field.arrangement {
      case .inlined:
        guard case .message(let reference) = field.type else { continue }
        for (key, value) in self.object(of: table[reference], depth: depth) { object[key] = value }
      case .single: object[field.name] = value(of: field.type, depth: depth)
      case .repeated:
        let elements = (0...next(below: 2)).compactMap { _ in value(of: field.type, depth: depth) }
        if !elements.isEmpty { object[field.name] = .array(elements) }
      case .map:
        var entries = Object()
        for _ in 0...next(below: 3) { entries[text()] = value(of: field.type, depth: depth) }
        if !entries.isEmpty { object[field.name] = .object(entries) }
      }
    }
    return object
  }

  private mutating func text() -> String {
    ["", "a", "näme", "example.com/some-key", String(repeating: "long ", count: 60)][Int(next(below: 5))]
  }

  private mutating func value(of type: ProtobufType, depth: Int) -> Value? {
    switch type {
    case .string: return .string(text())
    case .bytes: return .string(Base64.encode(Array(text().utf8)))
    case .bool: return .bool(next(below: 2) == 1)
    case .int32: return .int([0, -1, 300, Int64(Int32.max), Int64(Int32.min)][Int(next(below: 5))])
    case .int64: return .int([0, -1, 300, Int64.max, Int64.min][Int(next(below: 5))])
    case .double: return [.double(0.5), .double(-1e300), .int(3), .int(0)][Int(next(below: 4))]
    case .message(let reference):
      return depth > 0 ? .object(object(of: table[reference], depth: depth - 1)) : nil
    case .special(let special): return value(of: special, depth: depth)
    }
  }

  private mutating func value(of special: ProtobufSpecial, depth: Int) -> Value? {
    switch special {
    case .quantity: return ["0", "100m", "1Gi"][Int(next(below: 3))]
    case .time: return ["2026-01-02T03:04:05Z", "1969-12-31T23:59:59Z"][Int(next(below: 2))]
    case .microTime:
      return ["2026-01-02T03:04:05.000006Z", "2026-01-02T03:04:05.000000Z"][Int(next(below: 2))]
    case .intOrString: return [0, -5, 80, "", "http"][Int(next(below: 5))]
    case .json, .rawExtension: return [["a": [1, .null, 2.5]], "text", 7, false, []][Int(next(below: 5))]
    case .strings: return [["a"], ["a", "", "b"], []][Int(next(below: 3))]
    case .schemaOrBool, .schemaOrArray, .schemaOrStrings:
      guard depth > 0, let message = table.message(named: ProtobufSpecial.schemaMessage) else { return nil }
      let schema = Value.object(object(of: message, depth: depth - 1))
      switch (special, next(below: 2)) {
      case (.schemaOrBool, 0): return .bool(next(below: 2) == 1)
      case (.schemaOrArray, 0): return [schema, [:]]
      case (.schemaOrStrings, 0): return ["a", "b"]
      default: return schema
      }
    }
  }
}
