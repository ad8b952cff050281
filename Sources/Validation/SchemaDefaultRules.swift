import Schema
import Values

/// Defaults in the schemas of CustomResourceDefinitions: each must be what its own schema allows
/// (k8s.io/apiextensions-apiserver, pkg/apiserver/schema/defaulting/validation.go).
enum SchemaDefaultRules {
  /// - Parameter schema: the root of a schema that is structural.
  static func validate(_ schema: Field, _ errors: inout Findings) { check(schema, 0, &errors) }

  private static func check(_ schema: Field, _ depth: Int, _ errors: inout Findings) {
    guard schema.object != nil, depth <= JSONSchema.depthLimit else { return }
    if let value = schema["default"].value, !value.isNull, let document = schema.value {
      check(value, document, schema["default"], &errors)
    }
    // Below additionalProperties no default is allowed.
    for (_, property) in schema["properties"].entries { check(property, depth + 1, &errors) }
    check(schema["items"], depth + 1, &errors)
  }

  private static func check(
    _ value: Value, _ schema: Value, _ field: Field, _ errors: inout Findings
  ) {
    if pruned(value, schema) != value { errors.invalid(field, "must not have unspecified fields") }
    errors += StructuralSchema(schema).validate(value, at: field.path.description)
  }

  /// The value without the fields that its schema doesn't know.
  private static func pruned(_ value: Value, _ schema: Value) -> Value {
    let around: Value = ["type": "object", "properties": ["value": schema]]
    var object: Value = ["value": value]
    StructuralPruning.prune(&object, as: StructuralSchema(around).rootType(name: ""))
    return object["value"] ?? .null
  }
}
