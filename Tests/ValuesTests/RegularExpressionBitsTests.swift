import Testing

@testable import Values

/// Short expressions are matched in another way than long ones; both must find the same.
@Suite struct RegularExpressionBitsTests {
  private static let patterns = [
    "", "a", "^a", "a$", "^a$", "^$", "$", "^", "a|b", "^(a|b)*c$", "(ab)+", "a?b?c?", "^a?$|b", "[a-c]+x",
    "[^a]b", "a.c", "^\\d{2,3}$",
    "(^a|b)c", "(a|$)b?$", "x*$", "é+", "\\pL\\d", "(?i)AbC", "^[a-z]+/[a-z]+:[0-9.]+$", "(a*)*b", "\\Aa\\z",
    "$a", "a^",
  ]
  private static let texts = [
    "", "a", "b", "c", "ab", "ba", "abc", "aXc", "xab", "aab", "abab", "éé", "é1", "12", "123", "1234", "ac",
    "bc", "aaac", "repo/app:1.2",
    "ABC", "aé", "x", "\n", "a\nb", "bbbbc",
  ]

  @Test(arguments: patterns)
  func agreesWithStepByStep(_ pattern: String) throws {
    let expression = try RegularExpression(pattern)
    for text in Self.texts {
      #expect(expression.matches(text) == expression.matchesStepByStep(text), "\(pattern) on \(text)")
    }
  }

  @Test func saysWhereAnExpressionIsWrong() {
    let cases = [
      ("a(", "missing closing ): `a(`"), ("a)", "unexpected ): `a)`"), ("x[a", "missing closing ]: `[a`"),
      ("[z-a]", "invalid character class range: `z-a`"), ("a{2000}", "invalid repeat count: `{2000}`"),
    ]
    for (pattern, message) in cases {
      let error = #expect(throws: RegularExpression.SyntaxError.self) { try RegularExpression(pattern) }
      #expect(error?.description == message)
    }
  }
}
