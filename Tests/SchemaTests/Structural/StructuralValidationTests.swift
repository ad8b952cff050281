import Testing
import Values

@testable import Schema

/// What validation of custom objects finds, in the real server's words.
struct StructuralValidationTests {
  private func findings(_ properties: Value, _ spec: Value, required: [String] = []) -> [String] {
    let schema = StructuralSchema([
      "type": "object",
      "properties": ["spec": ["type": "object", "properties": properties, "required": Value(required)]],
    ])
    return schema.validate(["spec": spec]).map(\.description)
  }

  @Test func acceptsWhatFits() {
    let properties: Value = [
      "n": ["type": "integer", "minimum": 1, "maximum": 3], "f": ["type": "number"],
      "s": ["type": "string", "pattern": "^a+$"], "p": ["x-kubernetes-int-or-string": true],
      "m": ["type": "object", "additionalProperties": ["type": "integer"]],
      "l": ["type": "array", "items": ["type": "string"], "maxItems": 2],
    ]
    #expect(
      findings(
        properties, ["n": 3, "f": 1, "s": "aa", "p": "http", "m": ["k": 1], "l": ["x"], "unknown": true])
        == [])
    #expect(findings(properties, ["n": 2.0, "p": 80]) == [])
  }

  @Test(
    arguments: [
      ("size", ["type": "integer"], "3", #"must be of type integer: "string""#, "string"),
      ("size", ["type": "integer"], true, #"must be of type integer: "boolean""#, "boolean"),
      (
        "port", ["x-kubernetes-int-or-string": true], true, #"must be of type integer,string: "boolean""#,
        "boolean"
      ),
      (
        "when", ["type": "string", "format": "date-time"], "soon", #"must be of type date-time: "soon""#,
        "soon"
      ),
      (
        "when", ["type": "string", "format": "date-time"], 5, #"must be of type date-time: "int64""#, "int64"
      ),
      (
        "list", ["type": "array", "items": ["type": "string"]], [:], #"must be of type array: "object""#,
        "object"
      ),
      ("size", ["type": "integer"], .null, #"must be of type integer: "null""#, "null"),
    ] as [(String, Value, Value, String, String)])
  func refusesWrongTypes(name: String, schema: Value, value: Value, text: String, shown: String) {
    #expect(
      findings(.object([name: schema]), .object([name: value]))
        == ["spec.\(name): Invalid value: \"\(shown)\": spec.\(name) in body \(text)"])
  }

  @Test(
    arguments: [
      (["type": "integer", "maximum": 10], 11, "11: spec.x in body should be less than or equal to 10"),
      (["type": "integer", "minimum": 1], 0, "0: spec.x in body should be greater than or equal to 1"),
      (
        ["type": "integer", "maximum": 10, "exclusiveMaximum": true], 10,
        "10: spec.x in body should be less than 10"
      ),
      (
        ["type": "number", "minimum": 0.5], 0.25,
        "0.25: spec.x in body should be greater than or equal to 0.5"
      ),
      (["type": "integer", "multipleOf": 5], 7, "7: spec.x in body should be a multiple of 5"),
      (["type": "string", "minLength": 2], "a", #""a": spec.x in body should be at least 2 chars long"#),
      (["type": "string", "pattern": "^[a-z]+$"], "A", #""A": spec.x in body should match '^[a-z]+$'"#),
      (["type": "array", "minItems": 1], [], "0: spec.x in body should have at least 1 items"),
      (["type": "object", "minProperties": 1], [:], "0: spec.x in body should have at least 1 properties"),
    ] as [(Value, Value, String)])
  func refusesWhatIsOutOfLimits(schema: Value, value: Value, text: String) {
    #expect(findings(["x": schema], ["x": value]) == ["spec.x: Invalid value: \(text)"])
  }

  @Test func tellsWhatIsTooLongOrTooMany() {
    #expect(
      findings(["x": ["type": "string", "maxLength": 1]], ["x": "öö"])
        == ["spec.x: Too long: may not be more than 1 byte"])
    #expect(findings(["x": ["type": "string", "maxLength": 1]], ["x": "ö"]) == [])
    #expect(
      findings(["x": ["type": "array", "maxItems": 1]], ["x": [1, 2]])
        == ["spec.x: Too many: 2: must have at most 1 item"])
    #expect(
      findings(["x": ["type": "object", "maxProperties": 0]], ["x": ["a": 1]])
        == ["spec.x: Too many: 1: must have at most 0 items"])
  }

  @Test func namesItemsAndEntries() {
    #expect(
      findings(
        ["l": ["type": "array", "items": ["type": "object", "required": ["id"]]]], ["l": [["id": 1], [:]]])
        == ["spec.l[1].id: Required value"])
    #expect(
      findings(["m": ["type": "object", "additionalProperties": ["type": "integer"]]], ["m": ["k": "v"]])
        == [#"spec.m.k: Invalid value: "string": spec.m.k in body must be of type integer: "string""#])
    #expect(findings([:], [:], required: ["color"]) == ["spec.color: Required value"])
  }

  @Test func listsTheValuesOfAnEnumeration() {
    #expect(
      findings(["c": ["type": "string", "enum": ["red", "blue"]]], ["c": "green"])
        == [#"spec.c: Unsupported value: "green": supported values: "red", "blue""#])
    #expect(findings(["c": ["enum": [1, 2.5]]], ["c": 1]) == [])
  }

  @Test func saysOfFractionsThatTheyAreNoIntegers() {
    #expect(
      findings(["x": ["type": "integer"]], ["x": 1.5]) == [
        #"spec.x: Invalid value: "number": spec.x in body must be of type integer: "number""#,
        #"<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.x"#,
      ])
    #expect(
      findings(["x": ["type": "integer", "format": "int32"]], ["x": 3_000_000_000])
        == [#"<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.x"#])
  }

  @Test func checksAlternatives() {
    let one: Value = ["oneOf": [["required": ["a"]], ["required": ["b"]]], "type": "object"]
    #expect(findings(["x": one], ["x": ["a": 1]]) == [])
    #expect(
      findings(["x": one], ["x": ["a": 1, "b": 1]]) == [
        #"<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives"#
      ])
    #expect(
      findings(["x": one], ["x": [:]]) == [
        #"<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found none valid"#,
        "spec.x.a: Required value",
      ])
    let any: Value = ["anyOf": [["maximum": 1], ["minimum": 5]], "type": "integer"]
    #expect(findings(["x": any], ["x": 7]) == [])
    #expect(
      findings(["x": any], ["x": 3]).first
        == #"<nil>: Invalid value: "": "spec.x" must validate at least one schema (anyOf)"#)
    #expect(
      findings(["x": ["type": "integer", "allOf": [["maximum": 1]]]], ["x": 3]) == [
        "spec.x: Invalid value: 3: spec.x in body should be less than or equal to 1",
        #"<nil>: Invalid value: "": "spec.x" must validate all the schemas (allOf). None validated"#,
      ])
    #expect(
      findings(["x": ["type": "string", "not": ["enum": ["no"]]]], ["x": "no"])
        == [#"<nil>: Invalid value: "": "spec.x" must not validate the schema (not)"#])
  }

  @Test func letsPassWhatWasWrongBefore() {
    let schema = StructuralSchema([
      "type": "object",
      "properties": [
        "a": ["type": "integer", "maximum": 1],
        "l": [
          "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"],
          "items": ["type": "object", "properties": ["v": ["type": "integer", "maximum": 1]]],
        ],
      ],
    ])
    let old: Value = ["a": 5, "l": [["id": "x", "v": 5]]]
    #expect(schema.validate(old).count == 2)
    #expect(schema.validate(["a": 5, "b": 1, "l": [["id": "y"], ["id": "x", "v": 5]]], old: old) == [])
    #expect(schema.validate(["a": 6], old: old).map(\.path.description) == ["a"])
  }

  @Test func whatTheSchemaDoesNotTellOfCountsAsChanged() {
    let schema = StructuralSchema([
      "type": "object",
      "properties": [
        "open": [
          "type": "object", "required": ["x"], "x-kubernetes-preserve-unknown-fields": true,
          "properties": ["y": ["type": "integer"]],
        ],
        "list": [
          "type": "array", "maxItems": 1, "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k"],
          "items": ["type": "object", "properties": ["k": ["type": "string"]]],
        ],
      ],
    ])
    func errors(_ new: Value, old: Value) -> [String] {
      schema.validate(new, old: old).map(\.path.description)
    }
    #expect(errors(["open": ["y": 1]], old: ["open": ["y": 1]]) == [])
    #expect(errors(["open": ["z": 1]], old: ["open": ["z": 1]]) == ["open.x"])
    // Elements of a list that is a map may change places.
    let (a, b): (Value, Value) = (["k": "a"], ["k": "b"])
    #expect(errors(["list": [a, b]], old: ["list": [b, a]]) == [])
    #expect(errors(["list": [a, b]], old: ["list": [a]]) == ["list"])
  }

  @Test func putsThePathOfAPartBeforeItsFindings() {
    let schema = StructuralSchema(["type": "object", "properties": ["phase": ["type": "string"]]])
    #expect(
      schema.validate(["phase": 5], at: "status").map(\.description)
        == [#"status.phase: Invalid value: "integer": phase in body must be of type string: "integer""#])
  }

  @Test func findsRepeatedItems() {
    let schema = StructuralSchema([
      "type": "object",
      "properties": [
        "set": ["type": "array", "x-kubernetes-list-type": "set", "items": ["type": "string"]],
        "map": [
          "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a", "b"],
          "items": ["type": "object"],
        ],
      ],
    ])
    #expect(
      schema.validateListTypes([
        "set": ["x", "x", "x"], "map": [["a": 1], ["a": 1, "b": 2], ["a": 1, "c": 3]],
      ]).map(\.description) == [
        #"map[2]: Duplicate value: {"a":1}"#, #"set[1]: Duplicate value: "x""#,
      ])
  }

  @Test func givesUpWhereManyAlternativesMeetManyItems() {
    let schema = StructuralSchema([
      "type": "array",
      "items": ["anyOf": .array((0..<20).map { ["type": "string", "minLength": .int($0 + 1)] })],
    ])
    let items = Value.array(Array(repeating: "", count: 20))
    var patient = StructuralValidation(prefix: "")
    #expect(patient.check(items, old: nil, schema, path: "", depth: 0).errors.count == 40)
    var impatient = StructuralValidation(prefix: "", budget: 50)
    let errors = impatient.check(items, old: nil, schema, path: "", depth: 0).errors
    #expect(errors.contains { $0.message.hasSuffix("takes too long") })
  }
}
