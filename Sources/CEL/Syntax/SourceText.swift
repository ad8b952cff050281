/// The text of an expression, with the lines that messages point into.
public struct SourceText: Sendable {
  public let text: String
  let scalars: [Unicode.Scalar]
  /// Where each line begins.
  private let lineStarts: [Int]

  /// Lines longer than this are not shown in messages.
  private static let snippetLimit = 16_384

  init(_ text: String) {
    self.text = text
    let scalars = Array(text.unicodeScalars)
    self.scalars = scalars
    lineStarts = [0] + scalars.indices.filter { scalars[$0] == "\n" }.map { $0 + 1 }
  }

  /// The place of an offset in code points.
  func location(at offset: Int) -> SourceLocation {
    let line = (lineStarts.lastIndex { $0 <= offset }) ?? 0
    return SourceLocation(line: line + 1, column: offset - lineStarts[line])
  }

  /// The text of a line, counted from 1; nil where there is none.
  func line(_ number: Int) -> String? {
    guard number >= 1, number <= lineStarts.count else { return nil }
    let start = lineStarts[number - 1]
    let end = number < lineStarts.count ? lineStarts[number] - 1 : scalars.count
    guard end - start <= Self.snippetLimit else { return nil }
    var line = String.UnicodeScalarView()
    line.append(contentsOf: scalars[start..<max(start, end)])
    return String(line)
  }
}

/// A place in an expression's text.
public struct SourceLocation: Sendable, Hashable, Comparable {
  /// From 1; -1 where a message is about the whole expression.
  public let line: Int
  /// In code points, from 0; -1 where a message is about the whole expression.
  public let column: Int

  static let none = SourceLocation(line: -1, column: -1)

  public static func < (a: SourceLocation, b: SourceLocation) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }
}

/// One thing that is wrong with an expression.
public struct CompilationIssue: Sendable, Hashable {
  public let location: SourceLocation
  public let message: String
}

/// Why an expression can't be compiled.
public struct CompilationError: Error, Sendable, CustomStringConvertible {
  /// In the order of their places.
  public let issues: [CompilationIssue]
  /// The issues with the lines they are about, as cel-go prints them:
  ///
  ///     ERROR: <input>:1:1: undeclared reference to 'x' (in container '')
  ///      | x
  ///      | ^
  public let description: String

  /// Issues past this many are counted, not shown.
  private static let reportLimit = 100

  init(_ issues: [CompilationIssue], in source: SourceText) {
    // Stable: those of one place stay in the order in which they were found.
    let sorted = issues.enumerated().sorted {
      ($0.element.location, $0.offset) < ($1.element.location, $1.offset)
    }.map(\.element)
    self.issues = sorted
    var text = sorted.prefix(Self.reportLimit).map { Self.text($0, source) }.joined(separator: "\n")
    if sorted.count > Self.reportLimit {
      text += "\n\(sorted.count - Self.reportLimit) more errors were truncated"
    }
    description = text
  }

  private static func text(_ issue: CompilationIssue, _ source: SourceText) -> String {
    var text = "ERROR: <input>:\(issue.location.line):\(issue.location.column + 1): \(issue.message)"
    guard let line = source.line(issue.location.line) else { return text }
    text += "\n | "
    for scalar in line.unicodeScalars { text.unicodeScalars.append(scalar == "\t" ? " " : scalar) }
    text += "\n | "
    var rest = line.unicodeScalars[...]
    for _ in 0..<max(issue.location.column, 0) {
      guard let scalar = rest.popFirst() else { break }
      text += scalar.isASCII ? "." : "\u{FF0E}"
    }
    return text + (rest.first?.isASCII ?? true ? "^" : "\u{FF3E}")
  }
}
