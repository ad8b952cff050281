import Testing
import Values

@Suite struct JSONPrinterTests {
  @Test(arguments: [
    (0, "0"), (-0.0, "-0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (100, "100"), (1e6, "1000000"),
    (123_456_789.25, "123456789.25"), (1e-6, "0.000001"), (1.5e-6, "0.0000015"), (1e-7, "1e-7"),
    (1.25e-10, "1.25e-10"), (1e15, "1000000000000000"), (1e17, "100000000000000000"),
    (123_456_789_012_345_683_968, "123456789012345680000"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
    (1.5e300, "1.5e+300"), (.leastNonzeroMagnitude, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (9_007_199_254_740_992, "9007199254740992"), (-1e21, "-1e+21"), (0.1 + 0.2, "0.30000000000000004"),
  ])
  func floatsAreGos(number: Double, text: String) {
    #expect(JSON.text(.double(number)) == text)
  }

  @Test func numbersThatJSONCannotHoldAreNull() {
    #expect(JSON.text([.double(.infinity), .double(.nan)]) == "[null,null]")
  }

  @Test func integersKeepEveryDigit() {
    #expect(
      JSON.text([.int(.max), .int(.min), 0, -7, 10]) == "[9223372036854775807,-9223372036854775808,0,-7,10]")
  }

  @Test func stringsAreEscapedAsGoDoes() {
    #expect(JSON.text("a\"\\/\u{8}\u{C}\n\r\t\u{1}\u{7F}") == #""a\"\\/\b\f\n\r\t\u0001"# + "\u{7F}\"")
    #expect(JSON.text("<a>&é\u{2028}\u{2029}€") == #""\u003ca\u003e\u0026é\u2028\u2029€""#)
  }

  @Test func compactAndPretty() {
    let value: Value = ["a": [1, [:], []], "b": ["c": .null]]
    #expect(JSON.text(value) == #"{"a":[1,{},[]],"b":{"c":null}}"#)
    #expect(
      String(decoding: JSON.encodePretty(value), as: UTF8.self) == """
        {
          "a": [
            1,
            {},
            []
          ],
          "b": {
            "c": null
          }
        }
        """)
    var bytes = Array("x=".utf8)
    JSON.append(value, to: &bytes)
    JSON.append("é", to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == #"x={"a":[1,{},[]],"b":{"c":null}}"é""#)
  }

  @Test func everyValueComesBackFromItsText() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<2_000 {
      let value = generator.value(depth: 4)
      #expect(try JSON.parse(JSON.encode(value)).normalized == value.normalized)
      #expect(try JSON.parse(JSON.encodePretty(value)).normalized == value.normalized)
    }
  }

  @Test func damagedTextNeverTraps() {
    var generator = SeededGenerator(seed: 2)
    var refused = 0
    for _ in 0..<5_000 {
      let bytes = generator.mutated(JSON.encode(generator.value(depth: 3)))
      var duplicates: [String]? = []
      guard let value = try? JSON.parse(bytes, duplicates: &duplicates) else {
        refused += 1
        continue
      }
      #expect((try? JSON.parse(JSON.encode(value))) != nil)
    }
    #expect(refused > 1_000)
  }
}
