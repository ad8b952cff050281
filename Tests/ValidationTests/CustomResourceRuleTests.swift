import Schema
import Testing
import Values

@testable import Validation

/// Rules in schemas of CustomResourceDefinitions: whether they compile, and what they may cost.
@Suite("Rules of CustomResourceDefinitions")
struct CustomResourceRuleTests {
  private static func definition(_ schemas: [Value]) -> Value {
    let versions = schemas.enumerated().map { index, schema in
      Value.object([
        "name": .string("v\(index + 1)"), "served": true, "storage": .bool(index == 0),
        "schema": ["openAPIV3Schema": ["type": "object", "properties": ["spec": schema]]],
      ])
    }
    return [
      "metadata": ["name": "things.example.com", "uid": "u", "resourceVersion": "1"],
      "spec": [
        "group": "example.com", "scope": "Namespaced",
        "names": ["plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"],
        "versions": .array(versions), "conversion": ["strategy": "None"],
      ], "status": ["storedVersions": ["v1"]],
    ]
  }

  private static func resource() throws -> APIResource {
    try #require(
      APICatalog.builtIn.resource(
        GroupVersionResource(
          group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions")))
  }

  private static func findings(_ schemas: Value..., old: [Value]? = nil) throws -> [String] {
    let (new, resource) = (definition(schemas), try resource())
    let type = ObjectType(name: "")
    let errors =
      old.map {
        ObjectValidator.update(new, old: definition($0), resource, subresource: "", type: type)
      } ?? ObjectValidator.create(new, resource, type: type)
    return errors.map(\.description)
  }

  private static let rules = "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations"

  private static func integer(_ rule: Value) -> Value {
    ["type": "integer", "x-kubernetes-validations": [rule]]
  }

  @Test("a rule must compile and give a bool")
  func compiles() throws {
    #expect(try Self.findings(Self.integer(["rule": "self > 1"])) == [])
    let shown =
      #"{"Rule":"RULE","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}"#
    #expect(
      try Self.findings(Self.integer(["rule": "self.a"])) == [
        "\(Self.rules)[0].rule: Invalid value: " + shown.replacing("RULE", with: "self.a")
          + ": compilation failed: ERROR: <input>:1:5: type 'int' does not support field selection\n | self.a\n | ....^"
      ])
    #expect(
      try Self.findings(Self.integer(["rule": "self + 1"])) == [
        "\(Self.rules)[0].rule: Invalid value: " + shown.replacing("RULE", with: "self + 1")
          + ": cel expression must evaluate to a bool"
      ])
  }

