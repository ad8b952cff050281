/// What a scalar's text means in YAML 1.1, by go-yaml's rules.
enum YAMLScalar: Equatable {
  case null
  case bool(Bool)
  case int(Int64)
  case float(Double)
  case timestamp(String)
  case string(String)

  /// - Parameters:
  ///   - tag: the tag in full, or empty.
  ///   - isPlain: whether the text was written without quotes; then, or with a tag, its form counts.
  static func resolve(_ text: String, tag: String, isPlain: Bool) throws(YAML.SyntaxError) -> YAMLScalar {
    if tag.isEmpty { return isPlain ? resolve(text) : .string(text) }
    let core = "tag:yaml.org,2002:"
    guard tag.hasPrefix(core) else { return .string(text) }
    let name = String(tag.dropFirst(core.count))
    let found = resolve(text)
    switch (name, found) {
    case ("str", _): return .string(text)
    case ("binary", _): return try binary(text)
    case ("null", .null), ("bool", .bool), ("int", .int), ("float", .float), ("timestamp", .timestamp):
      return found
    case ("float", .int(let number)): return .float(Double(number))
    case ("null", _), ("bool", _), ("int", _), ("float", _), ("timestamp", _):
      throw YAML.SyntaxError(message: "yaml: cannot decode !!\(found.name) `\(text)` as a !!\(name)")
    default: return .string(text)
    }
  }

