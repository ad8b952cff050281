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
      if rest.first == "%" {
        rest.removeFirst()
        out += "%"
        continue
      }
      let index = next
      next += 1
      guard let argument = arguments[safe: index] else { throw CELError("index \(index) out of range") }
      if rest.isEmpty { throw CELError("unexpected end of string") }
      let clause = try Clause(&rest)
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

    /// `%s`.
    static let string = Clause(verb: "s", precision: nil)

    private init(verb: Unicode.Scalar, precision: Int?) {
      self.verb = verb
      self.precision = precision
    }

    init(_ rest: inout Substring.UnicodeScalarView) throws(CELError) {
      var precision: Int?
      if rest.first == "." {
        rest.removeFirst()
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = rest.dropFirst(digits.count)
        func failure(_ reason: String) -> CELError {
          CELError("could not parse formatting clause: error while parsing precision: \(reason)")
        }
        if rest.isEmpty { throw failure("could not find end of precision specifier") }
        guard let number = Int(String(digits)), number <= StringFormatter.precisionLimit else {
          let reason = digits.isEmpty ? "invalid syntax" : "value out of range"
          throw failure(
            "error while converting precision to integer: strconv.Atoi: parsing "
              + "\(GoText.quoted(String(digits))): \(reason)")
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
      case "d":
        guard let digits = StringFormatter.digits(value, radix: 10) else { throw failure(value) }
        return digits
      case "f":
        return DecimalText.grouped(
          try number(value), digits: precision ?? StringFormatter.defaultPrecision)
      case "e":
        return DecimalText.scientific(
          try number(value), digits: precision ?? StringFormatter.defaultPrecision)
      case "b":
        if case .bool(let isTrue) = value { return isTrue ? "1" : "0" }
        guard let digits = StringFormatter.digits(value, radix: 2) else { throw failure(value) }
        return digits
      case "o":
        guard let digits = StringFormatter.digits(value, radix: 8) else { throw failure(value) }
        return digits
      default: return try hex(value)
      }
    }

    private func failure(_ value: CELValue) -> CELError { CELError(refusal(of: value.type)) }

    private func number(_ value: CELValue) throws(CELError) -> Double {
      switch value {
      case .double(let number): return number
      case .string("NaN"): return .nan
      case .string("Infinity"): return .infinity
      case .string("-Infinity"): return -.infinity
      default: throw failure(value)
      }
    }

    private func hex(_ value: CELValue) throws(CELError) -> String {
      let lower: String
      switch value {
      case .string(let text): lower = Self.hex(text.utf8)
      case .bytes(let bytes): lower = Self.hex(bytes)
      default:
        guard let digits = StringFormatter.digits(value, radix: 16) else { throw failure(value) }
        lower = digits
      }
      return verb == "X" ? lower.uppercased() : lower
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }

  fileprivate static func digits(_ value: CELValue, radix: Int) -> String? {
    switch value {
    case .int(let v): String(v, radix: radix)
    case .uint(let v): String(v, radix: radix)
    default: nil
    }
  }
}

extension StringFormatter.Clause {
  /// Why a value of a type can't be written so.
  func refusal(of type: CELType) -> String {
    "\(Self.refusals[verb] ?? ""), was given \(type.runtimeName)"
  }

  private static let refusals: [Unicode.Scalar: String] = [
    "s": "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, "
      + "durations, and timestamps",
    "d": "decimal clause can only be used on integers",
    "f": "fixed-point clause can only be used on doubles",
    "e": "scientific clause can only be used on doubles",
    "b": "only integers and bools can be formatted as binary",
    "x": hexRefusal, "X": hexRefusal,
    "o": "octal clause can only be used on integers",
  ]
  private static let hexRefusal = "only integers, byte buffers, and strings can be formatted as hex"

  /// Whether values of a type can be written so, as far as the type tells.
  func accepts(_ type: CELType) -> Bool {
    switch (type, verb) {
    case (.dyn, _): true
    case (.int, "s"), (.int, "d"), (.int, "b"), (.int, "x"), (.int, "X"), (.int, "o"): true
    case (.uint, "s"), (.uint, "d"), (.uint, "b"), (.uint, "x"), (.uint, "X"), (.uint, "o"): true
    case (.double, "s"), (.double, "f"), (.double, "e"): true
    // "NaN" and the infinities are written as text.
    case (.string, "s"), (.string, "f"), (.string, "e"), (.string, "x"), (.string, "X"): true
    case (.bool, "s"), (.bool, "b"), (.bytes, "s"), (.bytes, "x"), (.bytes, "X"): true
    case (.list, "s"), (.map, "s"), (.timestamp, "s"), (.duration, "s"), (.type, "s"), (.null, "s"): true
    default: false
    }
  }
}