  @Test("a message must be a text and must not cost too much")
  func messages() throws {
    let wrong = try Self.findings(Self.integer(["rule": "self > 1", "messageExpression": "self"]))
    #expect(wrong.count == 1)
    #expect(wrong.first?.hasPrefix("\(Self.rules)[0].messageExpression: Invalid value: ") == true)
    #expect(wrong.first?.hasSuffix("}: messageExpression must evaluate to a string") == true)
    // How long the text of a number is can't be told.
    let costly = try Self.findings(
      Self.integer(["rule": "self > 1", "messageExpression": "'not ' + string(self)"]))
    let hint =
      "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and "
      + "strings are declared)"
    #expect(
      costly == [
        "\(Self.rules)[0].messageExpression: Forbidden: estimated messageExpression cost exceeds budget by "
          + "factor of more than 100x \(hint)",
        "\(Self.rules)[0].messageExpression: Forbidden: contributed to estimated rule cost total exceeding cost "
          + "limit for entire OpenAPIv3 schema",
        "spec.validation.openAPIV3Schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire "
          + "OpenAPIv3 schema exceeds budget by factor of more than 100x \(hint)",
      ])
  }

  @Test("what may be repeated without a limit costs too much")
  func costs() throws {
    func list(_ limit: Int64?) -> Value {
      var list: Value = [
        "type": "array", "items": ["type": "string", "maxLength": 10],
        "x-kubernetes-validations": [["rule": "self.all(a, self.all(b, a == b || a != b))"]],
      ]
      if let limit { list["maxItems"] = .int(limit) }
      return list
    }
    #expect(try Self.findings(list(10)) == [])
    func exceeded(_ limit: Int64) throws -> String? {
      try Self.findings(list(limit)).first.map { String($0.prefix { $0 != "(" }) }
    }
    let rule = "\(Self.rules)[0].rule: Forbidden: estimated rule cost exceeds budget by factor of"
    #expect(try exceeded(900) == "\(rule) 1.215450x ")
    #expect(try exceeded(1200) == "\(rule) 2.2x ")
    #expect(try Self.findings(list(3000)).count == 3)
    // A version that was there before is not held to the limit of a rule.
    #expect(try Self.findings(list(900), old: [list(900)]) == [])
    #expect(try Self.findings(list(900), old: [list(901)]).count == 1)
  }

  @Test("rules of elements are counted as often as there may be elements")
  func cardinality() throws {
    func map(_ limit: Int64?) -> Value {
      var map: Value = [
        "type": "object",
        "additionalProperties": [
          "type": "string", "maxLength": 1000,
          "x-kubernetes-validations": [["rule": "self.contains('abcd')"]],
        ],
      ]
      if let limit { map["maxProperties"] = .int(limit) }
      return map
    }
    #expect(try Self.findings(map(100)) == [])
    let path =
      "spec.validation.openAPIV3Schema.properties[spec].additionalProperties.x-kubernetes-validations"
    #expect(
      try Self.findings(map(nil)).first?.hasPrefix("\(path)[0].rule: Forbidden: estimated rule cost") == true)
  }

  @Test("oldSelf needs a place that is found again after a change")
  func uncorrelatable() throws {
    func list(_ type: String) -> Value {
      [
        "type": "array", "maxItems": 3, "x-kubernetes-list-type": .string(type),
        "items": [
          "type": "string", "maxLength": 5, "x-kubernetes-validations": [["rule": "self == oldSelf"]],
        ],
      ]
    }
    let place = "spec.validation.openAPIV3Schema.properties[spec]"
    #expect(
      try Self.findings(list("set")) == [
        "\(place).items.x-kubernetes-validations[0].rule: Invalid value: \"self == oldSelf\": oldSelf cannot be used "
          + "on the uncorrelatable portion of the schema within \(place)"
      ])
    #expect(
      try Self.findings(Self.integer(["rule": "self > 1", "optionalOldSelf": true])) == [
        "\(Self.rules)[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule"
      ])
    #expect(
      try Self.findings(Self.integer(["rule": "self > oldSelf.orValue(0)", "optionalOldSelf": true])) == [])
  }

  @Test("a path must lead to a field, a reason be one that is known")
  func details() throws {
    #expect(
      try Self.findings(
        Self.integer(["rule": "self > 1", "fieldPath": ".a", "reason": "Why"])) == [
          "\(Self.rules)[0].reason: Unsupported value: \"Why\": supported values: \"FieldValueDuplicate\", "
            + "\"FieldValueForbidden\", \"FieldValueInvalid\", \"FieldValueRequired\"",
          "\(Self.rules)[0].fieldPath: Invalid value: \".a\": fieldPath must be a valid path",
        ])
  }

  @Test("rules on what has no type can't be compiled")
  func untyped() throws {
    let open: Value = [
      "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-validations": [["rule": "true"]],
    ]
    #expect(
      try Self.findings(open) == [
        "\(Self.rules): Internal error: internal error: failed to construct type information for "
          + "x-kubernetes-validations rules: unable to convert structural schema to CEL declarations"
      ])
  }

  @Test("defaults must fit their schema and its rules")
  func defaults() throws {
    func texts(_ property: Value) throws -> [String] {
      try Self.findings(["type": "object", "properties": ["a": property]])
    }
    let path = "spec.validation.openAPIV3Schema.properties[spec].properties[a].default"
    #expect(try texts(["type": "integer", "default": 1]) == [])
    #expect(
      try texts(["type": "integer", "default": "x"]) == [
        "\(path): Invalid value: \"string\":  in body must be of type integer: \"string\""
      ])
    #expect(
      try texts(["type": "object", "properties": ["b": ["type": "string"]], "default": ["c": 1]]) == [
        "\(path): Invalid value: {\"c\":1}: must not have unknown fields"
      ])
    let rule: Value = ["rule": "self > 5", "message": "too small"]
    #expect(
      try texts(["type": "integer", "default": 1, "x-kubernetes-validations": [rule]]) == [
        "\(path): Invalid value: 1: too small"
      ])
    #expect(
      try texts([
        "type": "integer", "default": 1,
        "x-kubernetes-validations": [["rule": "oldSelf.hasValue()", "optionalOldSelf": true]],
      ]) == ["\(path): Invalid value: 1: failed rule: oldSelf.hasValue()"])
  }

  @Test("what versions have in common is named once")
  func versions() throws {
    let (good, bad) = (Self.integer(["rule": "self > 1"]), Self.integer(["rule": "self"]))
    #expect(try Self.findings(bad, bad).map { $0.prefix(15) } == ["spec.validation"])
    #expect(
      try Self.findings(good, bad).map { $0.prefix(48) } == [
        "spec.versions[1].schema.openAPIV3Schema.properti"
      ])
  }
}
