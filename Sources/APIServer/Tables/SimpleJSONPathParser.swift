import Values

/// Reads the text of a ``SimpleJSONPath``.
struct SimpleJSONPathParser {
  private struct Malformed: Error {}

  private let bytes: [UInt8]
  private var at = 0
  private var steps: [SimpleJSONPath.Step] = []
  private let depth: Int

  /// - Returns: nil if the text is no path.
  static func parse(_ text: String) -> [SimpleJSONPath.Step]? { try? parse(Array(text.utf8), depth: 0) }

  private static func parse(_ bytes: [UInt8], depth: Int) throws(Malformed) -> [SimpleJSONPath.Step] {
    if depth > SimpleJSONPath.deepestFilter { throw Malformed() }
    var parser = SimpleJSONPathParser(bytes: bytes, depth: depth)
    try parser.readSteps()
    return parser.steps
  }

  private init(bytes: [UInt8], depth: Int) {
    self.bytes = bytes
    self.depth = depth
  }

  private mutating func readSteps() throws(Malformed) {
    while at < bytes.count {
      if steps.count >= SimpleJSONPath.mostSteps { throw Malformed() }
      switch bytes[at] {
      // Both signs stand for the value that the path starts from.
      case UInt8(ascii: "$"), UInt8(ascii: "@"), UInt8(ascii: " "): at += 1
      case UInt8(ascii: "."): readField()
      case UInt8(ascii: "["): steps.append(try readBrackets())
      default: throw Malformed()
      }
    }
  }

