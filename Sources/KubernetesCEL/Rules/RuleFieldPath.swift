import Schema

/// The `fieldPath` of a rule: `.a.b`, `['a.b']['c']`, relative to the schema with the rule.
public enum RuleFieldPath {
  /// Why a path is none.
  public struct Fault: Error, Sendable, Hashable {
    public let message: String
  }

  /// Reads a path.
  /// - Returns: the path as findings write it: `a.b`, `a[key]`.
  /// - Throws: where it is no path, or names a field that the schema doesn't have.
  public static func read(_ path: String, in schema: StructuralSchema) throws(Fault) -> String {
    var tokens = Tokens(path)
    var here = schema
    var result = FieldPath()
    while let token = tokens.next() {
      switch token {
      case ".":
        guard let name = tokens.next() else { throw Fault(message: "unexpected end of JSON path") }
        (here, result) = try step(name, here, result)
      case "[":
        guard let quoted = tokens.next() else { throw Fault(message: "unexpected end of JSON path") }
        guard quoted.count >= 2, quoted.hasPrefix("'"), quoted.hasSuffix("'") else {
          throw Fault(message: "expected single quoted string but got \(quoted)")
        }
        (here, result) = try step(try unescaped(quoted.dropFirst().dropLast()), here, result)
        guard let close = tokens.next() else { throw Fault(message: "unexpected end of JSON path") }
        guard close == "]" else { throw Fault(message: "expected ] but got \(close)") }
      default: throw Fault(message: "expected [ or . but got: \(token)")
      }
    }
    return result.description
  }

  private static func step(
    _ name: String, _ schema: StructuralSchema, _ path: FieldPath
  ) throws(Fault) -> (StructuralSchema, FieldPath) {
    if !schema.properties.isEmpty {
      if let property = schema.properties[name] { return (property, path.child(name)) }
    } else if let entries = schema.entries {
      return (entries, path.key(name))
    }
    throw Fault(message: "does not refer to a valid field")
  }

  private static let escapes: [Character: Character] = [
    "a": "\u{7}", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{b}", "'": "'",
    "\\": "\\",
  ]

  private static func unescaped(_ text: Substring) throws(Fault) -> String {
    var out = ""
    var rest = text
    while let character = rest.popFirst() {
      guard character == "\\", let next = rest.popFirst() else {
        out.append(character)
        continue
      }
      guard let meant = escapes[next] else {
        throw Fault(message: "invalid string literal: invalid escape char \\\(next)")
      }
      out.append(meant)
    }
    return out
  }

  /// `.`, `[` and `]`, quoted texts, and what is between those.
  private struct Tokens {
    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    mutating func next() -> String? {
      guard let first = rest.first else { return nil }
      var end = rest.index(after: rest.startIndex)
      if first == "'" {
        var before = first
        while end < rest.endIndex {
          let character = rest[end]
          end = rest.index(after: end)
          if character == "'", before != "\\" { break }
          before = character
        }
      } else if !Self.isDelimiter(first) {
        while end < rest.endIndex, !Self.isDelimiter(rest[end]) { end = rest.index(after: end) }
      }
      defer { rest = rest[end...] }
      return String(rest[..<end])
    }

    private static func isDelimiter(_ character: Character) -> Bool {
      character == "." || character == "[" || character == "]"
    }
  }
}
