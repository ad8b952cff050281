import Testing

/// What expressions give, over all areas of the language's specification.
@Suite struct EvaluationTests {
  @Test(arguments: languageCases)
  func language(_ expression: String, _ expected: String) { check(expression, expected) }

  @Test(arguments: libraryCases)
  func libraries(_ expression: String, _ expected: String) { check(expression, expected) }

  @Test(arguments: listCases)
  func lists(_ expression: String, _ expected: String) { check(expression, expected) }

  private func check(_ expression: String, _ expected: String) {
    let found = evaluate(expression)
    // Of what does not compile, only that is told here: the messages have tests of their own.
    let isRefused = "does not compile: "
    #expect(expected == isRefused ? found.hasPrefix(isRefused) : found == expected, "\(expression)")
  }
}
