import KubernetesCEL
import Schema
import Values

/// Defaults in schemas: they must fit their schema, its rules too
/// (Kubernetes documentation, "Custom resource defaulting").
enum StructuralDefaultRules {
  /// - Parameter schema: a structural schema.
  static func root(_ schema: Field, _ errors: inout Findings) {
    guard JSONSchema.contains("default", in: schema.value) else { return }
    var run = Run()
    run.visit(schema, isRoot: true, isInMeta: false, depth: 0)
    errors += run.findings
  }

  private struct Run {
    var findings: Findings = []
    /// What the rules of all defaults may cost.
    private var budget = KubernetesCEL.Limits.object

    mutating func visit(_ schema: Field, isRoot: Bool, isInMeta: Bool, depth: Int) {
      guard schema.isSet, depth < JSONSchema.depthLimit, budget > 0 else { return }
      let isResource = isRoot || schema["x-kubernetes-embedded-resource"].isTrue
      let isInMeta = isInMeta && !isResource
      if let value = schema.value, schema["default"].isSet { check(schema, value, isInMeta: isInMeta) }
      visit(schema["items"], isRoot: false, isInMeta: isInMeta, depth: depth + 1)
      for (name, property) in schema["properties"].entries {
        let isMeta = isResource && ["metadata", "kind", "apiVersion"].contains(name)
        visit(property, isRoot: false, isInMeta: isInMeta || isMeta, depth: depth + 1)
      }
    }

    private mutating func check(_ schema: Field, _ value: Value, isInMeta: Bool) {
      let field = schema["default"]
      guard let fallback = field.value else { return }
      let structural = StructuralSchema(value)
      // What metadata implies is not in the schema: nothing can be told to be unknown there.
      if !isInMeta, StructuralDefaultRules.hasUnknownFields(fallback, value) {
        findings.invalid(field, "must not have unknown fields")
      }
      let errors = structural.validate(fallback, at: field.path.description)
      findings += errors
      if errors.isEmpty, !isInMeta, let rules = SchemaRules(part: structural) {
        findings += rules.validateDefault(fallback, at: field.path, budget: &budget)
      }
    }
  }

  private static func hasUnknownFields(_ value: Value, _ schema: Value) -> Bool {
    // Objects are pruned, so the value is looked at as a member of one.
    let around = StructuralSchema(["type": "object", "properties": ["value": schema]])
    let whole: Value = ["value": value]
    var pruned = whole
    StructuralPruning.prune(&pruned, as: around.rootType(name: ""))
    return pruned != whole
  }
}
