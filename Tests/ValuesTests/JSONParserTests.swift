import Testing
import Values

@Suite struct JSONParserTests {
  private func error(_ text: String) -> String? {
    do throws(JSON.SyntaxError) {
      _ = try JSON.parse(text)
      return nil
    } catch {
      return error.message
    }
  }

  @Test func readsEveryKindOfValue() throws {
    let value = try JSON.parse(#" {"a":[1,-2.5,true,false,null,"x"],"o":{}, "e":[ ] } "#)
    #expect(value == ["a": [1, -2.5, true, false, .null, "x"], "o": [:], "e": []])
    #expect(value.object?.keys == ["a", "o", "e"])
    #expect(try JSON.parse("7") == 7)
  }

  @Test func integersAreExactInTheRangeOfInt64() throws {
    #expect(try JSON.parse("9223372036854775807") == .int(.max))
    #expect(try JSON.parse("-9223372036854775808") == .int(.min))
    #expect(try JSON.parse("9223372036854775808") == .double(9_223_372_036_854_775_808))
    #expect(try JSON.parse("-9223372036854775809") == .double(-9_223_372_036_854_775_808))
    #expect(try JSON.parse("99999999999999999999") == .double(1e20))
    #expect(try JSON.parse("-0") == 0)
    #expect(try JSON.parse("1.0") == .double(1))
    #expect(try JSON.parse("1E+2") == .double(100))
  }

  @Test(arguments: [
    ("", "unexpected end of JSON input"),
    ("{", "unexpected end of JSON input"),
    ("[1,", "unexpected end of JSON input"),
    ("\"a", "unexpected end of JSON input"),
    ("-", "unexpected end of JSON input"),
    ("tru", "unexpected end of JSON input"),
    ("x", "invalid character 'x' looking for beginning of value"),
    ("[1 2]", "invalid character '2' after array element"),
    ("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"),
    ("{\"a\" 1}", "invalid character '1' after object key"),
    ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
    ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
    ("[1,]", "invalid character ']' looking for beginning of value"),
    ("{\"a\":1]", "invalid character ']' after object key:value pair"),
    ("1 2", "invalid character '2' after top-level value"),
    ("01", "invalid character '1' after top-level value"),
    ("-a", "invalid character 'a' in numeric literal"),
    ("1.x", "invalid character 'x' after decimal point in numeric literal"),
    ("1ex", "invalid character 'x' in exponent of numeric literal"),
    ("trye", "invalid character 'y' in literal true (expecting 'u')"),
    ("nul1", "invalid character '1' in literal null (expecting 'l')"),
    ("\"\n\"", "invalid character '\\n' in string literal"),
    ("\"\\q\"", "invalid character 'q' in string escape code"),
    ("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"),
    ("'", "invalid character '\\'' looking for beginning of value"),
    ("\u{1}", "invalid character '\\x01' looking for beginning of value"),
    ("é", "invalid character 'Ã' looking for beginning of value"),
    ("1e400", "json: cannot unmarshal number 1e400 into Go value of type float64"),
  ])
  func errorsAreGos(text: String, message: String) {
    #expect(error(text) == message)
  }

  @Test func stringsAreUnescaped() throws {
    #expect(try JSON.parse(#""a\"\\\/\b\f\n\r\té€""#) == "a\"\\/\u{8}\u{C}\n\r\té€")
    #expect(try JSON.parse(#""😀""#) == "😀")
    #expect(try JSON.parse(#""\u00e9\u20AC \u0041\ud83d\ude00\uD83D\uDE00""#) == "é€ A😀😀")
    #expect(try JSON.parse(#""\ud83d""#) == "\u{FFFD}")
    #expect(try JSON.parse(#""\ud83dA""#) == "\u{FFFD}A")
    #expect(try JSON.parse(#""\ude00x""#) == "\u{FFFD}x")
  }

  @Test func everyByteThatIsNotUTF8BecomesAReplacementCharacter() throws {
    #expect(try JSON.parse([0x22, 0xE2, 0x82, 0x41, 0x22]) == "\u{FFFD}\u{FFFD}A")
    #expect(try JSON.parse([0x22, 0xFF, 0x5C, 0x6E, 0xC3, 0xA9, 0x22]) == "\u{FFFD}\né")
    #expect(try JSON.parse([0x22, 0xED, 0xA0, 0x80, 0x22]) == "\u{FFFD}\u{FFFD}\u{FFFD}")
  }

  @Test func theLastOfRepeatedKeysCounts() throws {
    #expect(try JSON.parse(#"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
  }

  @Test func repeatedKeysAreReportedByPathInTheirOrder() throws {
    var duplicates: [String]? = []
    let text = #"""
      {"x":1,"x":2,"spec":{"c":[{"n":1},{"n":1,"n":2,"n":3,"m":{"z":1,"z":1}}],"c":[]},"y":[[{"q":0,"q":0}]]}
      """#
    _ = try JSON.parse(Array(text.utf8), duplicates: &duplicates)
    #expect(duplicates == ["x", "spec.c[1].n", "spec.c[1].m.z", "spec.c", "y[0][0].q"])

    var none: [String]? = []
    _ = try JSON.parse(Array(#"{"a":{"b":1},"c":{"b":1}}"#.utf8), duplicates: &none)
    #expect(none == [])
  }

  @Test func theNumberOfReportedKeysIsBounded() throws {
    var duplicates: [String]? = []
    let text = "{" + (0..<2_000).map { "\"k\($0 % 1000)\":1" }.joined(separator: ",") + "}"
    let value = try JSON.parse(Array(text.utf8), duplicates: &duplicates)
    #expect(value.object?.count == 1000)
    #expect(duplicates?.count == 100)
  }

  @Test func nestingIsLimited() throws {
    let limit = JSON.Limits().depth
    let deepest = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(try JSON.parse(deepest).array?.count == 1)
    #expect(error("[" + deepest + "]") == "exceeded max depth")
    #expect(throws: JSON.SyntaxError.self) { try JSON.parse("[[1]]", limits: JSON.Limits(depth: 1)) }
  }

  @Test func aSmallStackSurvivesTheDeepestDocuments() {
    for open in ["[", "{\"a\":", "[{\"a\":"] {
      let hostile = Array(String(repeating: open, count: 100_000).utf8)
      #expect(onSmallStack { (try? JSON.parse(hostile)) == nil })
    }
    let limit = JSON.Limits().depth
    let deepest =
      String(repeating: "{\"a\":", count: limit) + "1" + String(repeating: "}", count: limit)
    // Parsing, printing, comparing, hashing, merging and letting go of it.
    #expect(
      onSmallStack {
        guard let value = try? JSON.parse(deepest), let other = try? JSON.parse(deepest) else { return false }
        return JSON.text(value) == deepest && value == other && value.hashValue == other.hashValue
          && MergePatch.apply(value, to: other) == value && JSON.encodePretty(value).count > limit
          && YAML.encode(value).utf8.count > limit
      })
  }
}
