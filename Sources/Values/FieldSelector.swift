/// Chooses objects by the values of some of their fields: all requirements must hold
/// (Kubernetes documentation, Field Selectors; k8s.io/apimachinery/pkg/fields).
public struct FieldSelector: Sendable, Hashable {
  /// How a requirement compares a field.
  public enum Operator: String, Sendable, Hashable {
    case equals = "="
    case notEquals = "!="
  }

  /// One condition on one field.
  public struct Requirement: Sendable, Hashable {
    public var field: String
    public var `operator`: Operator
    public var value: String

    public init(_ field: String, _ operator: Operator, _ value: String) {
      self.field = field
      self.operator = `operator`
      self.value = value
    }
  }

  public let requirements: [Requirement]

  /// A selector of the requirements; of none, everything matches.
  public init(_ requirements: [Requirement] = []) { self.requirements = requirements }

  /// Matches every object.
  public static let everything = FieldSelector()

  /// Whether every object matches.
  public var isEmpty: Bool { requirements.isEmpty }

  /// Whether an object is chosen, given the text of each of its fields; nil, a missing field, is empty.
  public func matches(_ field: (String) -> String?) -> Bool {
    requirements.allSatisfy { ($0.value == field($0.field) ?? "") == ($0.operator == .equals) }
  }

  /// The one value that the field must have, if the selector demands one.
  public func value(of field: String) -> String? {
    requirements.first { $0.field == field && $0.operator == .equals }?.value
  }
}

// MARK: - Text

extension FieldSelector: CustomStringConvertible {
  /// The selector in the form that the query parameter fieldSelector takes.
  public var description: String {
    requirements.map { $0.field + $0.operator.rawValue + Self.escape($0.value) }.joined(separator: ",")
  }

  /// The value with a backslash before each backslash, comma and equals sign.
  public static func escape(_ value: String) -> String {
    var out = ""
    for scalar in value.unicodeScalars {
      if scalar == "\\" || scalar == "," || scalar == "=" { out += "\\" }
      out.unicodeScalars.append(scalar)
    }
    return out
  }

  /// Reads the text form: `metadata.name=a,status.phase!=Running`. An empty text matches everything.
  /// - Throws: ``SelectorError`` in the server's words.
  public init(parsing text: String) throws(SelectorError) {
    var requirements: [Requirement] = []
    for term in Self.terms(text).sorted(by: { $0.lexicographicallyPrecedes($1) }) where !term.isEmpty {
      guard let (field, found, value) = Self.split(term) else {
        let shown = String(decoding: term, as: UTF8.self)
        throw SelectorError(message: "invalid selector: '\(text)'; can't understand '\(shown)'")
      }
      requirements.append(Requirement(field, found, try Self.unescape(value)))
    }
    self.init(requirements)
  }

  /// Reads the text form, as ``init(parsing:)`` does.
  public init(_ text: String) throws(SelectorError) { try self.init(parsing: text) }

  /// Splits at the commas that no backslash precedes.
  private static func terms(_ text: String) -> [ArraySlice<UInt8>] {
    let bytes = Array(text.utf8)
    var terms: [ArraySlice<UInt8>] = []
    var start = 0
    var escaped = false
    for (i, byte) in bytes.enumerated() {
      if escaped {
        escaped = false
      } else if byte == UInt8(ascii: "\\") {
        escaped = true
      } else if byte == UInt8(ascii: ",") {
        terms.append(bytes[start..<i])
        start = i + 1
      }
    }
    terms.append(bytes[start...])
    return terms
  }

  private static func split(_ term: ArraySlice<UInt8>) -> (String, Operator, String)? {
    guard let first = term.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    var end = first
    var start = first + 1
    var found = Operator.equals
    if first > term.startIndex, term[first - 1] == UInt8(ascii: "!") {
      end = first - 1
      found = .notEquals
    } else if start < term.endIndex, term[start] == UInt8(ascii: "=") {
      start += 1
    }
    return (
      String(decoding: term[..<end], as: UTF8.self), found, String(decoding: term[start...], as: UTF8.self)
    )
  }

  private static func unescape(_ value: String) throws(SelectorError) -> String {
    var out = ""
    var escaped = false
    for scalar in value.unicodeScalars {
      let isSpecial = scalar == "\\" || scalar == "," || scalar == "="
      if escaped {
        guard isSpecial else {
          throw SelectorError(message: "invalid field selector: invalid escape sequence: \\\(scalar)")
        }
        out.unicodeScalars.append(scalar)
        escaped = false
      } else if scalar == "\\" {
        escaped = true
      } else if isSpecial {
        throw SelectorError(message: "invalid field selector: unescaped character in value: \(scalar.value)")
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
    if escaped { throw SelectorError(message: "invalid field selector: invalid escape sequence: \\") }
    return out
  }
}
