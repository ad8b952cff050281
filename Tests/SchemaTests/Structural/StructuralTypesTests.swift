import Schema
import Testing
import Values

/// The types that come from structural schemas, by what pruning and defaulting do with them.
struct StructuralTypesTests {
  private let type = StructuralSchema([
    "type": "object",
    "properties": [
      "spec": [
        "type": "object",
        "properties": [
          "size": ["type": "integer", "default": 3], "maybe": ["type": "string", "nullable": true],
          "name": ["type": "string"],
          "free": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
          "any": ["x-kubernetes-preserve-unknown-fields": true],
          "map": [
            "type": "object",
            "additionalProperties": ["type": "object", "properties": ["a": ["type": "string"]]],
          ],
          "pod": [
            "type": "object", "x-kubernetes-embedded-resource": true,
            "properties": ["spec": ["type": "object"]],
          ],
          "whole": [
            "type": "object", "x-kubernetes-map-type": "atomic", "properties": ["a": ["type": "string"]],
          ],
          "tags": ["type": "array", "x-kubernetes-list-type": "set", "items": ["type": "string"]],
        ],
      ]
    ],
  ]).rootType(name: "io.example.v1.Widget")

  private func read(_ spec: Value) throws -> (spec: Value?, unknown: [String]) {
    var result = try StructuralPruning.decode(["spec": spec], as: type)
    StructuralDefaults.apply(to: &result.value, as: type)
    return (result.value["spec"], result.strictErrors)
  }

  @Test func prunesAndDefaults() throws {
    let read = try read(["junk": 1, "name": "x", "map": ["k": ["a": "1", "b": "2"]]])
    #expect(read.spec == ["name": "x", "size": 3, "map": ["k": ["a": "1"]]])
    #expect(read.unknown == [#"unknown field "spec.junk""#, #"unknown field "spec.map.k.b""#])
  }

  @Test func keepsWhatIsFree() throws {
    let spec: Value = ["size": 1, "free": ["x": ["y": 1]], "any": [1, ["z": .null]]]
    #expect(try read(spec).spec == spec)
  }

  @Test func dropsNullsThatAreNotAllowed() throws {
    #expect(try read(["name": .null, "maybe": .null, "free": .null]).spec == ["maybe": .null, "size": 3])
  }

  @Test func keepsWhatEveryEmbeddedObjectHas() throws {
    let pod: Value = [
      "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "x", "junk": 1], "spec": ["gone": 1], "gone": 1,
    ]
    #expect(
      try read(["pod": pod]).spec?["pod"]
        == ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "x"], "spec": [:]])
  }

  @Test func tellsHowListsAndMapsAreMerged() {
    guard case .object(let spec)? = type.fields["spec"]?.shape else {
      Issue.record("spec is no object"); return
    }
    #expect(spec.type.fields["tags"]?.listType == .set)
    #expect(spec.type.fields["whole"]?.isAtomic == true)
    #expect(spec.type.fields["map"]?.isAtomic == false)
    #expect(type.shortName == "Widget")
  }

  @Test func leavesOutWhatEveryObjectHas() {
    let type = StructuralSchema([
      "type": "object", "properties": ["metadata": ["type": "object"], "kind": ["type": "string"]],
    ]).rootType(name: "x")
    #expect(type.fields.isEmpty)
  }
}
