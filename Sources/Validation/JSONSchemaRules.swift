import KubernetesCEL
import Schema
import Values

/// Schemas in CustomResourceDefinitions.
enum JSONSchema {
  /// How deep schemas may nest; deeper ones are not looked at.
  static let depthLimit = 100

  /// Whether any schema inside has that keyword.
  static func contains(_ keyword: String, in schema: Value?, depth: Int = 0) -> Bool {
    guard let schema, schema.object != nil, depth < depthLimit else { return false }
    if schema[keyword] != nil { return true }
    return children(of: schema).contains { contains(keyword, in: $0, depth: depth + 1) }
  }

  /// Whether any schema inside has a keyword that no structural schema can have.
  static func hasUnsupported(_ schema: Value?, depth: Int = 0) -> Bool {
    guard let schema, schema.object != nil, depth < depthLimit else { return false }
    if unsupported.contains(where: { schema[$0] != nil }) || schema["items"]?.array != nil { return true }
    return children(of: schema).contains { hasUnsupported($0, depth: depth + 1) }
  }

  private static let unsupported = [
    "id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref",
  ]

  private static func children(of schema: Value) -> [Value] {
    var found: [Value] = ["items", "not", "additionalProperties"].compactMap { schema[$0] }
    for name in ["allOf", "anyOf", "oneOf"] { found += schema[name]?.array ?? [] }
    for (_, property) in schema["properties"]?.object ?? [:] { found.append(property) }
    return found
  }
}

/// What no schema of a CustomResourceDefinition may hold, structural or not.
enum JSONSchemaRules {
  private struct Place {
    var isRoot = false
    /// Inside metadata, kind or apiVersion.
    var isInMeta = false
    /// Why defaults are not allowed here; nil where they are.
    var defaultsForbidden: String?
    var depth = 0
    /// Where rules of the schema stand; nil where there are none that could be compiled.
    var rules: CustomResourceRuleChecks.Place?
  }

  /// - Parameters:
  ///   - place: where the rules of the schema stand; nil where they are not to be compiled.
  ///   - checks: compiles the rules of schemas in which nothing else is wrong.
  static func validate(
    _ schema: Field, _ place: CustomResourceRuleChecks.Place?, _ checks: inout CustomResourceRuleChecks,
    _ errors: inout Findings
  ) {
    validate(schema, Place(isRoot: true, rules: place), &checks, &errors)
  }

