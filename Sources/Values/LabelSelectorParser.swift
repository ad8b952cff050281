extension LabelSelector {
  /// Reads the text form: `app in (a,b),tier!=x,!canary`. An empty text matches everything.
  /// - Throws: ``SelectorError`` in the server's words.
  public init(parsing text: String) throws(SelectorError) {
    var parser = LabelSelectorParser(text)
    self.init(try parser.requirements())
  }

  /// Reads the text form, as ``init(parsing:)`` does.
  public init(_ text: String) throws(SelectorError) { try self.init(parsing: text) }
}

/// A recursive-descent parser with one token of look-ahead, as k8s.io/apimachinery/pkg/labels describes.
private struct LabelSelectorParser {
  private enum Token {
    case end, word, `in`, notIn, comma, open, close, not, equals, doubleEquals, notEquals, greater, less
  }

  private static let words: [String: Token] = ["in": .in, "notin": .notIn]
  private static let symbols: [String: Token] = [
    ",": .comma, "(": .open, ")": .close, "!": .not, "=": .equals, "==": .doubleEquals,
    "!=": .notEquals, ">": .greater, "<": .less,
  ]
  private static let operators: [Token: LabelSelector.Operator] = [
    .in: .in, .notIn: .notIn, .equals: .equals, .doubleEquals: .doubleEquals, .notEquals: .notEquals,
    .greater: .greaterThan, .less: .lessThan,
  ]

  private var tokens: [(token: Token, text: String)] = []
  private var at = 0

  init(_ text: String) {
    let bytes = Array(text.utf8)
    var i = 0
    // A NUL ends the text, as it does in the server's lexer.
    while i < bytes.count, bytes[i] != 0 {
      let start = i
      if Self.isSpace(bytes[i]) {
        i += 1
        continue
      }
      if Self.isSymbol(bytes[i]) {
        i += 1
        if i < bytes.count, bytes[i] == UInt8(ascii: "="),
          bytes[start] == UInt8(ascii: "=") || bytes[start] == UInt8(ascii: "!")
        {
          i += 1
        }
        let symbol = String(decoding: bytes[start..<i], as: UTF8.self)
        tokens.append((Self.symbols[symbol] ?? .word, symbol))
        continue
      }
      while i < bytes.count, bytes[i] != 0, !Self.isSpace(bytes[i]), !Self.isSymbol(bytes[i]) { i += 1 }
      let word = String(decoding: bytes[start..<i], as: UTF8.self)
      tokens.append((Self.words[word] ?? .word, word))
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private static func isSymbol(_ byte: UInt8) -> Bool { "=!(),><".utf8.contains(byte) }

  // MARK: - Grammar

  mutating func requirements() throws(SelectorError) -> [LabelSelector.Requirement] {
    var requirements: [LabelSelector.Requirement] = []
    while true {
      let (token, text) = peek()
      switch token {
      case .end: return requirements
      case .word, .not:
        do throws(SelectorError) {
          requirements.append(try requirement())
        } catch {
          throw SelectorError(message: "unable to parse requirement: \(error.message)")
        }
      default: throw found(text, ", expected: !, identifier, or 'end of string'")
      }
      let (next, nextText) = take()
      if next == .end { return requirements }
      guard next == .comma else { throw found(nextText, ", expected: ',' or 'end of string'") }
      let (after, afterText) = peek()
      guard after == .word || after == .not else {
        throw found(afterText, ", expected: identifier after ','")
      }
    }
  }

  private mutating func requirement() throws(SelectorError) -> LabelSelector.Requirement {
    var (token, key) = take()
    let isNegated = token == .not
    if isNegated { (token, key) = take() }
    guard token == .word else { throw found(key, ", expected: identifier") }
    let problems = LabelSyntax.keyProblems(key)
    if !problems.isEmpty {
      throw SelectorError(
        message: "<nil>: Invalid value: \(GoText.quoted(key)): \(problems.joined(separator: "; "))")
    }
    if isNegated { return try LabelSelector.Requirement(key, .doesNotExist) }
    let next = peek().token
    if next == .end || next == .comma { return try LabelSelector.Requirement(key, .exists) }
    let (symbol, text) = take(asOperator: true)
    guard let found = Self.operators[symbol] else {
      throw self.found(text, ", expected: in, notin, =, ==, !=, gt, lt")
    }
    let values = found == .in || found == .notIn ? try valueList() : [try exactValue()]
    return try LabelSelector.Requirement(key, found, values)
  }

  private mutating func valueList() throws(SelectorError) -> [String] {
    let (open, openText) = take()
    guard open == .open else { throw found(openText, " expected: '('") }
    let (first, firstText) = peek()
    switch first {
    case .close:
      _ = take()
      return [""]
    case .word, .comma:
      let values = try identifiers()
      guard take().token == .close else { throw found(firstText, ", expected: ')'") }
      return values
    default: throw found(firstText, ", expected: ',', ')' or identifier")
    }
  }

  /// The words between the parentheses; nothing between two commas is an empty word.
  private mutating func identifiers() throws(SelectorError) -> [String] {
    var values: [String] = []
    while true {
      let (token, text) = take()
      switch token {
      case .word:
        values.append(text)
        let (next, nextText) = peek()
        if next == .close { return values }
        guard next == .comma else { throw found(nextText, ", expected: ',' or ')'") }
      case .comma:
        if values.isEmpty { values.append("") }
        switch peek().token {
        case .close:
          values.append("")
          return values
        case .comma:
          _ = take()
          values.append("")
        default: break
        }
      default: throw found(text, ", expected: ',', or identifier")
      }
    }
  }

  private mutating func exactValue() throws(SelectorError) -> String {
    let next = peek().token
    if next == .end || next == .comma { return "" }
    let (token, text) = take()
    guard token == .word else { throw found(text, ", expected: identifier") }
    return text
  }

  // MARK: - Tokens

  /// The next token; `in` and `notin` are words where no operator is looked for.
  private func peek(asOperator: Bool = false) -> (token: Token, text: String) {
    guard at < tokens.count else { return (.end, "") }
    let (token, text) = tokens[at]
    return (!asOperator && (token == .in || token == .notIn) ? .word : token, text)
  }

  private mutating func take(asOperator: Bool = false) -> (token: Token, text: String) {
    let next = peek(asOperator: asOperator)
    at += 1
    return next
  }

  private func found(_ text: String, _ expected: String) -> SelectorError {
    SelectorError(message: "found '\(text)'\(expected)")
  }
}
