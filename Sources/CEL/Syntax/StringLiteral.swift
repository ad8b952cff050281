/// What a string or bytes literal stands for.
enum StringLiteral {
  /// The text between the quotes with its escapes read.
  /// - Parameter token: prefix, quotes and all, as the lexer takes it.
  /// - Returns: nil where an escape stands for no character.
  static func text(_ token: String) -> String? {
    let (body, isRaw) = parts(token)
    if isRaw { return String(body) }
    var out = String.UnicodeScalarView()
    guard
      scan(
        body, { out.append($0) },
        { code, _ in
          guard let scalar = Unicode.Scalar(code) else { return false }
          out.append(scalar)
          return true
        })
    else { return nil }
    return String(out)
  }

  /// The bytes of a bytes literal: those of the text in UTF-8, `\x` and octal escapes being single bytes.
  static func bytes(_ token: String) -> [UInt8]? {
    let (body, isRaw) = parts(token)
    if isRaw { return Array(String(body).utf8) }
    var out: [UInt8] = []
    guard
      scan(
        body, { out.append(contentsOf: String($0).utf8) },
        { code, isUnicode in
          // \u and \U are not for bytes.
          guard !isUnicode, let byte = UInt8(exactly: code) else { return false }
          out.append(byte)
          return true
        })
    else { return nil }
    return out
  }

  private static func parts(_ token: String) -> (body: Substring.UnicodeScalarView, isRaw: Bool) {
    var rest = token.unicodeScalars[...]
    var isRaw = false
    while let first = rest.first, first != "\"", first != "'" {
      if first == "r" || first == "R" { isRaw = true }
      rest = rest.dropFirst()
    }
    let quote = rest.first
    let isTriple = rest.count >= 6 && rest.prefix(3).allSatisfy { $0 == quote }
    return (Substring(rest.dropFirst(isTriple ? 3 : 1).dropLast(isTriple ? 3 : 1)).unicodeScalars, isRaw)
  }

  /// - Parameter code: takes what a numeric escape stands for, and whether it is a Unicode escape.
  private static func scan(
    _ body: Substring.UnicodeScalarView, _ plain: (Unicode.Scalar) -> Void,
    _ code: (UInt32, Bool) -> Bool
  ) -> Bool {
    var rest = body[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\" else {
        // Line breaks in literals are read as Unix has them.
        if scalar == "\r" {
          if rest.first == "\n" { rest.removeFirst() }
          plain("\n")
        } else {
          plain(scalar)
        }
        continue
      }
      guard let escape = rest.popFirst() else { return false }
      let digits: (count: Int, radix: Int)
      switch escape {
      case "x", "X": digits = (2, 16)
      case "u": digits = (4, 16)
      case "U": digits = (8, 16)
      case "0"..."3":
        // The digit belongs to the number.
        guard let value = UInt32(String(escape) + String(rest.prefix(2)), radix: 8) else { return false }
        rest = rest.dropFirst(2)
        guard code(value, false) else { return false }
        continue
      default:
        plain(single[escape] ?? escape)
        continue
      }
      guard let value = UInt32(String(rest.prefix(digits.count)), radix: digits.radix) else { return false }
      rest = rest.dropFirst(digits.count)
      guard code(value, escape == "u" || escape == "U") else { return false }
    }
    return true
  }

  private static let single: [Unicode.Scalar: Unicode.Scalar] = [
    "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{0B}",
  ]
}