  private static func validate(
    _ schema: Field, _ place: Place, _ checks: inout CustomResourceRuleChecks, _ errors: inout Findings
  ) {
    if !schema.isSet || place.depth > JSONSchema.depthLimit { return }
    let before = errors.count
    keywords(schema, place, &errors)
    if schema["uniqueItems"].isTrue {
      errors.forbidden(
        schema["uniqueItems"],
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic")
    }
    children(schema, place, &checks, &errors)
    extensions(schema, &errors)
    lists(schema, &errors)
    rules(schema, &errors)
    if errors.count == before, let rules = place.rules { checks.check(schema, rules) }
  }

  private static let types = ["array", "boolean", "integer", "number", "object", "string"]

  private static func keywords(_ schema: Field, _ place: Place, _ errors: inout Findings) {
    let type = schema["type"]
    if type.hasText, !types.contains(type.text) { errors.oneOf(type, types) }
    if schema.value?["default"] != nil, let reason = place.defaultsForbidden {
      errors.forbidden(schema["default"], reason.isEmpty ? "must not be set" : "must not be set \(reason)")
    }
    if schema["id"].hasText { errors.forbidden(schema["id"], "id is not supported") }
    for name in ["additionalItems", "patternProperties", "definitions", "dependencies", "$ref"]
    where schema[name].isSet {
      errors.forbidden(schema[name], "\(name) is not supported")
    }
    if type.text == "null" {
      errors.forbidden(type, "type cannot be set to null, use nullable as an alternative")
    }
    if schema["items"].value?.array?.isEmpty == false {
      errors.forbidden(schema["items"], "items must be a schema object and not an array")
    }
    if place.isInMeta, schema["x-kubernetes-embedded-resource"].isTrue {
      errors.forbidden(
        schema["x-kubernetes-embedded-resource"], "must not be used inside of resource meta")
    }
  }

  private static func children(
    _ schema: Field, _ place: Place, _ checks: inout CustomResourceRuleChecks, _ errors: inout Findings
  ) {
    var inner = place
    inner.isRoot = false
    inner.depth += 1
    inner.rules = nil
    let additional = schema["additionalProperties"]
    if additional.isSet {
      if !schema["properties"].isEmpty, additional.bool != true {
        errors.forbidden(additional, "additionalProperties and properties are mutual exclusive")
      }
      var sub = inner
      if place.isInMeta {
        sub.defaultsForbidden = "inside additionalProperties applying to object metadata"
      }
      sub.rules = place.rules?.entries(of: schema)
      if additional.object != nil { validate(additional, sub, &checks, &errors) }
    }
    for (name, property) in schema["properties"].entries {
      var sub = inner
      if place.isRoot || schema["x-kubernetes-embedded-resource"].isTrue,
        ["metadata", "kind", "apiVersion"].contains(name)
      {
        sub.isInMeta = true
        if place.isRoot { sub.defaultsForbidden = "in top-level \(name)" }
      }
      sub.rules = place.rules?.property(name, of: schema)
      validate(property, sub, &checks, &errors)
    }
    validate(schema["not"], inner, &checks, &errors)
    for name in ["allOf", "oneOf", "anyOf"] {
      for element in schema[name].elements { validate(element, inner, &checks, &errors) }
    }
    if schema["items"].object != nil {
      inner.rules = place.rules?.items(of: schema)
      validate(schema["items"], inner, &checks, &errors)
    }
  }

  // MARK: - Extensions

  private static func extensions(_ schema: Field, _ errors: inout Findings) {
    let preserve = schema["x-kubernetes-preserve-unknown-fields"]
    if preserve.bool == false { errors.invalid(preserve, "must be true or undefined") }
    let type = schema["type"]
    func expect(_ wanted: String, for name: String) {
      guard schema[name].isSet, type.text != wanted else { return }
      let text = "must be \(wanted) if \(name) is specified"
      if type.hasText { errors.invalid(type, text) } else { errors.required(type, text) }
    }
    let mapType = schema["x-kubernetes-map-type"]
    expect("object", for: "x-kubernetes-map-type")
    if mapType.isSet { errors.oneOf(mapType, ["atomic", "granular"]) }
    expect("array", for: "x-kubernetes-list-type")
  }

  private static func lists(_ schema: Field, _ errors: inout Findings) {
    let (listType, items) = (schema["x-kubernetes-list-type"], schema["items"])
    if listType.text == "set", schema["type"].text == "array", items.isSet {
      let text = "must be atomic as item of a list with x-kubernetes-list-type=set"
      let (inner, map) = (items["x-kubernetes-list-type"], items["x-kubernetes-map-type"])
      if items["type"].text == "array", inner.isSet, inner.text != "atomic" { errors.invalid(inner, text) }
      if items["type"].text == "object", map.text != "atomic" { errors.invalid(map, text) }
    }
    if listType.isSet { errors.oneOf(listType, ["atomic", "set", "map"]) }
    let keys = schema["x-kubernetes-list-map-keys"]
    if !keys.isEmpty, listType.text != "map" {
      let text = "must be map if x-kubernetes-list-map-keys is non-empty"
      if listType.isSet { errors.invalid(listType, text) } else { errors.required(listType, text) }
    }
    if listType.text == "map" { mapList(schema, keys, &errors) }
    nullable(schema, keys, &errors)
  }

  private static func mapList(_ schema: Field, _ keys: Field, _ errors: inout Findings) {
    let items = schema["items"]
    if keys.isEmpty { errors.required(keys, "must not be empty if x-kubernetes-list-type is map") }
    guard items.isSet else {
      errors.required(items, "must have a schema if x-kubernetes-list-type is map")
      return
    }
    guard items["type"].text == "object" else {
      errors.invalidText(
        items["type"], "must be object if parent array's x-kubernetes-list-type is map")
      return
    }
    var seen: Set<String> = []
    for key in keys.strings {
      let property = items["properties"].key(key)
      if !property.isSet {
        errors.invalid(keys, "entries must all be names of item properties")
      } else if ["array", "object"].contains(property["type"].text) {
        errors.invalid(
          property["type"], showing: "object",
          "must be a scalar type if parent array's x-kubernetes-list-type is map")
      }
      if !seen.insert(key).inserted { errors.invalid(keys, "must not contain duplicate entries") }
    }
  }

  /// Elements of sets and maps, and the keys of maps, can't be missing.
  private static func nullable(_ schema: Field, _ keys: Field, _ errors: inout Findings) {
    let (listType, items) = (schema["x-kubernetes-list-type"], schema["items"])
    guard items.isSet, ["set", "map"].contains(listType.text) else { return }
    if items["nullable"].isTrue {
      errors.forbidden(
        items["nullable"], "cannot be nullable when x-kubernetes-list-type is \(listType.text)")
    }
    guard listType.text == "map" else { return }
    let required = Set(items["required"].strings)
    for key in keys.strings {
      let property = items["properties"].key(key)
      guard property.isSet else { continue }
      if !required.contains(key), property.value?["default"] == nil {
        errors.required(
          property["default"],
          "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
        )
      }
      if property["nullable"].isTrue {
        errors.forbidden(
          property["nullable"], "this property is in x-kubernetes-list-map-keys, so it cannot be nullable")
      }
    }
  }

  // MARK: - Rules

  private static let reasons = [
    "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired",
  ]

  private static func rules(_ schema: Field, _ errors: inout Findings) {
    for rule in schema["x-kubernetes-validations"].elements {
      let (expression, message) = (rule["rule"], rule["message"])
      let hasMessage = AdmissionRules.hasContent(message)
      if !AdmissionRules.hasContent(expression) {
        errors.required(expression, "rule is not specified")
      } else if message.hasText, !hasMessage {
        errors.invalid(message, "message must be non-empty if specified")
      } else if hasLineBreak(AdmissionRules.trimmed(message.text)) {
        errors.invalid(message, "message must not contain line breaks")
      } else if hasLineBreak(AdmissionRules.trimmed(expression.text)), !hasMessage {
        errors.required(message, "message must be specified if rule contains line breaks")
      }
      if rule["messageExpression"].hasText, !AdmissionRules.hasContent(rule["messageExpression"]) {
        errors.required(rule["messageExpression"], "messageExpression must be non-empty if specified")
      }
      if rule["reason"].isSet { errors.oneOf(rule["reason"], reasons) }
      let path = rule["fieldPath"]
      if path.hasText, !AdmissionRules.hasContent(path) {
        errors.invalid(path, "fieldPath must be non-empty if specified")
      }
      if hasLineBreak(path.text) { errors.invalid(path, "fieldPath must not contain line breaks") }
      if path.hasText, let value = schema.value,
        (try? RuleFieldPath.read(path.text, in: StructuralSchema(value))) == nil
      {
        errors.invalid(path, "fieldPath must be a valid path")
      }
    }
  }

  private static func hasLineBreak(_ text: String) -> Bool { text.utf8.contains { $0 == 0x0A || $0 == 0x0D } }
}
