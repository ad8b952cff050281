import Schema
import Testing
import Values

@testable import KubernetesCEL

/// Rules of custom resource definitions, as they are evaluated for objects.
@Suite("Rules of schemas")
struct RuleTests {
  /// An object with a spec of that schema.
  private static func rules(_ spec: Value) throws -> SchemaRules {
    try #require(SchemaRules(StructuralSchema(["type": "object", "properties": ["spec": spec]])))
  }

  private static func errors(_ spec: Value, _ value: Value, old: Value? = nil) throws -> [String] {
    let before = old.map { Value.object(["spec": $0]) }
    return try rules(spec).validate(["spec": value], old: before).errors.map(\.description)
  }

  @Test(
    "names that are no identifiers are escaped",
    arguments: [
      ("a", "a"), ("a.b", "a__dot__b"), ("x-y/z", "x__dash__y__slash__z"), ("a__b", "a__underscores__b"),
      ("a_b", "a_b"), ("namespace", "__namespace__"), ("int", "int"), ("1a", nil), ("ä", nil), ("", nil),
      ("a___b", "a__underscores___b"),
    ] as [(String, String?)])
  func escapes(name: String, escaped: String?) { #expect(FieldNames.escaped(name) == escaped) }

  @Test("a rule that does not hold is a finding about its value")
  func findings() throws {
    let spec: Value = [
      "type": "object",
      "properties": [
        "low": ["type": "integer"], "high": ["type": "integer"],
        "name": ["type": "string", "x-kubernetes-validations": [["rule": "self.startsWith('a')"]]],
      ],
      "x-kubernetes-validations": [
        [
          "rule": "self.low <= self.high", "fieldPath": ".low", "reason": "FieldValueForbidden",
          "messageExpression": "'low is ' + string(self.low)", "message": "too low",
        ],
        ["rule": "!has(self.name) || self.name.size() < 3", "message": " a short name "],
      ],
    ]
    #expect(try Self.errors(spec, ["low": 1, "high": 2, "name": "ab"]) == [])
    #expect(
      try Self.errors(spec, ["low": 3, "high": 2, "name": "bcd"]) == [
        "spec.low: Forbidden: low is 3", "spec: Invalid value: a short name",
        "spec.name: Invalid value: \"bcd\": failed rule: self.startsWith('a')",
      ])
    #expect(
      try Self.errors(spec, ["low": 3]) == [
        "spec: Invalid value: \"object\": no such key: high evaluating rule: too low"
      ])
  }

  @Test("the message is the rule's own where its expression gives none")
  func fallbacks() throws {
    func text(_ expression: String, message: Value = "own") throws -> [String] {
      try Self.errors(
        [
          "type": "integer",
          "x-kubernetes-validations": [
            ["rule": "self > 5", "message": message, "messageExpression": .string(expression)]
          ],
        ], 1)
    }
    #expect(try text("'got ' + string(self)") == ["spec: Invalid value: 1: got 1"])
    for expression in ["''", "'  '", "'a\\nb'", "string(1 / (self - 1))"] {
      #expect(try text(expression) == ["spec: Invalid value: 1: own"])
    }
    #expect(try text("' '", message: "") == ["spec: Invalid value: 1: failed rule: self > 5"])
  }

  @Test("reasons are the kinds of findings")
  func reasons() throws {
    for (reason, text) in [
      ("FieldValueRequired", "Required value: m"), ("FieldValueDuplicate", "Duplicate value: 1"),
      ("FieldValueForbidden", "Forbidden: m"), ("FieldValueInvalid", "Invalid value: 1: m"),
    ] {
      let spec: Value = [
        "type": "integer",
        "x-kubernetes-validations": [["rule": "self > 5", "message": "m", "reason": .string(reason)]],
      ]
      #expect(try Self.errors(spec, 1) == ["spec: \(text)"])
    }
  }

  // MARK: - Transitions

  @Test("a transition rule needs a value before, unless that is optional")
  func transitions() throws {
    let immutable: Value = [
      "type": "string", "x-kubernetes-validations": [["rule": "self == oldSelf", "message": "fixed"]],
    ]
    #expect(try Self.errors(immutable, "a") == [])
    #expect(try Self.errors(immutable, "a", old: "a") == [])
    #expect(try Self.errors(immutable, "b", old: "a") == ["spec: Invalid value: \"b\": fixed"])
    let once: Value = [
      "type": "string",
      "x-kubernetes-validations": [
        ["rule": "oldSelf.hasValue() || self == 'new'", "optionalOldSelf": true, "message": "begin with new"]
      ],
    ]
    #expect(try Self.errors(once, "a") == ["spec: Invalid value: \"a\": begin with new"])
    #expect(try Self.errors(once, "a", old: "b") == [])
  }

  @Test("elements of lists that are maps are found again by their keys")
  func correlation() throws {
    let list: Value = [
      "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
      "items": [
        "type": "object", "properties": ["k": ["type": "string"], "v": ["type": "integer"]],
        "x-kubernetes-validations": [["rule": "self.v >= oldSelf.v", "message": "sinks"]],
      ],
    ]
    let old: Value = [["k": "a", "v": 1], ["k": "b", "v": 5]]
    #expect(
      try Self.errors(list, [["k": "b", "v": 6], ["k": "c", "v": 0], ["k": "a", "v": 1]], old: old) == [])
    #expect(try Self.errors(list, [["k": "b", "v": 4]], old: old) == ["spec[0]: Invalid value: sinks"])
  }

  @Test("what has not changed is only warned of")
  func ratcheting() throws {
    let rules = try Self.rules([
      "type": "object",
      "properties": [
        "a": ["type": "string", "x-kubernetes-validations": [["rule": "self != 'x'"]]],
        "b": ["type": "string", "x-kubernetes-validations": [["rule": "self != 'x'"]]],
        "set": [
          "type": "array", "x-kubernetes-list-type": "set",
          "items": ["type": "string", "x-kubernetes-validations": [["rule": "self != 'x'"]]],
        ],
      ],
    ])
    let old: Value = ["spec": ["a": "x", "b": "y", "set": ["x"]]]
    let same = rules.validate(old, old: old)
    #expect(same.errors == [])
    #expect(
      same.warnings == [
        "spec.a: Invalid value: \"x\": failed rule: self != 'x'",
        "spec.set[0]: Invalid value: \"x\": failed rule: self != 'x'",
      ])
    let changed = rules.validate(["spec": ["a": "x", "b": "x", "set": ["x", "y"]]], old: old)
    #expect(changed.warnings.count == 1)
    #expect(changed.errors.map(\.path.description) == ["spec.b", "spec.set[0]"])
  }

  // MARK: - What rules see

  @Test(
    "formats, nulls and open types as expressions see them",
    arguments: [
      ("duration('1h') < self.long", ["long": "90m"]), ("self.long == duration('72h')", ["long": "3 days"]),
      ("self.day.getFullYear() == 2020", ["day": "2020-02-01"]),
      ("self.at < timestamp('2021-01-01T00:00:00Z')", ["at": "2020-02-01T00:00:00Z"]),
      ("self.data == b'abc'", ["data": "YWJj"]), ("self.n == 2.0", ["n": 2]),
      ("type(self.port) == int && self.port < 5", ["port": 3]),
      ("type(self.port) == string", ["port": "http"]), ("!has(self.maybe)", ["maybe": .null]),
      ("self.map.all(k, self.map[k] > 0)", ["map": ["a-b": 1]]), ("self.a__dash__b == 'x'", ["a-b": "x"]),
      (
        "self.pod.metadata.name == 'p' && self.pod.kind == 'Pod'",
        ["pod": ["kind": "Pod", "metadata": ["name": "p"]]]
      ),
    ] as [(String, Value)])
  func sees(rule: String, value: Value) throws {
    let spec: Value = [
      "type": "object",
      "properties": [
        "long": ["type": "string", "format": "duration"], "day": ["type": "string", "format": "date"],
        "at": ["type": "string", "format": "date-time"], "data": ["type": "string", "format": "byte"],
        "n": ["type": "number"], "port": ["x-kubernetes-int-or-string": true],
        "maybe": ["type": "string", "nullable": true], "a-b": ["type": "string"],
        "map": ["type": "object", "additionalProperties": ["type": "integer"]],
        "pod": [
          "type": "object", "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true,
        ],
      ], "x-kubernetes-validations": [["rule": .string(rule)]],
    ]
    #expect(try Self.errors(spec, value) == [])
  }

  @Test("the root has its kind and its name, and no other metadata")
  func root() throws {
    func errors(_ rule: String) throws -> [String] {
      let schema: Value = [
        "type": "object", "properties": ["metadata": ["type": "object"]],
        "x-kubernetes-validations": [["rule": .string(rule)]],
      ]
      let rules = try #require(SchemaRules(StructuralSchema(schema)))
      return rules.validate(["kind": "K", "metadata": ["name": "x"]]).errors.map(\.description)
    }
    #expect(try errors("self.kind == 'K' && self.metadata.name == 'x'") == [])
    #expect(
      try errors("self.metadata.name == 'y'") == [
        "<nil>: Invalid value: failed rule: self.metadata.name == 'y'"
      ])
    #expect(try errors("has(self.metadata.labels)").first?.contains("undefined field 'labels'") == true)
  }

  @Test("sets and maps of lists have their own == and +")
  func lists() throws {
    func holds(_ rule: String, _ type: Value, _ items: Value, _ a: Value, _ b: Value) throws -> Bool {
      var list: Value = ["type": "array", "x-kubernetes-list-type": type, "items": items]
      if type == "map" { list["x-kubernetes-list-map-keys"] = ["k"] }
      let spec: Value = [
        "type": "object", "properties": ["a": list, "b": list],
        "x-kubernetes-validations": [["rule": .string(rule)]],
      ]
      return try Self.errors(spec, ["a": a, "b": b]).isEmpty
    }
    let text: Value = ["type": "string"]
    let entry: Value = ["type": "object", "properties": ["k": text, "v": text]]
    #expect(try holds("self.a == self.b", "set", text, ["x", "y"], ["y", "x"]))
    #expect(try !holds("self.a == self.b", "atomic", text, ["x", "y"], ["y", "x"]))
    #expect(try holds("self.a + self.b == ['x', 'y', 'z']", "set", text, ["x", "y"], ["y", "z"]))
    #expect(try holds("self.a + self.b == self.a", "set", text, ["x", "y"], ["y"]))
    let (x, y): (Value, Value) = (["k": "x", "v": "1"], ["k": "y", "v": "2"])
    // Elements of different fields are of different types: only what was before can be compared.
    func keeps(_ rule: String, _ new: Value, _ old: Value) throws -> Bool {
      let list: Value = [
        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
        "items": entry, "x-kubernetes-validations": [["rule": .string(rule)]],
      ]
      return try Self.errors(list, new, old: old).isEmpty
    }
    #expect(try keeps("self == oldSelf", [x, y], [y, x]))
    #expect(try !keeps("self == oldSelf", [x, y], [x, ["k": "y", "v": "3"]]))
    #expect(
      try keeps(
        "(self + oldSelf)[0].v == '3' && size(self + oldSelf) == 2", [x, y], [["k": "x", "v": "3"]]))
  }

  // MARK: - Budgets

  @Test("a rule that costs too much ends the evaluation")
  func budgets() throws {
    let nested = "self.all(a, self.all(b, self.all(c, a + b + c != 1)))"
    let spec: Value = [
      "type": "array", "items": ["type": "integer"],
      "x-kubernetes-validations": [["rule": .string(nested)], ["rule": "false"]],
    ]
    let list = Value.array((0..<120).map { .int($0 + 1) })
    #expect(
      try Self.errors(spec, list) == [
        "spec: Invalid value: \"array\": 'operation cancelled: actual cost limit exceeded': no further validation "
          + "rules will be run due to call cost exceeds limit for rule: \(nested)"
      ])
  }

  @Test("all rules of an object share a budget")
  func sharedBudget() throws {
    let costly = "self.all(a, self.all(b, a + b != 1))"
    let spec: Value = [
      "type": "array",
      "items": [
        "type": "array", "items": ["type": "integer"],
        "x-kubernetes-validations": [["rule": .string(costly)]],
      ],
    ]
    let list = Value.array((0..<300).map { .int($0 + 1) })
    let errors = try Self.errors(spec, .array(Array(repeating: list, count: 40)))
    #expect(errors.count == 1)
    #expect(
      errors.first?.hasSuffix(
        "validation failed due to running out of cost budget, no further validation rules will be run")
        == true)
  }

  // MARK: - Paths and sizes

  @Test(
    "paths of fields",
    arguments: [
      (".a.b", "a.b"), ("['a']['b']", "a.b"), (".m['x y']", "m[x y]"), (".m['it\\'s']", "m[it's]"), ("", ""),
    ])
  func paths(path: String, written: String) throws {
    #expect(try RuleFieldPath.read(path, in: Self.pathSchema) == written)
  }

  @Test(
    "paths that lead nowhere", arguments: ["a", ".c", ".a.c", ".a[0]", ".", ".a['b'", ".a.b.c", ".m['\\x']"])
  func noPaths(path: String) {
    #expect(throws: RuleFieldPath.Fault.self) { try RuleFieldPath.read(path, in: Self.pathSchema) }
  }

  private static let pathSchema = StructuralSchema([
    "type": "object",
    "properties": [
      "a": ["type": "object", "properties": ["b": ["type": "string"]]],
      "m": ["type": "object", "additionalProperties": ["type": "string"]],
    ],
  ])

  @Test("sizes come from limits, else from what a request can hold")
  func sizes() throws {
    func most(_ schema: Value) throws -> UInt64 {
      try #require(SchemaShape(StructuralSchema(schema), isResourceRoot: false, name: "t")).maxElements
    }
    #expect(try most(["type": "string", "maxLength": 10]) == 40)
    #expect(try most(["type": "string", "format": "byte", "maxLength": 10]) == 10)
    #expect(try most(["type": "string"]) == 3_145_726)
    #expect(try most(["type": "string", "enum": ["a", "abc"]]) == 3)
    #expect(try most(["type": "array", "items": ["type": "string"]]) == 1_048_575)
    #expect(try most(["type": "array", "maxItems": 7, "items": ["type": "string"]]) == 7)
    #expect(try most(["type": "object", "additionalProperties": ["type": "integer"]]) == 449_389)
    let required: Value = [
      "type": "object", "required": ["abc"],
      "properties": ["abc": ["type": "boolean"], "d": ["type": "string"]],
    ]
    // {"abc":true}: 2 for the braces, 3 + 4 for the name, 4 for the value.
    #expect(try most(["type": "array", "items": required]) == 3_145_726 / 14)
  }
}
