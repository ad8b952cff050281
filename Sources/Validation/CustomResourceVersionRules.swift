import Schema
import Values

/// One version of a CustomResourceDefinition: its schema, subresources and columns.
enum CustomResourceVersionRules {
  /// - Parameter parts: those to look at. Findings about parts that are the same in all versions are reported
  ///   once, under paths of the definition.
  static func version(_ version: CustomResourceVersion, _ parts: Set<String>, _ errors: inout Findings) {
    let schema = version["schema"]["openAPIV3Schema"]
    if parts.contains("schema"), schema.isSet { root(schema, version, &errors) }
    if parts.contains("subresources") { scale(version["subresources"]["scale"], &errors) }
    if parts.contains("additionalPrinterColumns") {
      for column in version["additionalPrinterColumns"].elements {
        CustomResourceVersionRules.column(column, &errors)
      }
    }
    if parts.contains("selectableFields") { selectable(version["selectableFields"], schema, &errors) }
  }

  static func deprecation(_ version: Field, _ errors: inout Findings) {
    let warning = version["deprecationWarning"]
    if !warning.isSet { return }
    if !version["deprecated"].isTrue {
      return errors.invalid(warning, "can only be set for deprecated versions")
    }
    if warning.text.utf8.count > 256 { errors.invalid(warning, "must be <= 256 characters long") }
    if !warning.hasText { errors.invalid(warning, "must not be an empty string") }
    var offset = 0
    for scalar in warning.text.unicodeScalars {
      if scalar.properties.generalCategory == .control {
        errors.invalid(
          warning,
          "must only contain printable UTF-8 characters; non-printable character found at index \(offset)")
        break
      }
      offset += scalar.utf8.count
    }
  }

  private static func root(
    _ schema: Field, _ version: CustomResourceVersion, _ errors: inout Findings
  ) {
    let path = schema.path.description
    if version.hasStatus, schema["type"].hasText, schema["type"].text != "object" {
      errors.append(
        .invalid(
          FieldPath("\(path).type"), .string(schema["type"].text),
          "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled"
        ))
    }
    if schema["nullable"].isTrue {
      errors.forbidden(schema["nullable"], "nullable cannot be true at the root")
    }
    var isStructural = false
    // A schema of which a part can't be read is not looked at any further.
    if !JSONSchema.hasUnsupported(schema.value) {
      let before = errors.count
      StructuralSchemaRules.root(schema, &errors)
      if errors.count == before { StructuralDefaultRules.root(schema, &errors) }
      isStructural = errors.count == before
    }
    var checks = CustomResourceRuleChecks(isUnchanged: version.isUnchanged)
    let place = isStructural ? CustomResourceRuleChecks.root(schema) : nil
    JSONSchemaRules.validate(schema, place, &checks, &errors)
    checks.checkTotal(schema)
    errors += checks.findings
  }

  // MARK: - Subresources

  private static func scale(_ scale: Field, _ errors: inout Findings) {
    if !scale.isSet { return }
    func path(_ name: String, under prefixes: [String], _ text: String, isRequired: Bool) {
      let field = scale[name]
      if !field.hasText {
        if isRequired { errors.required(field) }
        return
      }
      if !field.text.hasPrefix(".") {
        errors.invalid(field, "must be a simple json path starting with .")
      } else if !prefixes.contains(where: field.text.hasPrefix) {
        errors.invalid(field, text)
      }
    }
    path("specReplicasPath", under: [".spec."], "should be a json path under .spec", isRequired: true)
    path("statusReplicasPath", under: [".status."], "should be a json path under .status", isRequired: true)
    path(
      "labelSelectorPath", under: [".spec.", ".status."],
      "should be a json path under either .spec or .status", isRequired: false)
  }

  // MARK: - Columns

  private static let columnTypes = ["boolean", "date", "integer", "number", "string"]
  private static let columnFormats = [
    "byte", "date", "date-time", "double", "float", "int32", "int64", "password",
  ]

  private static func column(_ column: Field, _ errors: inout Findings) {
    errors.requireText(column["name"])
    let text = "must be one of \(columnTypes.joined(separator: ","))"
    if !column["type"].hasText {
      errors.required(column["type"], text)
    } else if !columnTypes.contains(column["type"].text) {
      errors.invalid(column["type"], text)
    }
    if column["format"].hasText, !columnFormats.contains(column["format"].text) {
      errors.invalid(column["format"], "must be one of \(columnFormats.joined(separator: ","))")
    }
    let path = column["JSONPath"].with(column["jsonPath"].value)
    if !path.hasText {
      errors.required(path)
    } else if !path.text.hasPrefix(".") {
      errors.invalid(path, "must be a simple json path starting with .")
    }
  }

  // MARK: - Selectable fields (KEP-4358)

  private static func selectable(_ fields: Field, _ schema: Field, _ errors: inout Findings) {
    var seen: Set<String> = []
    for field in fields.elements {
      let path = field["jsonPath"]
      guard path.hasText else {
        errors.required(path)
        continue
      }
      guard let found = found(path.text, in: schema.value ?? .null) else {
        errors.invalid(path, "is an invalid path: does not refer to a valid field")
        continue
      }
      if path.text.hasPrefix(".metadata") { errors.invalid(path, "must not point to fields in metadata") }
      if !["string", "boolean", "integer"].contains(found["type"]?.string ?? "") {
        errors.invalid(
          path,
          "must point to a field of type string, boolean or integer. "
            + "Enum string fields and strings with formats are allowed.")
      }
      if !seen.insert(path.text).inserted { errors.duplicate(path) }
    }
    if seen.count > 8 { errors.append(.tooMany(fields.path, actual: seen.count, maximum: 8)) }
  }

  private static func found(_ path: String, in schema: Value) -> Value? {
    guard path.hasPrefix(".") else { return nil }
    var here = schema
    for step in path.dropFirst().split(separator: ".", omittingEmptySubsequences: false) {
      guard let next = here["properties"]?[String(step)] else { return nil }
      here = next
    }
    return here
  }
}
