import Testing
import Values

@testable import APIServer

@Suite struct SimpleJSONPathTests {
  private let object: Value = [
    "metadata": ["name": "a", "annotations": ["example.com/note": "hi", "it's": "quoted"]],
    "spec": ["replicas": 3, "ratio": 0.5, "on": true, "ports": [80, 81, 82, 83], "none": .null],
    "status": [
      "conditions": [
        ["type": "Synced", "status": "True", "count": 2],
        ["type": "Ready", "status": "False", "count": 5, "reason": "Waiting"],
      ],
      "empty": [],
    ],
  ]

  private func first(_ path: String) -> Value? { SimpleJSONPath(path)?.first(in: object) }

  @Test(
    arguments: [
      (".metadata.name", "a"), ("$.metadata.name", "a"), (".metadata['name']", "a"),
      ("['spec']['replicas']", 3),
      (#".metadata.annotations.example\.com/note"#, "hi"),
      (#".metadata.annotations['example.com/note']"#, "hi"),
      (#".metadata.annotations['it\'s']"#, "quoted"), (#".metadata.annotations["it's"]"#, "quoted"),
      (".spec.ports[0]", 80), (".spec.ports[-1]", 83), (".spec.ports[1:3]", 81), (".spec.ports[*]", 80),
      (".spec.ports[-2:]", 82), (".spec.ports[1::2]", 81), (".spec.ports[2,0]", 82), (".spec.on", true),
      (".spec['missing','replicas']", 3), (".metadata.*", ["example.com/note": "hi", "it's": "quoted"]),
      (".spec.none", .null), ("..reason", "Waiting"), (".status.conditions[1].type", "Ready"),
    ] as [(String, Value)])
  func paths(path: String, value: Value) {
    #expect(first(path) == value)
  }

  @Test(
    arguments: [
      (#"[?(@.type=="Ready")].status"#, "False"), ("[?(@.type=='Ready')].status", "False"),
      (#"[?(@.type == "Ready")].status"#, "False"), (#"[?(@.type!="Synced")].status"#, "False"),
      ("[?(@.count>2)].type", "Ready"), ("[?(@.count>=2)].type", "Synced"), ("[?(@.count<5)].type", "Synced"),
      ("[?(@.count<=1)].type", nil), ("[?(@.reason)].type", "Ready"), (#"[?(@.type=="Gone")].status"#, nil),
      // A text is no number.
      ("[?(@.type>1)].type", nil), (#"[?(@["type"]=="Ready")].reason"#, "Waiting"),
    ] as [(String, Value?)])
  func filters(path: String, value: Value?) {
    #expect(first(".status.conditions" + path) == value)
  }

  @Test(arguments: [
    ".spec.missing", ".spec.missing.more", ".metadata.name.x", ".spec.ports[4]", ".spec.ports[-5]",
    ".spec[0]",
    ".status.empty[*]", ".status.empty[0]", ".spec.ports[3:9]", ".spec.none.x", ".spec.replicas[0]",
  ])
  func whatIsNotThere(path: String) {
    #expect(SimpleJSONPath(path) != nil)
    #expect(first(path) == nil)
  }

  @Test(arguments: [
    "spec", ".a[", ".a]", ".a['b]", ".a[x]", ".a[1:2:3:4]", ".a[1:2:-1]", ".a[]", ".a[?(@.b==)]",
    ".a[?(@.b=1)]",
    ".a[?(@.b", ".a{b}", ".a[99999999999999999999]",
  ])
  func whatIsNoPath(path: String) {
    #expect(SimpleJSONPath(path) == nil)
  }

  @Test func pathsAreBounded() {
    #expect(SimpleJSONPath("." + String(repeating: "a", count: 3000)) == nil)
    #expect(SimpleJSONPath(String(repeating: ".a", count: 100)) == nil)
    var deep = "@.a"
    for _ in 0..<10 { deep = "@.a[?(\(deep))]" }
    #expect(SimpleJSONPath("." + deep.dropFirst(2)) == nil)
  }

  @Test func whatWouldGrowWithoutEndIsGivenUp() throws {
    var tree: Value = 1
    for _ in 0..<12 { tree = ["a": tree, "b": tree] }
    let path = try #require(SimpleJSONPath("..a..a..a..a..a"))
    #expect(path.first(in: tree) == nil)
  }
}
