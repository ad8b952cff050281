/// Splits an expression into tokens.
struct Lexer {
  private let scalars: [Unicode.Scalar]
  private var at = 0
  private(set) var tokens: [Token] = []
  /// Where no token could be read: the offset and a message.
  private(set) var errors: [(offset: Int, message: String)] = []

  init(_ source: SourceText) { scalars = source.scalars }

  /// Reads all tokens; the last is ``Token/Kind/end``.
  mutating func run() {
    while true {
      skipSpace()
      guard at < scalars.count else { break }
      next()
    }
    tokens.append(Token(kind: .end, text: "", offset: scalars.count))
  }

  private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
    at + ahead < scalars.count ? scalars[at + ahead] : nil
  }

  private mutating func skipSpace() {
    while let scalar = peek() {
      switch scalar {
      case " ", "\t", "\n", "\r", "\u{0C}": at += 1
      case "/" where peek(1) == "/":
        while let scalar = peek(), scalar != "\n" { at += 1; _ = scalar }
      default: return
      }
    }
  }

  private mutating func next() {
    let start = at
    guard let scalar = peek() else { return }
    if let length = Self.stringPrefixLength(scalars, start) {
      string(start, prefixLength: length)
      return
    }
    if Self.isLetter(scalar) {
      while let scalar = peek(), Self.isLetter(scalar) || Self.isDigit(scalar) { at += 1 }
      let word = text(start, at)
      let kind = Token.Kind.words.first { $0.text == word }?.kind ?? .identifier
      tokens.append(Token(kind: kind, text: word, offset: start))
      return
    }
    if Self.isDigit(scalar) || scalar == "." && peek(1).map(Self.isDigit) == true {
      number(start)
      return
    }
    if scalar == "`" {
      backquoted(start)
      return
    }
    for (mark, kind) in Token.Kind.punctuation {
      let markScalars = Array(mark.unicodeScalars)
      if markScalars.enumerated().allSatisfy({ peek($0.offset) == $0.element }) {
        at += markScalars.count
        tokens.append(Token(kind: kind, text: mark, offset: start))
        return
      }
    }
    // `=`, `&` and `|` begin a token that then does not come: the next character is part of what is shown.
    at += 1
    if scalar == "=" || scalar == "&" || scalar == "|", at < scalars.count {
      error(start, at + 1)
    } else {
      error(start, at)
    }
  }

  private mutating func error(_ start: Int, _ end: Int) {
    let shown = Token.escaped(text(start, min(end, scalars.count)))
    errors.append((start, "Syntax error: token recognition error at: '\(shown)'"))
  }

  private func text(_ start: Int, _ end: Int) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[start..<end])
    return String(view)
  }

  private mutating func number(_ start: Int) {
    if peek() == "0", peek(1) == "x", peek(2).map(Self.isHex) == true {
      at += 2
      while peek().map(Self.isHex) == true { at += 1 }
      unsignedSuffix(start)
      return
    }
    var isDouble = false
    while peek().map(Self.isDigit) == true { at += 1 }
    if peek() == ".", peek(1).map(Self.isDigit) == true {
      isDouble = true
      at += 1
      while peek().map(Self.isDigit) == true { at += 1 }
    }
    if peek() == "e" || peek() == "E" {
      let sign = peek(1) == "+" || peek(1) == "-" ? 2 : 1
      if peek(sign).map(Self.isDigit) == true {
        isDouble = true
        at += sign
        while peek().map(Self.isDigit) == true { at += 1 }
      }
    }
    if isDouble {
      tokens.append(Token(kind: .double, text: text(start, at), offset: start))
    } else {
      unsignedSuffix(start)
    }
  }

  private mutating func unsignedSuffix(_ start: Int) {
    let isUnsigned = peek() == "u" || peek() == "U"
    if isUnsigned { at += 1 }
    tokens.append(Token(kind: isUnsigned ? .uint : .int, text: text(start, at), offset: start))
  }

  private mutating func backquoted(_ start: Int) {
    at += 1
    while let scalar = peek(),
      Self.isLetter(scalar) || Self.isDigit(scalar) || "._-/ ".unicodeScalars.contains(scalar)
    {
      at += 1
    }
    guard peek() == "`", at > start + 1 else {
      error(start, at + 1)
      return
    }
    at += 1
    tokens.append(Token(kind: .quotedIdentifier, text: text(start, at), offset: start))
  }

  // MARK: Strings

  /// How many of `r`, `b` in either case stand before a quote; nil where no string begins.
  private static func stringPrefixLength(_ scalars: [Unicode.Scalar], _ start: Int) -> Int? {
    var raw = false
    var bytes = false
    var at = start
    while at < scalars.count {
      switch scalars[at] {
      case "r", "R":
        if raw { return nil }
        raw = true
      case "b", "B":
        // `br` is a prefix, `rb` is not.
        if bytes || raw { return nil }
        bytes = true
      case "\"", "'": return at - start
      default: return nil
      }
      at += 1
    }
    return nil
  }

  private mutating func string(_ start: Int, prefixLength: Int) {
    let prefix = text(start, start + prefixLength).lowercased()
    let isRaw = prefix.contains("r")
    at += prefixLength
    guard let quote = peek() else { return }
    let isTriple = peek(1) == quote && peek(2) == quote
    at += isTriple ? 3 : 1
    while let scalar = peek() {
      if scalar == "\\", !isRaw {
        if !Self.isEscape(scalars, at) {
          at += 1
          error(start, at + 1)
          return
        }
        at += 2
        continue
      }
      if scalar == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
        at += isTriple ? 3 : 1
        let kind: Token.Kind = prefix.contains("b") ? .bytes : .string
        tokens.append(Token(kind: kind, text: text(start, at), offset: start))
        return
      }
      if scalar == "\n" || scalar == "\r", !isTriple {
        error(start, at + 1)
        return
      }
      at += 1
    }
    error(start, at)
  }

  /// Whether an escape that the grammar knows begins at the backslash.
  private static func isEscape(_ scalars: [Unicode.Scalar], _ at: Int) -> Bool {
    guard at + 1 < scalars.count else { return false }
    func digits(_ count: Int, _ isDigit: (Unicode.Scalar) -> Bool) -> Bool {
      at + 2 + count <= scalars.count && scalars[(at + 2)..<(at + 2 + count)].allSatisfy(isDigit)
    }
    switch scalars[at + 1] {
    case "a", "b", "f", "n", "r", "t", "v", "\"", "'", "\\", "?", "`": return true
    case "x", "X": return digits(2, isHex)
    case "u": return digits(4, isHex)
    case "U": return digits(8, isHex)
    case "0"..."3": return digits(2) { ("0"..."7").contains($0) }
    default: return false
    }
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isHex(_ scalar: Unicode.Scalar) -> Bool {
    isDigit(scalar) || ("a"..."f").contains(scalar) || ("A"..."F").contains(scalar)
  }
}
