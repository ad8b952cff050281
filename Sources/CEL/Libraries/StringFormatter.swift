import Values

/// `format` of the strings extension: `%s %d %f %e %b %x %X %o %%`, with a precision as in `%.3f`.
struct StringFormatter {
  private let arguments: CELList
  private var next = 0

  static let defaultPrecision = 6
  private static let precisionLimit = 1000
  /// The longest text that may be made.
  static let sizeLimit = 1 << 24

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
      case "s":
        var text = LiteralText()
        try text.append(value)
        return text.out
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
}
