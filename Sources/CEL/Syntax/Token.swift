/// A token of the grammar
/// (https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax).
struct Token: Sendable {
  let kind: Kind
  /// As it is written.
  let text: String
  /// In code points from the start of the expression.
  let offset: Int

  /// In the order in which messages list what they expect.
  enum Kind: Int, Sendable, Comparable {
    case end, equals, notEquals, `in`, less, lessOrEqual, greaterOrEqual, greater, and, or
    case leftBracket, rightBracket, leftBrace, rightBrace, leftParenthesis, rightParenthesis
    case dot, comma, minus, not, question, colon, plus, star, slash, percent
    case `true`, `false`, null, double, int, uint, string, bytes, identifier, quotedIdentifier

    static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }

    /// As messages name it.
    var expectation: String {
      switch self {
      case .end: "<EOF>"
      case .double: "NUM_FLOAT"
      case .int: "NUM_INT"
      case .uint: "NUM_UINT"
      case .string: "STRING"
      case .bytes: "BYTES"
      case .identifier: "IDENTIFIER"
      case .quotedIdentifier: "ESC_IDENTIFIER"
      default: "'\(Self.texts[self] ?? "")'"
      }
    }

    private static let texts: [Kind: String] = Dictionary(
      uniqueKeysWithValues: (words + punctuation).map { ($0.kind, $0.text) })

    /// Words that are no identifiers.
    static let words: [(text: String, kind: Kind)] = [
      ("in", .in), ("true", .true), ("false", .false), ("null", .null),
    ]

    /// The longer before those they begin with.
    static let punctuation: [(text: String, kind: Kind)] = [
      ("==", .equals), ("!=", .notEquals), ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("&&", .and),
      ("||", .or), ("<", .less), (">", .greater), ("[", .leftBracket), ("]", .rightBracket),
      ("{", .leftBrace), ("}", .rightBrace), ("(", .leftParenthesis), (")", .rightParenthesis), (".", .dot),
      (",", .comma), ("-", .minus), ("!", .not), ("?", .question), (":", .colon), ("+", .plus), ("*", .star),
      ("/", .slash), ("%", .percent),
    ]
  }

  /// As messages show it.
  var display: String {
    if kind == .end { return "<EOF>" }
    return Token.escaped(text)
  }

  /// Text with line breaks and tabs written out.
  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
