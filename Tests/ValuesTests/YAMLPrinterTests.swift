import Testing
import Values

@Suite struct YAMLPrinterTests {
  @Test func printsAsTheServerDoes() {
    let message =
      "nodes is forbidden: User \"system:anonymous\" cannot list resource \"nodes\" in API group \"\" "
      + "at the cluster scope"
    let status: Value = [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
      "message": .string(message), "reason": "Forbidden", "details": ["kind": "nodes"], "code": 403,
    ]
    #expect(
      YAML.encode(status) == """
        apiVersion: v1
        code: 403
        details:
          kind: nodes
        kind: Status
        message: 'nodes is forbidden: User "system:anonymous" cannot list resource "nodes"
          in API group "" at the cluster scope'
        metadata: {}
        reason: Forbidden
        status: Failure

        """)
  }

  @Test func sequencesAreNotIndented() {
    #expect(
      YAML.encode(["spec": ["containers": [["name": "c", "args": ["a", [1, 2]]], []]]]) == """
        spec:
          containers:
          - args:
            - a
            - - 1
              - 2
            name: c
          - []

        """)
  }

  @Test(arguments: [
    ("yes", "\"yes\""), ("y", "\"y\""), ("null", "\"null\""), ("~", "\"~\""), ("", "\"\""), ("12", "\"12\""),
    ("0x1F", "\"0x1F\""), ("1e3", "\"1e3\""), ("1_000", "\"1_000\""), ("1:30", "\"1:30\""),
    ("2001-01-01T00:00:00Z", "\"2001-01-01T00:00:00Z\""), ("2001-1-1", "\"2001-1-1\""),
    ("2001-02-30", "2001-02-30"), ("1.2.3", "1.2.3"), ("500m", "500m"), ("1Gi", "1Gi"), ("a: b", "'a: b'"),
    ("- a", "'- a'"), ("#x", "'#x'"), ("a #b", "'a #b'"), ("a#b", "a#b"), (" a", "' a'"), ("a ", "'a '"),
    ("it's", "it's"), ("'q'", "'''q'''"), ("*", "'*'"), ("{}", "'{}'"), ("@a", "'@a'"), ("a:b", "a:b"),
    ("tab\tx", "\"tab\\tx\""), ("\u{1}", "\"\\x01\""), ("é€", "é€"), ("😀", "\"\\U0001F600\""),
    ("<<", "\"<<\""), ("a\nb", "|-\n  a\n  b"),
    ("a\nb\n", "|\n  a\n  b"), ("a\n\n", "|+\n  a\n"), (" a\nb", "|2-\n   a\n  b"), ("true", "\"true\""),
    ("nginx:1.27", "nginx:1.27"), (".5", "\".5\""), ("-", "'-'"), ("=", "="),
  ])
  func strings(text: String, yaml: String) {
    #expect(YAML.encode(["k": .string(text)]) == "k: " + yaml + "\n")
  }

  @Test func scalars() {
    #expect(YAML.encode(.null) == "null\n")
    #expect(YAML.encode(true) == "true\n")
    #expect(
      YAML.encode([.int(.min), 1.5, .double(1e6), .double(1e21), .double(1e-5), .double(0.0001)]) == """
        - -9223372036854775808
        - 1.5
        - 1e+06
        - 1e+21
        - 1e-05
        - 0.0001

        """)
  }

  @Test func keysAreSortedByTheNumbersInThem() {
    let value: Value = [
      "a10": 1, "a9": 1, "b": 1, "B": 1, "a.b": 1, "ab": 1, "a": 1, "1": 1, "a-1": 1, "a01": 1,
    ]
    let keys = YAML.encode(value).split(separator: "\n").map { String($0.dropLast(3)) }
    #expect(keys == ["\"1\"", "B", "a", "a-1", "a.b", "a01", "a9", "a10", "ab", "b"])
  }

  @Test func everyValueComesBackFromItsText() throws {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<2_000 {
      let value = generator.value(depth: 4)
      let text = YAML.encode(value)
      #expect(try YAML.parse(text).normalized == value.normalized, "\(text)")
    }
  }
}
