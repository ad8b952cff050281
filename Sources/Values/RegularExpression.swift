/// A regular expression in the syntax of RE2, which Go's `regexp` has (https://github.com/google/re2/wiki/Syntax).
///
/// Matching takes time that grows with the length of the text times that of the expression, whatever the
/// expression is; both are bounded.
public struct RegularExpression: Sendable {
  /// The same in a form that is faster, for expressions that have one.
  private let bits: Bits?

  /// The expression can't be read, or is too long.
  public struct SyntaxError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ text: String) { description = text }
  }

  /// One step of the program that an expression is turned into.
  enum Step: Sendable {
    case character(CharacterSet)
    /// Goes on at both places.
    case split(Int, Int)
    case jump(Int)
    case assertion(Assertion)
    case match
  }

  enum Assertion: Sendable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary
  }

  /// Programs longer than this are refused.
  static let stepLimit = 20_000
  /// What one match may do at most, in steps; past it the text counts as not matching.
  static let workLimit = 50_000_000

  let program: [Step]

  /// - Throws: where the expression can't be read.
  public init(_ pattern: String) throws(SyntaxError) {
    var parser = RegularExpressionParser(pattern)
    let tree = try parser.parse()
    var compiler = RegularExpressionCompiler()
    try compiler.add(tree)
    program = compiler.program + [.match]
    bits = Bits(program)
  }

  /// Whether the expression matches somewhere in the text.
  public func matches(_ text: String) -> Bool {
    if let bits { return bits.matches(text) }
    return matchesStepByStep(text)
  }

  /// The same for any expression.
  func matchesStepByStep(_ text: String) -> Bool {
    var run = Run(program)
    var previous: Unicode.Scalar?
    var scalars = text.unicodeScalars.makeIterator()
    var next = scalars.next()
    var work = 0
    while true {
      // A match may begin anywhere.
      if run.follow(0, previous, next) { return true }
      guard let scalar = next else { return false }
      next = scalars.next()
      if run.advance(over: scalar, before: next) { return true }
      previous = scalar
      work += run.count + 1
      if work > Self.workLimit { return false }
    }
  }

  /// The steps that are waiting for a character, all at once.
  private struct Run {
    private let program: [Step]
    private var waiting: [Int] = []
    private var seen: [Int]
    private var round = 0
    private var stack: [Int] = []

    var count: Int { waiting.count }

    init(_ program: [Step]) {
      self.program = program
      seen = Array(repeating: -1, count: program.count)
    }

    /// Goes on from a step as far as that needs no character.
    /// - Returns: true where the expression has matched.
    mutating func follow(_ start: Int, _ previous: Unicode.Scalar?, _ next: Unicode.Scalar?) -> Bool {
      stack.append(start)
      while let at = stack.popLast() {
        if seen[at] == round { continue }
        seen[at] = round
        switch program[at] {
        case .character: waiting.append(at)
        case .split(let a, let b): stack += [b, a]
        case .jump(let to): stack.append(to)
        case .assertion(let assertion):
          if assertion.holds(previous, next) { stack.append(at + 1) }
        case .match:
          stack.removeAll()
          return true
        }
      }
      return false
    }

    mutating func advance(over scalar: Unicode.Scalar, before next: Unicode.Scalar?) -> Bool {
      let from = waiting
      waiting.removeAll(keepingCapacity: true)
      round += 1
      for at in from {
        if case .character(let set) = program[at], set.contains(scalar), follow(at + 1, scalar, next) {
          return true
        }
      }
      return false
    }
  }
}

extension RegularExpression.Assertion {
  func holds(_ previous: Unicode.Scalar?, _ next: Unicode.Scalar?) -> Bool {
    switch self {
    case .textStart: previous == nil
    case .textEnd: next == nil
    case .lineStart: previous == nil || previous == "\n"
    case .lineEnd: next == nil || next == "\n"
    case .wordBoundary: Self.isWord(previous) != Self.isWord(next)
    case .notWordBoundary: Self.isWord(previous) == Self.isWord(next)
    }
  }

  private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar else { return false }
    return RegularExpression.CharacterSet.word.contains(scalar)
  }
}
