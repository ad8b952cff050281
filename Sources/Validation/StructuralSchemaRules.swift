import Schema
import Values

/// The rules that make a schema structural (Kubernetes docs, "Specifying a structural schema").
enum StructuralSchemaRules {
  private enum Level { case root, item, field }

  static func root(_ schema: Field, _ errors: inout Findings) { invariants(schema, .root, 0, &errors) }

  private static func invariants(
    _ schema: Field, _ level: Level, _ depth: Int, _ errors: inout Findings
  ) {
    if depth > JSONSchema.depthLimit { return }
    let type = schema["type"]
    if type.text == "array", !schema["items"].isSet { errors.required(schema["items"], "must be specified") }
    if schema["items"].object != nil { invariants(schema["items"], .item, depth + 1, &errors) }
    for (_, property) in schema["properties"].entries { invariants(property, .field, depth + 1, &errors) }
    if schema["additionalProperties"].object != nil {
      invariants(schema["additionalProperties"], .field, depth + 1, &errors)
    }
    self.type(schema, level, &errors)
    embedded(schema, level, &errors)
    for name in ["allOf", "anyOf", "oneOf"] {
      for element in schema[name].elements { nested(element, schema, depth + 1, &errors) }
    }
    if schema["not"].isSet { nested(schema["not"], schema, depth + 1, &errors) }
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

  private static let forbidden = [
    "title", "description", "default", "additionalProperties", "nullable",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-validations",
  ]

  private static func nested(_ schema: Field, _ outer: Field, _ depth: Int, _ errors: inout Findings) {
    if depth > JSONSchema.depthLimit { return }
    let isIntOrString = outer["x-kubernetes-int-or-string"].isTrue
    if schema["type"].hasText, !isIntOrString {
      errors.forbidden(schema["type"], "must be empty to be structural")
    }
    for name in forbidden where schema.value?[name] != nil && schema[name].bool != false {
      errors.forbidden(schema[name], "must be empty to be structural")
    }
    for (name, property) in schema["properties"].entries {
      let outside = outer["properties"].key(name)
      if !outside.isSet {
        errors.required(outside, "because it is defined in \(property.path)")
      }
      nested(property, outside, depth + 1, &errors)
    }
    if schema["items"].object != nil {
      if !outer["items"].isSet {
        errors.required(outer["items"], "because it is defined in \(schema["items"].path)")
      }
      nested(schema["items"], outer["items"], depth + 1, &errors)
    }
    for name in ["allOf", "anyOf", "oneOf"] {
      for element in schema[name].elements { nested(element, outer, depth + 1, &errors) }
    }
    if schema["not"].isSet { nested(schema["not"], outer, depth + 1, &errors) }
  }
}
