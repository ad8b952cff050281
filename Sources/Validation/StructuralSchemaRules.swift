import Schema
import Values

/// The rules that make a schema structural (Kubernetes docs, "Specifying a structural schema").
enum StructuralSchemaRules {
  private enum Level { case root, item, field }

  static func root(_ schema: Field, _ errors: inout Findings) {
    var missing = Findings()
    invariants(schema, .root, 0, &errors, &missing)
    errors += missing
  }

  private static func invariants(
    _ schema: Field, _ level: Level, _ depth: Int, _ errors: inout Findings, _ missing: inout Findings
  ) {
    if depth > JSONSchema.depthLimit { return }
    let type = schema["type"]
    if type.text == "array", !schema["items"].isSet { errors.required(schema["items"], "must be specified") }
    if schema["items"].object != nil { invariants(schema["items"], .item, depth + 1, &errors, &missing) }
    for (_, property) in schema["properties"].entries {
      invariants(property, .field, depth + 1, &errors, &missing)
    }
    if schema["additionalProperties"].object != nil {
      invariants(schema["additionalProperties"], .field, depth + 1, &errors, &missing)
    }
    self.type(schema, level, &errors)
    embedded(schema, level, &errors)
    branches(schema, schema, depth, &errors, &missing)
  }

  private static func branches(
    _ schema: Field, _ outer: Field, _ depth: Int, _ errors: inout Findings, _ missing: inout Findings
  ) {
    for name in ["allOf", "anyOf", "oneOf"] {
      for element in schema[name].elements { nested(element, outer, depth + 1, &errors, &missing) }
    }
    if schema["not"].isSet { nested(schema["not"], outer, depth + 1, &errors, &missing) }
    pattern(schema, &errors)
  }

  private static func pattern(_ schema: Field, _ errors: inout Findings) {
    guard schema["pattern"].hasText else { return }
    do throws(RegularExpression.SyntaxError) {
      _ = try RegularExpression(schema["pattern"].text)
    } catch {
      errors.invalid(
        schema["pattern"], "must be a valid regular expression, but isn't: error parsing regexp: \(error)")
    }
  }

  private static func type(_ schema: Field, _ level: Level, _ errors: inout Findings) {
    let type = schema["type"]
    if level == .root {
      if !type.hasText {
        errors.required(type, "must not be empty at the root")
      } else if type.text != "object" {
        errors.invalid(type, "must be object at the root")
      }
    } else if !type.hasText, !schema["x-kubernetes-int-or-string"].isTrue,
      !schema["x-kubernetes-preserve-unknown-fields"].isTrue
    {
      errors.required(
        type,
        "must not be empty for specified \(level == .item ? "array items" : "object fields")")
    }
    if schema["x-kubernetes-int-or-string"].isTrue, type.hasText {
      errors.invalid(type, "must be empty if x-kubernetes-int-or-string is true")
    }
  }

  private static func embedded(_ schema: Field, _ level: Level, _ errors: inout Findings) {
    let isEmbedded = schema["x-kubernetes-embedded-resource"].isTrue
    if isEmbedded {
      if schema["type"].text != "object" {
        if schema["type"].hasText {
          errors.invalid(schema["type"], "must be object if x-kubernetes-embedded-resource is true")
        } else {
          errors.required(schema["type"], "must be object if x-kubernetes-embedded-resource is true")
        }
      }
      if schema["additionalProperties"].isSet {
        errors.forbidden(
          schema["additionalProperties"], "must not be used if x-kubernetes-embedded-resource is set")
      }
      if schema["properties"].isEmpty, !schema["x-kubernetes-preserve-unknown-fields"].isTrue {
        errors.required(
          schema["properties"],
          "must not be empty if x-kubernetes-embedded-resource is true without "
            + "x-kubernetes-preserve-unknown-fields")
      }
    }
    guard level == .root || isEmbedded else { return }
    let properties = schema["properties"]
    for (name, wanted) in [("metadata", "object"), ("kind", "string"), ("apiVersion", "string")] {
      let property = properties.key(name)
      guard property.isSet, property["type"].text != wanted else { continue }
      errors.invalidText(property["type"], "must be \(wanted)")
    }
    let metadata = properties.key("metadata")
    let allowed: Set<String> = ["type", "properties", "description"]
    let extra = (metadata.object?.keys ?? []).contains { !allowed.contains($0) }
    let others = metadata["properties"].entries.contains { !["name", "generateName"].contains($0.key) }
    if level == .root, extra || others {
      errors.forbidden(
        metadata,
        "must not specify anything other than name and generateName, but metadata is implicitly specified")
    }
  }

  // MARK: - Schemas inside allOf, anyOf, oneOf and not

  /// Keywords that no such schema may have, and what they would have to be.
  private static let forbidden = [
    ("additionalProperties", "undefined"), ("default", "undefined"), ("title", "empty"),
    ("description", "empty"), ("nullable", "false"), ("x-kubernetes-preserve-unknown-fields", "false"),
    ("x-kubernetes-embedded-resource", "false"), ("x-kubernetes-int-or-string", "false"),
    ("x-kubernetes-list-map-keys", "empty"), ("x-kubernetes-list-type", "undefined"),
    ("x-kubernetes-map-type", "undefined"), ("x-kubernetes-validations", "empty"),
  ]

  /// - Parameter missing: what the schema outside lacks of this one; it is told after all else.
  private static func nested(
    _ schema: Field, _ outer: Field, _ depth: Int, _ errors: inout Findings, _ missing: inout Findings
  ) {
    if depth > JSONSchema.depthLimit { return }
    branches(schema, outer, depth, &errors, &missing)
    if schema["items"].object != nil {
      if !outer["items"].isSet {
        missing.required(outer["items"], "because it is defined in \(schema["items"].path)")
      }
      nested(schema["items"], outer["items"], depth + 1, &errors, &missing)
    }
    for (name, property) in schema["properties"].entries {
      let outside = outer["properties"].key(name)
      if !outside.isSet {
        missing.required(outside, "because it is defined in \(property.path)")
      }
      nested(property, outside, depth + 1, &errors, &missing)
    }
    if schema["type"].hasText, !outer["x-kubernetes-int-or-string"].isTrue {
      errors.forbidden(schema["type"], "must be empty to be structural")
    }
    for (name, wanted) in forbidden where schema.value?[name] != nil && schema[name].bool != false {
      errors.forbidden(schema[name], "must be \(wanted) to be structural")
    }
    if schema["properties"].key("metadata").isSet {
      errors.forbidden(
        schema["properties"].key("metadata"), "must not be specified in a nested context")
    }
  }
}
