import Values

/// A served version of a custom resource, for the documents.
public struct CustomSchema: Sendable, Hashable {
  public var kind: GroupVersionKind
  public var listKind: String
  /// `openAPIV3Schema`; an empty object where there is none.
  public var schema: Value

  public init(kind: GroupVersionKind, listKind: String, schema: Value) {
    self.kind = kind
    self.listKind = listKind
    self.schema = schema
  }

  /// The name of the type: the group's parts the other way round, `com.example.stable.v1.CronTab`.
  func typeName(_ kindName: String) -> String {
    let group = kind.group.split(separator: ".").reversed().joined(separator: ".")
    return "\(group).\(kind.version).\(kindName)"
  }

  /// The object's schema and the list's, by name.
  var components: [(name: String, schema: Value)] {
    var object = schema.object ?? [:]
    object["type"] = "object"
    var properties: Object = ["apiVersion": ["type": "string"], "kind": ["type": "string"]]
    properties["metadata"] = Self.reference(OpenAPINames.meta + "ObjectMeta")
    for (name, property) in schema["properties"]?.object ?? [:] where properties[name] == nil {
      properties[name] = property
    }
    object["properties"] = .object(properties)
    object["x-kubernetes-group-version-kind"] = [OpenAPISchemas.extensionValue(kind)]
    let name = typeName(kind.kind)
    let list: Value = [
      "type": "object", "required": ["items"],
      "properties": [
        "apiVersion": ["type": "string"], "kind": ["type": "string"],
        "items": ["type": "array", "items": Self.reference(name)],
        "metadata": Self.reference(OpenAPINames.meta + "ListMeta"),
      ],
      "x-kubernetes-group-version-kind": [
        OpenAPISchemas.extensionValue(kind.groupVersion.kind(listKind))
      ],
    ]
    return [(name, .object(object)), (typeName(listKind), list)]
  }

  private static func reference(_ name: String) -> Value {
    ["allOf": [["$ref": .string(OpenAPISchemas.reference + name)]]]
  }
}
