import Testing
import Values

@Suite struct YAMLParserTests {
  private func error(_ text: String, limits: YAML.Limits = YAML.Limits()) -> String? {
    do throws(YAML.SyntaxError) {
      _ = try YAML.parse(text, limits: limits)
      return nil
    } catch {
      return error.message
    }
  }

  @Test func readsAManifest() throws {
    let text = """
      # a comment
      apiVersion: v1
      kind: Pod
      metadata: {name: web, labels: {app: "yes", on: 'off'}}
      spec:
        containers:
        - name: c
          args: [a, "b", 3]
          command:
            - |
              two
              lines
            - >-
              folded
              text
      """
    #expect(
      try YAML.parse(text) == [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": ["name": "web", "labels": ["app": "yes", "true": "off"]],
        "spec": [
          "containers": [["name": "c", "args": ["a", "b", 3], "command": ["two\nlines\n", "folded text"]]]
        ],
      ])
  }

  @Test(
    arguments: [
      ("yes", true), ("On", true), ("y", true), ("NO", false), ("off", false), ("n", false), ("True", true),
      ("tRUE", "tRUE"), ("null", .null), ("~", .null), ("", .null), ("Null", .null), ("nULL", "nULL"),
      ("12", 12), ("-7", -7), ("+3", 3), ("0x1F", 31), ("-0x10", -16), ("010", 8), ("0o17", 15), ("08", 8),
      ("0b101", 5), ("1_000", 1000), ("1__0", 10), ("_1", "_1"), ("9223372036854775807", .int(.max)),
      ("-9223372036854775808", .int(.min)), ("9223372036854775808", .double(9.223372036854775808e18)),
      ("1.5", 1.5), ("1.0", 1), ("1e3", 1000), (".5", 0.5), ("-.5e-1", -0.05), ("1.", 1), ("1e999", "1e999"),
      ("1.2.3", "1.2.3"), ("1:30", "1:30"), ("2001-01-01", "2001-01-01"), ("-", [.null]), ("+", "+"),
      ("- 1", [1]), ("0x", "0x"), ("0xg", "0xg"), ("1a", "1a"), (".", "."), ("0.1.", "0.1."), ("-0", 0),
      ("\"12\"", "12"), ("'yes'", "yes"), ("!!str 12", "12"), ("!!int \"12\"", 12), ("!!float 1", 1),
      ("!!bool \"no\"", false), ("!!binary aGk=", "hi"), ("!custom 12", "12"),
      ("2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
    ] as [(String, Value)])
  func scalars(text: String, value: Value) throws {
    #expect(try YAML.parse(text) == value)
  }

  @Test(arguments: [
    ("a: b: c", "yaml: mapping values are not allowed in this context"),
    ("x: 1\na: b: c", "yaml: line 2: mapping values are not allowed in this context"),
    ("a: [1", "yaml: line 1: did not find expected ',' or ']'"),
    ("a:\n  - b\n c", "yaml: line 2: did not find expected key"),
    ("a: *x", "yaml: unknown anchor 'x' referenced"),
    ("a: &x [*x]", "yaml: anchor 'x' value contains itself"),
    ("a: 'x", "yaml: found unexpected end of stream"),
    ("a: @x", "yaml: found character that cannot start any token"),
    ("a: .inf", "json: unsupported value: +Inf"),
    ("a: -.inf", "json: unsupported value: -Inf"),
    ("a: .nan", "json: unsupported value: NaN"),
    ("a: !!int x", "yaml: cannot decode !!str `x` as a !!int"),
    ("a: !!binary ~~", "yaml: !!binary value contains invalid base64 data"),
    ("<<: 1", "yaml: map merge requires map or sequence of maps as the value"),
    ("a: &a {b: {<<: *a}}", "yaml: anchor 'a' value contains itself"),
    ("? {? [x] : y}\n: 1", "yaml: invalid map key"),
    ("<<: [[1]]", "yaml: map merge requires map or sequence of maps as the value"),
    ("[1]: 2", "yaml: invalid map key: []interface {}{1}"),
    ("{{a}: b}", "yaml: invalid map key: map[interface {}]interface {}{\"a\":interface {}(nil)}"),
    ("~: 1", "unsupported map key of type: %!s(<nil>), key: <nil>, value: 1"),
    ("a: \u{1}", "yaml: control characters are not allowed"),
  ])
  func errorsAreTheServers(text: String, message: String) {
    #expect(error(text) == message)
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    #expect(throws: YAML.SyntaxError(message: "yaml: invalid leading UTF-8 octet")) {
      try YAML.parse([0x61, 0x3A, 0x20, 0xFF])
    }
  }

  @Test func keysBecomeStrings() throws {
    #expect(
      try YAML.parse("1: a\ntrue: b\n1.5: c\n0x10: d\n'2': e\n.inf: f") == [
        "1": "a", "true": "b", "1.5": "c", "16": "d", "2": "e", ".inf": "f",
      ])
  }

  @Test func anchorsAndMergeKeys() throws {
    let text = """
      base: &base {a: 1, b: 2}
      more: &more {b: 3, c: 4}
      one: {<<: *base, b: 9}
      two: {<<: [*base, *more], d: 5}
      list: [*base, *base]
      late: {b: 9, <<: *base}
      twice: {<<: [*base, *base, {a: 0, e: *base}]}
      nested: {<<: {<<: *more, b: 5}, f: {<<: *base}}
      quoted: {"<<": 1}
      """
    let value = try YAML.parse(text)
    #expect(value["one"] == ["a": 1, "b": 9])
    #expect(value["two"] == ["a": 1, "b": 2, "c": 4, "d": 5])
    #expect(value["list"] == [["a": 1, "b": 2], ["a": 1, "b": 2]])
    #expect(value["late"] == ["a": 1, "b": 2])
    #expect(value["twice"] == ["a": 1, "b": 2, "e": ["a": 1, "b": 2]])
    #expect(value["nested"] == ["b": 5, "c": 4, "f": ["a": 1, "b": 2]])
    #expect(value["quoted"] == ["<<": 1])
  }

  @Test func repeatedKeysAreReportedByLine() throws {
    var duplicates: [String]? = []
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yd}\ndata:\n  a: '1'\n  a: '2'\n"
    let value = try YAML.parse(Array(text.utf8), duplicates: &duplicates)
    #expect(value["kind"] == "ConfigMap")
    #expect(duplicates == [#"line 6: key "a" already set in map"#])
    #expect(
      YAML.duplicatesError(duplicates ?? []).message
        == "yaml: unmarshal errors:\n  line 6: key \"a\" already set in map")
    #expect(try YAML.parse("a: 1\na: 2") == ["a": 2])

    var numbers: [String]? = []
    _ = try YAML.parse(Array("1: a\n'1': b\n1: c\ntrue: d\nyes: e".utf8), duplicates: &numbers)
    #expect(numbers == ["line 3: key 1 already set in map", "line 5: key true already set in map"])
  }

  @Test func onlyTheFirstDocumentIsParsed() throws {
    #expect(try YAML.parse("a: 1\n---\nb: 2") == ["a": 1])
    #expect(try YAML.parse("---\n...\n---\nx") == .null)
    #expect(try YAML.parse("") == .null)
    #expect(try YAML.parse("# nothing\n") == .null)
    #expect(try YAML.parse(#"{"json": [1, "two", null]}"#) == ["json": [1, "two", .null]])
  }

  @Test func streamsOfDocuments() throws {
    let stream = Array("---\na: 1\n---\n---\nb: &x 2\n--- [3]\n".utf8)
    #expect(try YAML.parseDocuments(stream) == [["a": 1], .null, ["b": 2], [3]])
    #expect(try YAML.parseDocuments([]) == [])
    #expect(throws: YAML.SyntaxError(message: "yaml: more than 3 documents")) {
      try YAML.parseDocuments(stream, limits: YAML.Limits(documents: 3))
    }
    // An anchor does not outlive its document.
    #expect(throws: YAML.SyntaxError(message: "yaml: unknown anchor 'x' referenced")) {
      try YAML.parseDocuments(Array("a: &x 1\n---\nb: *x\n".utf8))
    }
  }

  @Test func billionLaughsAreRefused() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for i in 1...9 {
      let aliases = Array(repeating: "*a\(i - 1)", count: 10).joined(separator: ", ")
      text += "a\(i): &a\(i) [\(aliases)]\n"
    }
    #expect(error(text) == "yaml: document contains excessive aliasing")
    var merges = "a0: &a0 {k: v}\n"
    for i in 1...40 { merges += "a\(i): &a\(i) {<<: [*a\(i - 1), *a\(i - 1)]}\n" }
    #expect(error(merges) == "yaml: document contains excessive aliasing")
  }

  @Test func sizeAndDepthAreLimited() {
    #expect(error("abc", limits: YAML.Limits(bytes: 2)) == "yaml: the text is longer than 2 bytes")
    #expect(error("[[[1]]]", limits: YAML.Limits(depth: 2)) == "yaml: exceeded max depth of 2")
    #expect(error("[1, 2, 3]", limits: YAML.Limits(nodes: 3)) == "yaml: document has more than 3 nodes")
    // An alias takes what it refers to deeper.
    #expect(
      error("a: &a [[1]]\nb: [[*a]]", limits: YAML.Limits(depth: 4)) == "yaml: exceeded max depth of 4")
  }

  @Test func aSmallStackSurvivesTheDeepestDocuments() {
    for text in [
      String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 100_000),
      String(repeating: "- ", count: 100_000), String(repeating: "? ", count: 100_000),
    ] {
      #expect(onSmallStack { (try? YAML.parse(text)) == nil })
    }
    let limit = YAML.Limits().depth
    let deepest = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(onSmallStack { (try? YAML.parse(deepest)) != nil })
  }

  @Test func damagedTextNeverTraps() {
    var generator = SeededGenerator(seed: 3)
    var refused = 0
    let template = Array("a: &x {b: [1, *x], <<: *y}\nc: |\n  t\n? [k]\n: !!int 3\n--- 'q'\n".utf8)
    for i in 0..<4_000 {
      let start = i % 2 == 0 ? template : Array(YAML.encode(generator.value(depth: 3)).utf8)
      var duplicates: [String]? = []
      guard let value = try? YAML.parse(generator.mutated(start), duplicates: &duplicates) else {
        refused += 1
        continue
      }
      #expect((try? JSON.parse(JSON.encode(value))) != nil)
    }
    #expect(refused > 500)
  }
}
