import Testing
import Values

@Test func percentSignsStandBeforeTwoDigits() {
  #expect(PercentEncoding.decode("example.com%2fScopes") == "example.com/Scopes")
  #expect(PercentEncoding.decode("%C3%A9+b") == "é+b")
  #expect(PercentEncoding.decode("a+b%2B", plusIsSpace: true) == "a b+")
  #expect(PercentEncoding.decode("%FF") == "\u{FFFD}")
  for text in ["%", "%2", "%2x", "a%zz"] { #expect(PercentEncoding.decode(text) == nil) }
}
