import Schema
import Testing
import Values

@Suite("Pruning custom objects")
struct DecodingStructuralPruningTests {
  private static let widget = ObjectType(
    name: "Widget",
    fields: [
      "spec": FieldType(
        .object(
          TypeReference(
            ObjectType(
              name: "Widget.spec",
              fields: [
                "size": size, "color": FieldType(.string), "free": free, "when": nullable,
                "counts": FieldType(.map(FieldType(.integer(bits: 64)))),
                "parts": FieldType(.list(FieldType(.object(TypeReference(part))))),
              ]))))
    ])
  private static let part = ObjectType(name: "Widget.part", fields: ["id": FieldType(.string)])
  private static var size: FieldType {
    var type = FieldType(.integer(bits: 64))
    type.defaultValue = 3
    return type
  }
  private static var nullable: FieldType {
    var type = FieldType(.string)
    type.isNullable = true
    return type
  }
  private static var free: FieldType {
    FieldType(.object(TypeReference(ObjectType(name: "Widget.free", preservesUnknownFields: true))))
  }

  private func decode(_ text: String) throws -> (value: Value, strictErrors: [String]) {
    try StructuralPruning.decode(JSON.parse(text), as: Self.widget)
  }

  @Test("Unknown fields go, metadata's first, then sorted by path")
  func prunes() throws {
    let (value, errors) = try decode(
      #"{"apiVersion":"t/v1","kind":"Widget","zeta":1,"metadata":{"name":"a","lables":{}},"spec":{"junk":1,"free":{"x":{"y":1}},"parts":[{"id":"1","no":2}]}}"#
    )
    #expect(
      errors == [
        #"unknown field "metadata.lables""#, #"unknown field "spec.junk""#,
        #"unknown field "spec.parts[0].no""#, #"unknown field "zeta""#,
      ])
    #expect(
      value == [
        "apiVersion": "t/v1", "kind": "Widget", "metadata": ["name": "a"],
        "spec": ["free": ["x": ["y": 1]], "parts": [["id": "1"]]],
      ])
  }

  @Test("Nulls stay where they are allowed; zeros and wrong types always stay")
  func keeps() throws {
    let (value, errors) = try decode(#"{"spec":{"color":null,"when":null,"size":"big","counts":{"a":0}}}"#)
    #expect(value == ["spec": ["when": .null, "size": "big", "counts": ["a": 0]]])
    #expect(errors.isEmpty)
  }

  @Test("Malformed metadata is an error")
  func metadata() {
    let message = "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"
    #expect(throws: DecodeError(message)) { try decode(#"{"metadata":{"labels":{"a":1}}}"#) }
  }

  @Test("Defaults fill objects that are there")
  func defaults() throws {
    var value: Value = ["spec": ["size": .null]]
    StructuralDefaults.apply(to: &value, as: Self.widget)
    #expect(value == ["spec": ["size": 3]])
    var empty: Value = [:]
    StructuralDefaults.apply(to: &empty, as: Self.widget)
    #expect(empty == [:])
  }
}
