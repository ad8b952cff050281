import Values

/// `format` of the strings extension: `%s %d %f %e %b %x %X %o %%`, with a precision as in `%.3f`.
struct StringFormatter {
  private let arguments: CELList
  private var next = 0

  private static let defaultPrecision = 6
  private static let precisionLimit = 1000
  /// The longest text that may be made.
  private static let sizeLimit = 1 << 26

  init(arguments: CELList) { self.arguments = arguments }

  mutating func format(_ format: String) throws(CELError) -> String {
    var out = ""
    var rest = format.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "%" else {
        out.unicodeScalars.append(scalar)
        continue
      }
      guard let first = rest.first else { throw CELError("unexpected end of string") }
      if first == "%" {
        rest.removeFirst()
        out += "%"
        continue
      }
      let clause = try Clause(&rest)
      let index = next
      next += 1
      guard let argument = arguments[safe: index] else {
        throw CELError("could not parse formatting clause: index \(index) out of range")
      }
      do throws(CELError) {
        out += try clause.text(argument)
      } catch {
        throw CELError("error during formatting: \(error.message)", kind: error.kind)
      }
      if out.utf8.count > Self.sizeLimit { throw CELError("error during formatting: result too long") }
    }
    return out
  }

  /// What stands after a percent sign.
  struct Clause {
    let verb: Unicode.Scalar
    let precision: Int?

    init(_ rest: inout Substring.UnicodeScalarView) throws(CELError) {
      var precision: Int?
      if rest.first == "." {
        rest.removeFirst()
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = rest.dropFirst(digits.count)
        guard let number = Int(String(digits)), number <= StringFormatter.precisionLimit else {
          throw CELError("could not parse formatting clause: error while parsing precision")
        }
        precision = number
      }
      self.precision = precision
      guard let verb = rest.popFirst() else { throw CELError("unexpected end of string") }
      guard "sdfebxXo".unicodeScalars.contains(verb) else {
        throw CELError("could not parse formatting clause: unrecognized formatting clause \"\(verb)\"")
      }
      self.verb = verb
    }

    func text(_ value: CELValue) throws(CELError) -> String {
      switch verb {
      case "s": return try StringFormatter.string(value)
      case "d": return try StringFormatter.decimal(value)
      case "f":
        return DecimalText.grouped(
          try number(value, "fixed-point"), digits: precision ?? StringFormatter.defaultPrecision)
      case "e":
        return DecimalText.scientific(
          try number(value, "scientific notation"), digits: precision ?? StringFormatter.defaultPrecision)
      case "b":
        if case .bool(let isTrue) = value { return isTrue ? "1" : "0" }
        guard let digits = StringFormatter.digits(value, radix: 2) else {
          throw failure("only integers and bools can be formatted as binary", value)
        }
        return digits
      case "o":
        guard let digits = StringFormatter.digits(value, radix: 8) else {
          throw failure("octal clause can only be used on integers", value)
        }
        return digits
      default: return try hex(value)
      }
    }

    private func failure(_ message: String, _ value: CELValue) -> CELError {
      CELError("\(message), was given \(value.type.runtimeName)")
    }

    private func number(_ value: CELValue, _ name: String) throws(CELError) -> Double {
      switch value {
      case .double(let number): return number
      case .string("NaN"): return .nan
      case .string("Infinity"): return .infinity
      case .string("-Infinity"): return -.infinity
      default: throw failure("\(name) clause can only be used on doubles", value)
      }
    }

    private func hex(_ value: CELValue) throws(CELError) -> String {
      let lower: String
      switch value {
      case .string(let text): lower = Self.hex(text.utf8)
      case .bytes(let bytes): lower = Self.hex(bytes)
      default:
        guard let digits = StringFormatter.digits(value, radix: 16) else {
          throw failure("only integers, byte buffers, and strings can be formatted as hex", value)
        }
        lower = digits
      }
      return verb == "X" ? lower.uppercased() : lower
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }

  static func digits(_ value: CELValue, radix: Int) -> String? {
    switch value {
    case .int(let v): String(v, radix: radix)
    case .uint(let v): String(v, radix: radix)
    default: nil
    }
  }

  private static func decimal(_ value: CELValue) throws(CELError) -> String {
    guard let digits = digits(value, radix: 10) else {
      throw CELError(
        "decimal clause can only be used on integers, was given \(value.type.runtimeName)")
    }
    return digits
  }

  /// `%s`.
  private static func string(_ value: CELValue) throws(CELError) -> String {
    switch value {
    case .list(let list):
      var parts: [String] = []
      for element in list { parts.append(try literal(element)) }
      return "[" + parts.joined(separator: ", ") + "]"
    case .map(let map):
      var entries: [(key: String, value: String)] = []
      for key in map.keys { entries.append((try literal(key), try literal(map[key] ?? .null))) }
      entries.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      return "{" + entries.map { "\($0.key):\($0.value)" }.joined(separator: ", ") + "}"
    case .null: return "null"
    case .type(let type): return type.runtimeName
    case .object, .optional:
      let kinds = "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types"
      throw CELError("\(kinds), durations, and timestamps, was given \(value.type.runtimeName)")
    default:
      guard case .string(let text) = try Conversions.string(value) else { return "" }
      return text
    }
  }

  /// A value within a list or a map, as an expression would have it.
  private static func literal(_ value: CELValue) throws(CELError) -> String {
    switch value {
    case .string(let text): return GoText.quoted(text)
    case .bytes(let bytes): return "b" + GoText.quoted(String(decoding: bytes, as: UTF8.self))
    case .double(let number):
      return number.isFinite
        ? DecimalText.fixed(number, digits: defaultPrecision) : "\"\(value.plainText)\""
    case .timestamp, .duration:
      let name = if case .timestamp = value { "timestamp" } else { "duration" }
      return "\(name)(\(GoText.quoted(try string(value))))"
    case .object, .optional: throw CELError("no formatting function for \(value.type.runtimeName)")
    default: return try string(value)
    }
  }
}