  private var name: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .int: "int"
    case .float: "float"
    case .timestamp: "timestamp"
    case .string: "str"
    }
  }

  private static func binary(_ text: String) throws(YAML.SyntaxError) -> YAMLScalar {
    do throws(Base64.DecodeError) {
      return .string(String(decoding: try Base64.decode(text), as: UTF8.self))
    } catch {
      throw YAML.SyntaxError(message: "yaml: !!binary value contains invalid base64 data")
    }
  }

  // MARK: - Plain scalars

  private static let words: [String: YAMLScalar] = {
    var words: [String: YAMLScalar] = [:]
    for word in ["", "~", "null", "Null", "NULL"] { words[word] = .null }
    for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
      words[word] = .bool(true)
    }
    for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
      words[word] = .bool(false)
    }
    for word in [".nan", ".NaN", ".NAN"] { words[word] = .float(.nan) }
    for word in [".inf", ".Inf", ".INF"] {
      words[word] = .float(.infinity)
      words["+" + word] = .float(.infinity)
      words["-" + word] = .float(-.infinity)
    }
    return words
  }()

  /// What the text means if it stands without quotes.
  static func resolve(_ text: String) -> YAMLScalar {
    guard let first = text.utf8.first else { return .null }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      return words[text] ?? number(text) ?? .string(text)
    case UInt8(ascii: "~"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
      return text.utf8.count <= 5 ? words[text] ?? .string(text) : .string(text)
    default: return .string(text)
    }
  }

  private static func number(_ text: String) -> YAMLScalar? {
    if text.utf8.first == UInt8(ascii: ".") { return float(text) }
    if isTimestamp(text) { return .timestamp(text) }
    let plain = String(text.filter { $0 != "_" })
    return integer(plain) ?? float(plain)
  }

  /// Reads an integer with the prefixes of Go: `0x`, `0b`, `0o` and, for octal numbers, `0`.
  private static func integer(_ text: String) -> YAMLScalar? {
    var digits = Substring(text)
    var sign = ""
    if let first = digits.first, first == "-" || first == "+" {
      sign = String(digits.removeFirst())
    }
    var radix = 10
    if digits.first == "0", digits.utf8.count > 1 {
      digits.removeFirst()
      switch digits.first {
      case "x", "X": radix = 16
      case "b", "B": radix = 2
      case "o", "O": radix = 8
      default:
        radix = 8
        digits = "0" + digits
      }
      digits.removeFirst()
    }
    guard let first = digits.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+") else {
      return nil
    }
    if let number = Int64(sign + digits, radix: radix) { return .int(number) }
    // Beyond Int64 the number stays one, at the precision of a Double.
    if sign.isEmpty, let number = UInt64(digits, radix: radix) { return .float(Double(number)) }
    return nil
  }

  /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
  private static func float(_ text: String) -> YAMLScalar? {
    var rest = text.utf8[...]
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
    let whole = dropDigits(&rest)
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = dropDigits(&rest)
    }
    if whole == 0, fraction == 0 { return nil }
    if let e = rest.first, e == UInt8(ascii: "e") || e == UInt8(ascii: "E") {
      rest.removeFirst()
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
      if dropDigits(&rest) == 0 { return nil }
    }
    guard rest.isEmpty, let number = Double(text), number.isFinite else { return nil }
    return .float(number)
  }

  @discardableResult
  private static func dropDigits(_ text: inout Substring.UTF8View) -> Int {
    let digits = text.prefix { $0 >= 0x30 && $0 <= 0x39 }.count
    text.removeFirst(digits)
    return digits
  }

  // MARK: - Forms that must be quoted

  /// Whether the text would read back as itself, written without quotes, in YAML 1.1 too, where `1:30` is
  /// a number to the base of 60 and `<<` as a key merges.
  static func isPlainString(_ text: String) -> Bool {
    if text == "<<" { return false }
    if case .string = resolve(text) { return !isBase60(text) }
    return false
  }

  /// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
  private static func isBase60(_ text: String) -> Bool {
    guard text.utf8.contains(UInt8(ascii: ":")) else { return false }
    func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    var rest = text.utf8[...]
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
    guard let first = rest.first, isDigit(first) else { return false }
    rest = rest.drop { isDigit($0) || $0 == UInt8(ascii: "_") }
    var groups = 0
    while rest.first == UInt8(ascii: ":") {
      rest.removeFirst()
      let digits = rest.prefix { isDigit($0) }
      guard digits.count == 1 || (digits.count == 2 && digits.first ?? 0 <= UInt8(ascii: "5")) else {
        return false
      }
      rest.removeFirst(digits.count)
      groups += 1
    }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      rest = rest.drop { isDigit($0) || $0 == UInt8(ascii: "_") }
    }
    return groups > 0 && rest.isEmpty
  }

  /// A date, or a date and a time: `2001-1-2`, `2001-01-02 3:4:5.6`, `2001-01-02T03:04:05Z`.
  private static func isTimestamp(_ text: String) -> Bool {
    var rest = text.utf8[...]
    func number(_ digits: ClosedRange<Int>, _ range: ClosedRange<Int>) -> Int? {
      let found = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }.prefix(digits.upperBound)
      guard digits.contains(found.count), let value = Int(Substring(found)), range.contains(value) else {
        return nil
      }
      rest.removeFirst(found.count)
      return value
    }
    func literal(_ bytes: String) -> UInt8? {
      guard let first = rest.first, bytes.utf8.contains(first) else { return nil }
      rest.removeFirst()
      return first
    }
    guard let year = number(4...4, 0...9999), literal("-") != nil, let month = number(1...2, 1...12),
      literal("-") != nil, let day = number(1...2, 1...31),
      day <= CivilDate.daysIn(month: month, year: Int64(year))
    else { return false }
    if rest.isEmpty { return true }
    guard let separator = literal("Tt "), number(1...2, 0...23) != nil, literal(":") != nil,
      number(1...2, 0...59) != nil, literal(":") != nil, number(1...2, 0...59) != nil
    else { return false }
    if rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: ",") {
      rest.removeFirst()
      if dropDigits(&rest) == 0 { return false }
    }
    if separator == UInt8(ascii: " ") { return rest.isEmpty }
    if literal("Z") != nil { return rest.isEmpty }
    guard literal("+-") != nil, number(2...2, 0...24) != nil, literal(":") != nil,
      number(2...2, 0...60) != nil
    else { return false }
    return rest.isEmpty
  }
}
