import Testing
import Values

@testable import APIServer

/// What is said of schemas in CustomResourceDefinitions.
@Suite struct SchemaRulesTests {
  private static let path = "spec.validation.openAPIV3Schema.properties[p]"

  @Test(
    "one property's schema",
    arguments: [
      (#"{"type":"string","default":"a"}"#, nil),
      (
        #"{"type":"string","default":1}"#,
        #".default: Invalid value: "integer":  in body must be of type string: "integer""#
      ),
      (
        #"{"type":"string","maxLength":1,"default":"ab"}"#,
        ".default: Too long: may not be more than 1 byte"
      ),
      (
        #"{"type":"object","default":{"x":1}}"#,
        #".default: Invalid value: {"x":1}: must not have unknown fields"#
      ),
      (#"{"type":"object","default":{"x":1},"additionalProperties":{"type":"integer"}}"#, nil),
      (
        #"{"type":"string","pattern":"["}"#,
        #".pattern: Invalid value: "[": must be a valid regular expression, but isn't: error parsing regexp: missing closing ]: `[`"#
      ),
      // What can't be read is not looked at any further.
      (##"{"$ref":"#/a"}"##, ".$ref: Forbidden: $ref is not supported"),
      (
        #"{"type":"string","oneOf":[{"nullable":true}]}"#,
        ".oneOf[0].nullable: Forbidden: must be false to be structural"
      ),
    ])
  func property(schema: String, finding: String?) async throws {
    let root: Value = ["type": "object", "properties": ["p": try JSON.parse(Array(schema.utf8))]]
    let definition: Value = [
      "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
      "metadata": ["name": "foos.example.com"],
      "spec": [
        "group": "example.com", "scope": "Namespaced", "names": ["plural": "foos", "kind": "Foo"],
        "versions": [
          ["name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": root]]
        ],
      ],
    ]
    let reply = await (try TestAPI()).create(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
    guard let finding else { return #expect(reply.status == 201) }
    #expect(reply.status == 422)
    let head = #"CustomResourceDefinition.apiextensions.k8s.io "foos.example.com" is invalid: "#
    #expect(reply.message == head + Self.path + finding)
  }
}
