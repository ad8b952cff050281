/// Reads the text of an expression.
struct RegularExpressionParser {
  typealias SyntaxError = RegularExpression.SyntaxError
  typealias CharacterSet = RegularExpression.CharacterSet
  typealias Tree = RegularExpressionTree

  private static let longest = 16_384
  private static let deepest = 200
  /// What RE2 allows in `{n,m}`.
  private static let mostRepetitions = 1000

  private struct Flags {
    var ignoresCase = false
    var isMultiline = false
    var dotTakesNewline = false
  }

  private let text: [Unicode.Scalar]
  private var at = 0
  private var flags = Flags()
  private var depth = 0

  init(_ pattern: String) { text = Array(pattern.unicodeScalars) }

  mutating func parse() throws(SyntaxError) -> Tree {
    guard text.count <= Self.longest else { throw SyntaxError("expression too large") }
    let tree = try choice()
    guard at == text.count else { throw failure("unexpected )", text[...]) }
    return tree
  }

  // MARK: - Structure

  private mutating func choice() throws(SyntaxError) -> Tree {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw SyntaxError("expression nests too deeply") }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(SyntaxError) -> Tree {
    var parts: [Tree] = []
    while let next = peek, next != "|", next != ")" {
      guard let part = try item() else { continue }
      parts.append(try repeated(part))
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  /// One character, class, group or assertion; nil for what only sets flags.
  private mutating func item() throws(SyntaxError) -> Tree? {
    guard let scalar = next() else { return nil }
    switch scalar {
    case "(": return try group()
    case "[": return .character(try bracket())
    case ".": return .character(flags.dotTakesNewline ? .any : .allButNewline)
    case "^": return .assertion(flags.isMultiline ? .lineStart : .textStart)
    case "$": return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
    case "*", "+", "?": throw SyntaxError("missing argument to repetition operator: `\(scalar)`")
    case "\\": return try escape()
    default: return .character(cased(CharacterSet(scalar)))
    }
  }

  private mutating func repeated(_ part: Tree) throws(SyntaxError) -> Tree {
    let minimum: Int
    let maximum: Int?
    switch peek {
    case "*": (minimum, maximum) = (0, nil)
    case "+": (minimum, maximum) = (1, nil)
    case "?": (minimum, maximum) = (0, 1)
    case "{":
      guard let bounds = try bounds() else { return part }
      return try repetition(part, minimum: bounds.0, maximum: bounds.1)
    default: return part
    }
    at += 1
    return try repetition(part, minimum: minimum, maximum: maximum)
  }

  private mutating func repetition(
    _ part: Tree, minimum: Int, maximum: Int?
  ) throws(SyntaxError) -> Tree {
    let tree = Tree.repetition(part, minimum: minimum, maximum: maximum, isLazy: take("?"))
    if let next = peek, ["*", "+", "?"].contains(next) {
      throw SyntaxError("invalid nested repetition operator")
    }
    return tree
  }

  /// Reads `{n}`, `{n,}` or `{n,m}`; nil, and nothing read, where the brace stands for itself.
  private mutating func bounds() throws(SyntaxError) -> (Int, Int?)? {
    let start = at
    at += 1
    guard let low = number() else {
      at = start
      return nil
    }
    var high: Int? = low
    if take(",") { high = peek == "}" ? nil : number() ?? -1 }
    guard take("}"), high != -1 else {
      at = start
      return nil
    }
    guard low <= Self.mostRepetitions, high ?? 0 <= Self.mostRepetitions, high ?? low >= low else {
      throw failure("invalid repeat count", text[start..<at])
    }
    return (low, high)
  }

  private mutating func number() -> Int? {
    let start = at
    var value = 0
    while let digit = peek, ("0"..."9").contains(digit), at - start < 5 {
      value = value * 10 + Int(digit.value - 48)
      at += 1
    }
    return at > start ? value : nil
  }

  private mutating func group() throws(SyntaxError) -> Tree? {
    let outer = flags
    if take("?") {
      if take("P") || peek == "<" {
        guard take("<"), groupName() else { throw SyntaxError("invalid named capture") }
      } else if try readFlags() {
        // Flags alone hold to the end of the group that they stand in.
        return nil
      }
    }
    let tree = try choice()
    guard take(")") else { throw failure("missing closing )", text[...]) }
    flags = outer
    return tree
  }

  private mutating func groupName() -> Bool {
    let start = at
    while let scalar = peek, CharacterSet.word.contains(scalar) { at += 1 }
    return at > start && take(">")
  }

  /// Reads `i-s)` or `i:`.
  /// - Returns: true where the group ends with the flags.
  private mutating func readFlags() throws(SyntaxError) -> Bool {
    var isOn = true
    while let scalar = next() {
      switch scalar {
      case "i": flags.ignoresCase = isOn
      case "m": flags.isMultiline = isOn
      case "s": flags.dotTakesNewline = isOn
      case "U": break
      case "-": isOn = false
      case ":": return false
      case ")": return true
      default: throw SyntaxError("invalid or unsupported Perl syntax")
      }
    }
    throw SyntaxError("missing closing )")
  }

  // MARK: - Escapes

  private mutating func escape() throws(SyntaxError) -> Tree {
    guard let scalar = next() else { throw SyntaxError("trailing backslash at end of expression") }
    switch scalar {
    case "A": return .assertion(.textStart)
    case "z": return .assertion(.textEnd)
    case "b": return .assertion(.wordBoundary)
    case "B": return .assertion(.notWordBoundary)
    case "Q": return quotation()
    default: return .character(cased(try escapedSet(scalar)))
    }
  }

  /// `\Q…\E`: what is between stands for itself.
  private mutating func quotation() -> Tree {
    var parts: [Tree] = []
    while let scalar = next() {
      if scalar == "\\", peek == "E" {
        at += 1
        break
      }
      parts.append(.character(cased(CharacterSet(scalar))))
    }
    return .sequence(parts)
  }

  /// The characters that an escape stands for, after its backslash and its letter.
  private mutating func escapedSet(_ scalar: Unicode.Scalar) throws(SyntaxError) -> CharacterSet {
    switch scalar {
    case "d": return .digit
    case "w": return .word
    case "s": return .space
    case "D", "W", "S":
      var set: CharacterSet = scalar == "D" ? .digit : scalar == "W" ? .word : .space
      set.isNegated = true
      return set
    case "p", "P": return try category(isNegated: scalar == "P")
    default: return CharacterSet(try escapedScalar(scalar))
    }
  }

  private mutating func escapedScalar(_ scalar: Unicode.Scalar) throws(SyntaxError) -> Unicode.Scalar {
    switch scalar {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "f": return "\u{0C}"
    case "v": return "\u{0B}"
    case "a": return "\u{07}"
    case "x": return try hexadecimal()
    case "0"..."7":
      // One digit alone would refer back to a group, which takes time without bound.
      guard scalar == "0" || peek.map({ ("0"..."7").contains($0) }) ?? false else {
        throw SyntaxError("invalid escape sequence: `\\\(scalar)`")
      }
      at -= 1
      return try digits(radix: 8, atMost: 3)
    default:
      let isPunctuation = scalar.isASCII && !CharacterSet.word.contains(scalar)
      guard isPunctuation || scalar == "_" else {
        throw SyntaxError("invalid escape sequence: `\\\(scalar)`")
      }
      return scalar
    }
  }

  private mutating func hexadecimal() throws(SyntaxError) -> Unicode.Scalar {
    guard take("{") else {
      let start = at
      let scalar = try digits(radix: 16, atMost: 2)
      guard at - start == 2 else { throw SyntaxError("invalid escape sequence") }
      return scalar
    }
    let scalar = try digits(radix: 16, atMost: 8)
    guard take("}") else { throw SyntaxError("invalid escape sequence") }
    return scalar
  }

  private mutating func digits(radix: Int, atMost: Int) throws(SyntaxError) -> Unicode.Scalar {
    var value: UInt32 = 0
    let start = at
    while at - start < atMost, let scalar = peek, let digit = Character(scalar).hexDigitValue, digit < radix {
      value = value * UInt32(radix) + UInt32(digit)
      at += 1
    }
    guard at > start, let scalar = Unicode.Scalar(value) else { throw SyntaxError("invalid escape sequence") }
    return scalar
  }

  private mutating func category(isNegated: Bool) throws(SyntaxError) -> CharacterSet {
    var name = ""
    var isNegated = isNegated
    if take("{") {
      if take("^") { isNegated.toggle() }
      while let scalar = next(), scalar != "}" { name.unicodeScalars.append(scalar) }
    } else if let scalar = next() {
      name.unicodeScalars.append(scalar)
    }
    if name == "Any" { return CharacterSet([0...0x10FFFF], isNegated: isNegated) }
    guard CharacterSet.categoryNames.contains(name) else {
      throw SyntaxError("invalid character class range: `\\p{\(name)}`")
    }
    var set = CharacterSet()
    set.categories = [.init(name: name, isNegated: isNegated)]
    return set
  }

  // MARK: - Brackets

  private mutating func bracket() throws(SyntaxError) -> CharacterSet {
    let start = at - 1
    var set = CharacterSet()
    let isNegated = take("^")
    var isFirst = true
    while true {
      guard let scalar = next() else { throw failure("missing closing ]", text[start...]) }
      if scalar == "]", !isFirst { break }
      isFirst = false
      if scalar == "[", peek == ":" {
        set.formUnion(try namedClass())
        continue
      }
      if scalar == "\\" {
        guard let letter = next() else { throw failure("missing closing ]", text[start...]) }
        if ["d", "w", "s", "D", "W", "S", "p", "P"].contains(letter) {
          set.formUnion(try escapedSet(letter))
          continue
        }
        try addRange(from: try escapedScalar(letter), to: &set)
      } else {
        try addRange(from: scalar, to: &set)
      }
    }
    set.isNegated = isNegated
    return cased(set)
  }

  private mutating func addRange(from low: Unicode.Scalar, to set: inout CharacterSet) throws(SyntaxError) {
    guard peek == "-", at + 1 < text.count, text[at + 1] != "]" else {
      set.ranges.append(low.value...low.value)
      return
    }
    let start = at - 1
    at += 1
    guard var high = next() else { throw failure("missing closing ]", text[start...]) }
    if high == "\\", let letter = next() { high = try escapedScalar(letter) }
    guard low.value <= high.value else { throw failure("invalid character class range", text[start..<at]) }
    set.ranges.append(low.value...high.value)
  }

  private mutating func namedClass() throws(SyntaxError) -> CharacterSet {
    at += 1
    let isNegated = take("^")
    var name = ""
    while let scalar = next(), scalar != ":" { name.unicodeScalars.append(scalar) }
    guard take("]"), var set = CharacterSet.named[name] else {
      throw SyntaxError("invalid character class range")
    }
    set.isNegated = isNegated
    return set
  }

  // MARK: - Characters

  /// An error about a part of the expression, in Go's words.
  private func failure(_ message: String, _ part: ArraySlice<Unicode.Scalar>) -> SyntaxError {
    var shown = String.UnicodeScalarView()
    shown.append(contentsOf: part)
    return SyntaxError("\(message): `\(String(shown))`")
  }

  private func cased(_ set: CharacterSet) -> CharacterSet {
    var set = set
    set.ignoresCase = flags.ignoresCase
    return set
  }

  private var peek: Unicode.Scalar? { at < text.count ? text[at] : nil }

  private mutating func next() -> Unicode.Scalar? {
    guard at < text.count else { return nil }
    defer { at += 1 }
    return text[at]
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    at += 1
    return true
  }
}
