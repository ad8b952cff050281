import Testing
import Values

/// What is JSON and what is not (RFC 8259), in short texts, and texts that are made at random.
@Suite struct JSONSuiteTests {
  private func isJSON(_ bytes: [UInt8]) -> Bool { (try? JSON.parse(bytes)) != nil }

  @Test(
    "is JSON",
    arguments: [
      "[]", "[[] ]", "[\"\"]", "[\"a\"]", "[false]", "[null, 1, \"1\", {}]", "[null]", "[1\n]", " [1]",
      "[1,null,null,null,2]",
      "[2] ", "[123e65]", "[0e+1]", "[0e1]", "[ 4]", "[-0.000000000000000000000000000000000000000000001]",
      "[20e1]", "[-0]",
      "[-123]", "[-1]", "[1E22]", "[1E-2]", "[1E+2]", "[123e45]", "[123.456e78]", "[1e-2]", "[1e+2]", "[123]",
      "[123.456789]", "{\"asd\":\"sdf\", \"dfg\":\"fgh\"}", "{\"asd\":\"sdf\"}", "{\"a\":\"b\",\"a\":\"c\"}",
      "{}", "{\"\":0}",
      "{\"foo\\u0000bar\": 42}", "{ \"min\": -1.0e+28, \"max\": 1.0e+28 }", "{\"a\":[]}",
      "{\n\"a\": \"b\"\n}",
      "[\"\\u0060\\u012a\\u12AB\"]", "[\"\\uD801\\udc37\"]", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
      "[\"\\\\u0000\"]",
      "[\"a/*b*/c/*d//e\"]", "[\"\\\\a\"]", "[\"\\u0012\"]", "[\"\\uFFFF\"]", "[\"asd\"]", "[ \"asd\"]",
      "[\"\\uDBFF\\uDFFF\"]",
      "[\"new\\u00A0line\"]", "[\"\u{7F}\"]", "[\"\\u0000\"]", "[\"\u{2028}\"]", "\" \"",
      "[\"\\u0061\\u30af\"]", "false", "42", "-0.1",
      "null", "\"asd\"", "true", "\"\"", "[\"a\"]\n", "[true]", " [] ", "\t[]\r\n",
    ])
  func accepted(text: String) { #expect(isJSON(Array(text.utf8))) }

  @Test(
    "is no JSON",
    arguments: [
      "", " ", "[1 true]", "[\"\": 1]", "[\"\"],", "[,1]", "[1,,2]", "[\"x\",,]", "[\"x\"]]", "[\"\",]",
      "[\"x\"", "[x", "[3[4]]", "[1:2]",
      "[,]", "[-]", "[   , \"\"]", "[\"a\",\n4\n,1,", "[1,]", "[\"\u{B}a\"\\f]", "[*]", "[1,", "[{}",
      "[fals]", "[nul]", "[tru]",
      "[++1234]", "[+1]", "[+Inf]", "[-01]", "[-1.0.]", "[-2.]", "[-NaN]", "[.-1]", "[.2e-3]", "[0.1.2]",
      "[0.3e+]", "[0.3e]", "[0.e1]",
      "[0E+]", "[0E]", "[1.0e+]", "[1.0e-]", "[1.0e]", "[1 000.0]", "[1eE2]", "[2.e3]", "[9.e+]", "[Inf]",
      "[NaN]", "[1+2]", "[0x1]",
      "[0x42]", "[Infinity]", "[-1x]", "[-foo]", "[- 1]", "[-012]", "[-.123]", "[1ea]", "[1.]", "[.123]",
      "[1.2a-3]", "[012]",
      "{\"x\", null}", "{\"x\"::\"b\"}", "{1:1}", "{9999E9999:1}", "{\"a\":\"a\" 123}", "{key: 'value'}",
      "{\"a\" b}", "{:\"b\"}",
      "{\"a\" \"b\"}", "{\"a\":", "{\"a\"", "{null:null}", "{\"id\":0,,,,,}", "{'a':0}", "{\"id\":0,}",
      "{\"a\":\"b\"}/**/", "{\"a\":\"b\"}#",
      "{\"a\":\"b\",,\"c\":\"d\"}", "{a: \"b\"}", "{\"a\":\"a", "{ \"foo\" : \"bar\", \"a\" }",
      "{\"a\":\"b\"}#{}", "[\"\\uD800\\\"]", "[\"\\u00\"]",
      "[\"\\u1\"]", "[\"\\u1x\"]", "[\u{E9}]", "[\"\\\\\\\"]", "[\"\\u{1}\"]", "[\"\\a\"]", "[\"\\\u{0}\"]",
      "[\"\\x00\"]", "[\"\t\"]", "[\"a\u{0}a\"]",
      "[\"new\nline\"]", "[\\u0020\"asd\"]", "[\\n]", "\"", "['single']", "abc", "[\"\\", "\"\\UA66D\"",
      "<.>", "[<null>]", "[1]x", "[1]]", "]",
      "{}}", "{\"\":", "[a\u{E5}", "[True]", "1]", "{\"x\": true,", "[][]", "2@", "{\"a\": true} \"x\"", "[",
      "[\"a", "{", "{\"a", "{,", "{[",
      "{\"a\"}", "*", "\u{FEFF}", "[\u{C}]", "[\u{2060}]", "\u{FEFF}[]", "nulll", "truefalse",
    ])
  func refused(text: String) { #expect(!isJSON(Array(text.utf8))) }

  /// Numbers at the edges of what floating point holds, and bytes that are no text, never trap.
  @Test func edges() {
    for text in [
      "[-1e-999]", "[1e9999999999999999999999]",
      "[0.4e0066999999999999999999999999999999999999999999999999999999999]",
    ] {
      _ = isJSON(Array(text.utf8))
    }
    for bytes in [
      [0xFF], [0x5B, 0xFF, 0x5D], [0xEF, 0xBB, 0xBF], [0xFE, 0xFF, 0, 0x5B],
      [0x5B, 0x22, 0xC0, 0xAF, 0x22, 0x5D],
    ] as [[UInt8]] {
      _ = isJSON(bytes)
    }
  }

  /// Takes documents apart at random: whatever comes of it is refused or read, and what is read is printed and
  /// read again as the same. `FUZZ_SECONDS` and `FUZZ_SEED` make a long run of it (scripts/fuzz-json).
  @Test func randomTexts() throws {
    let seed = Fuzz.seed
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("{}[]\",:\\u0eE+-.19 \n\ttruefalsnd".utf8)
    let pieces = [
      "{\"a\":1}", "[true,null]", "\"\\ud83d\\ude00\"", "-1.5e-7", "{\"k\":{\"k\":[{}]}}", "\"é\"",
      "9223372036854775808",
    ].map { Array($0.utf8) }
    var turns = 0
    repeat {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0..<8, using: &random) {
        bytes += pieces.randomElement(using: &random) ?? []
      }
      for _ in 0..<Int.random(in: 0..<6, using: &random) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: at)
        case 1: if at < bytes.count { bytes.remove(at: at) }
        case 2: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
        default: bytes.removeSubrange(at...)
        }
      }
      if let value = try? JSON.parse(bytes) {
        // Whole numbers are printed without a fraction, so that the second reading is the first that lasts.
        let again = try JSON.parse(JSON.encode(value))
        #expect(try JSON.parse(JSON.encode(again)) == again, "seed \(seed), \(bytes)")
        #expect(try JSON.parse(JSON.encodePretty(again)) == again, "seed \(seed), \(bytes)")
      }
      var duplicates: [String]? = []
      _ = try? JSON.parse(bytes, duplicates: &duplicates)
      turns += 1
    } while turns < 20_000 || Fuzz.isTimeLeft
  }
}
