import Values

/// OpenAPI 3.0 schemas in the words of Swagger 2.0, which knows fewer.
enum SwaggerSchema {
  static let reference = "#/definitions/"

  /// Keywords of both that hold no schema.
  private static let kept: Set<String> = [
    "description", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "maxItems", "maxLength",
    "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "pattern",
    "required", "title", "type", "uniqueItems",
  ]

  /// The schema in Swagger. Defaults are left out, as is what Swagger has no word for.
  static func value(of schema: Value) -> Value {
    guard let object = schema.object else { return [:] }
    if let target = (object["$ref"] ?? object["allOf"]?.array?.first?["$ref"])?.string {
      return ["$ref": .string(reference + target.dropFirst(OpenAPISchemas.reference.count))]
    }
    var result: Object = [:]
    for (key, value) in object where kept.contains(key) || key.hasPrefix("x-") { result[key] = value }
    if let items = object["items"] { result["items"] = self.value(of: items) }
    if let properties = object["properties"]?.object {
      result["properties"] = .object(properties.mapValues(self.value))
    }
    if let entries = object["additionalProperties"], entries.object != nil {
      result["additionalProperties"] = self.value(of: entries)
    }
    // A number or a string: Swagger has one type only, and clients know the format.
    if object["oneOf"] != nil, result["type"] == nil { result["type"] = "string" }
    // Clients that check by the schema would refuse a null, a number where text may stand too, and fields
    // that the schema doesn't know but keeps.
    if object["nullable"] == true { remove(["type", "items", "properties"], from: &result) }
    if object["x-kubernetes-int-or-string"] == true { remove(["type"], from: &result) }
    if object["x-kubernetes-preserve-unknown-fields"] == true {
      remove(["items", "properties"], from: &result)
    }
    return .object(result)
  }

  private static func remove(_ keys: [String], from object: inout Object) {
    for key in keys { object.removeValue(forKey: key) }
  }
}