  /// `.name`, `.na\.me`, `.*`, and `..`, which what follows is looked for below.
  private mutating func readField() {
    at += 1
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      // The second dot stays, to begin the name.
      steps.append(.descendants)
      if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "[") { at += 1 }
      return
    }
    var name: [UInt8] = []
    var isEscaped = false
    while at < bytes.count, isEscaped || !Self.ends.contains(bytes[at]) {
      isEscaped = !isEscaped && bytes[at] == UInt8(ascii: "\\")
      if !isEscaped { name.append(bytes[at]) }
      at += 1
    }
    steps.append(name == [UInt8(ascii: "*")] ? .wildcard : .field(String(decoding: name, as: UTF8.self)))
  }

  /// What a name ends before.
  private static let ends = Set(" \t\r\n.,[]$@{}".utf8)

  // MARK: - Brackets

  private mutating func readBrackets() throws(Malformed) -> SimpleJSONPath.Step {
    let inside = try readEnclosed()
    if inside.starts(with: "?(".utf8) {
      guard inside.last == UInt8(ascii: ")") else { throw Malformed() }
      return .filter(try filter(Array(inside[2..<(inside.count - 1)])))
    }
    let parts = Self.split(inside, at: UInt8(ascii: ","))
    if parts.count == 1 { return try Self.element(parts[0]) }
    var union: [SimpleJSONPath.Step] = []
    for part in parts { union.append(try Self.element(part)) }
    if union.count > SimpleJSONPath.mostSteps { throw Malformed() }
    return .union(union)
  }

  /// The text up to the bracket that closes this one, which no quotation marks hide.
  private mutating func readEnclosed() throws(Malformed) -> [UInt8] {
    let start = at + 1
    var open = 0
    var quote: UInt8?
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      if let mark = quote {
        if byte == UInt8(ascii: "\\") { at += 1 } else if byte == mark { quote = nil }
        continue
      }
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = byte
      case UInt8(ascii: "["): open += 1
      case UInt8(ascii: "]"):
        open -= 1
        if open == 0 { return Array(bytes[start..<(at - 1)]) }
      default: break
      }
    }
    throw Malformed()
  }

  /// Cuts a text where no quotation marks hide the separator.
  private static func split(_ bytes: [UInt8], at separator: UInt8) -> [[UInt8]] {
    var parts: [[UInt8]] = [[]]
    var quote: UInt8?
    for byte in bytes {
      if byte == separator, quote == nil {
        parts.append([])
        continue
      }
      parts[parts.count - 1].append(byte)
      if byte == quote {
        quote = nil
      } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      }
    }
    return parts.map(trimmed)
  }

  private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    let rest = bytes.drop { $0 == UInt8(ascii: " ") }
    guard let last = rest.lastIndex(where: { $0 != UInt8(ascii: " ") }) else { return [] }
    return Array(rest[...last])
  }

  /// `'name'`, `*`, `1`, `1:3:2`
  private static func element(_ text: [UInt8]) throws(Malformed) -> SimpleJSONPath.Step {
    if let name = try unquoted(text) { return .field(name) }
    if text == [UInt8(ascii: "*")] { return .slice(.init(isIndex: false)) }
    let bounds = split(text, at: UInt8(ascii: ":"))
    guard bounds.count <= 3, bounds.count > 1 || !bounds[0].isEmpty else { throw Malformed() }
    var numbers: [Int?] = []
    for bound in bounds { numbers.append(try number(bound)) }
    if bounds.count == 1 { return .slice(.init(start: numbers[0], isIndex: true)) }
    let step = numbers.count == 3 ? numbers[2] : nil
    if let step, step <= 0 { throw Malformed() }
    return .slice(.init(start: numbers[0], end: numbers[1], step: step, isIndex: false))
  }

  /// - Returns: nil for no text at all.
  private static func number(_ text: [UInt8]) throws(Malformed) -> Int? {
    if text.isEmpty { return nil }
    guard let number = Int32(String(decoding: text, as: UTF8.self)) else { throw Malformed() }
    return Int(number)
  }

  /// The text between quotation marks, where a backslash stands before a mark that is meant; nil for a text
  /// without marks.
  private static func unquoted(_ text: [UInt8]) throws(Malformed) -> String? {
    guard let mark = text.first, mark == UInt8(ascii: "'") || mark == UInt8(ascii: "\"") else { return nil }
    guard text.count >= 2, text.last == mark else { throw Malformed() }
    var out: [UInt8] = []
    var isEscaped = false
    for byte in text[1..<(text.count - 1)] {
      isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
      if !isEscaped { out.append(byte) }
    }
    return String(decoding: out, as: UTF8.self)
  }

  // MARK: - Filters

  /// `@.type=="Ready"`, or `@.type` alone.
  private func filter(_ text: [UInt8]) throws(Malformed) -> SimpleJSONPath.Filter {
    let signs = Set("=!<>".utf8)
    guard let start = Self.firstUnquoted(text, in: signs) else {
      return .init(left: try operand(text), comparison: nil)
    }
    let end = text[start...].firstIndex { !signs.contains($0) } ?? text.endIndex
    let sign = String(decoding: text[start..<end], as: UTF8.self)
    guard let comparison = SimpleJSONPath.Filter.Comparison(rawValue: sign) else { throw Malformed() }
    return .init(
      left: try operand(Array(text[..<start])), comparison: (comparison, try operand(Array(text[end...]))))
  }

  private static func firstUnquoted(_ text: [UInt8], in signs: Set<UInt8>) -> Int? {
    var quote: UInt8?
    for (index, byte) in text.enumerated() {
      if byte == quote {
        quote = nil
      } else if quote == nil {
        if signs.contains(byte) { return index }
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { quote = byte }
      }
    }
    return nil
  }

  private func operand(_ text: [UInt8]) throws(Malformed) -> SimpleJSONPath.Filter.Operand {
    let text = Self.trimmed(text)
    if let constant = try Self.unquoted(text) { return .constant(.string(constant)) }
    guard let first = text.first else { throw Malformed() }
    if "@$.[".utf8.contains(first) { return .path(try Self.parse(text, depth: depth + 1)) }
    switch String(decoding: text, as: UTF8.self) {
    case "true": return .constant(true)
    case "false": return .constant(false)
    case let word:
      if let number = Int64(word) { return .constant(.int(number)) }
      guard let number = Double(word), number.isFinite else { throw Malformed() }
      return .constant(.double(number))
    }
  }
}
