import Values
import Testing

struct RegularExpressionTests {
  @Test(arguments: [
    ("", ""), ("a", "xay"), ("^a$", "a"), ("a|b|cd", "cd"), ("^(ab)*$", "abab"), ("^a{2,3}$", "aaa"),
    ("^a{2,}$", "aaaa"), ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a-b"), ("^[^a-c]+$", "xyz"),
    (#"^\d+\.\w*$"#, "12.a_"),
    (#"^\S+\s\S+$"#, "a b"), ("(?i)^ABC$", "abC"), ("^(?:a|b)+$", "abba"), (#"^\x41\x{1F600}$"#, "A😀"),
    (#"^\p{Lu}\p{Ll}+$"#, "Émile"), (#"^\pL+$"#, "λόγος"), ("^[[:alpha:]_]+$", "a_Z"),
    (#"\bfoo\b"#, "a foo b"),
    ("^.$", "é"), ("(?s)^.$", "\n"), ("(?m)^b$", "a\nb"), (#"^\Qa.b\E$"#, "a.b"), ("^a{,2}$", "a{,2}"),
    (#"^[\]\-]+$"#, "]-"), ("^[]a]+$", "]a"), ("(?P<n>a)(?<m>b)", "ab"), ("^(a*)*$", "aaa"), ("^[\\D]$", "x"),
  ])
  func matches(pattern: String, text: String) throws {
    #expect(try RegularExpression(pattern).matches(text))
  }

  @Test(arguments: [
    ("^a$", "ab"), ("a", ""), ("^a{2,3}$", "aaaa"), ("^[^a-c]+$", "xa"), ("^.$", "\n"), ("^abc$", "ABC"),
    (#"\bfoo\b"#, "afoo"), ("^a$", "a\n"), (#"^\d$"#, "٣"), ("^[a-z]$", "é"), ("^(ab|cd)$", "ad"),
  ])
  func doesNotMatch(pattern: String, text: String) throws {
    #expect(try !RegularExpression(pattern).matches(text))
  }

  @Test(arguments: [
    "(", ")", "[a", "a**", "*a", #"\"#, #"\y"#, "a{1001}", "[b-a]", "(?<n", "(?=a)", #"\p{Nope}"#, #"(a)\1"#,
    "((a{1000}){1000}){1000}",
  ])
  func refuses(pattern: String) {
    #expect(throws: RegularExpression.SyntaxError.self) { try RegularExpression(pattern) }
  }

  @Test(.timeLimit(.minutes(1)))
  func takesLittleTimeForHostileExpressions() throws {
    let text = String(repeating: "a", count: 2_000)
    #expect(try !RegularExpression("^(a+)+$").matches(text + "b"))
    #expect(try !RegularExpression("(a?){100}b").matches(text))
  }

  @Test func refusesNestingWithoutEnd() {
    let deep = String(repeating: "(", count: 5_000) + String(repeating: ")", count: 5_000)
    #expect(throws: RegularExpression.SyntaxError.self) { try RegularExpression(deep) }
  }
}
