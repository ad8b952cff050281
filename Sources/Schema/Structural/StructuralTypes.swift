import Values

extension StructuralSchema {
  /// The type of a custom kind's objects, by which they are pruned, defaulted and merged. What every object
  /// has (apiVersion, kind, metadata) is not part of it.
  /// - Parameter name: for messages, `com.example.stable.v1.CronTab`.
  public func rootType(name: String) -> ObjectType {
    objectType(name: name, fields: fields.filter { !Self.common.contains($0.key) })
  }

  private static let common: Set = ["apiVersion", "kind", "metadata"]

  private var fields: [String: FieldType] { properties.mapValues(\.fieldType) }

  private func objectType(name: String, fields: [String: FieldType]) -> ObjectType {
    ObjectType(
      name: name, fields: fields, required: required, isAtomic: mapType == "atomic",
      preservesUnknownFields: preservesUnknownFields || additionalProperties.isOpen)
  }

  /// The type of a value that the schema describes.
  var fieldType: FieldType {
    var type = FieldType(shape)
    switch listType {
    case "set": type.listType = .set
    case "map": type.listType = .map(keys: listMapKeys)
    default: break
    }
    type.isAtomic = mapType == "atomic"
    type.defaultValue = defaultValue
    type.enumeration = enumeration.compactMap(\.string)
    type.isNullable = isNullable
    return type
  }

  private var shape: FieldType.Shape {
    if isIntOrString { return .intOrString }
    switch types.first {
    case "string": return .string
    case "boolean": return .boolean
    case "integer": return .integer(bits: 64)
    case "number": return .number
    case "array": return .list(items?.fieldType ?? FieldType(.any))
    case "object":
      if case .schema(let entries) = additionalProperties { return .map(entries.fieldType) }
      return .object(
        TypeReference(objectType(name: "", fields: isEmbeddedResource ? embeddedFields : fields)))
    default: return .any
    }
  }

  /// The fields of an object inside another, with those that every object has.
  private var embeddedFields: [String: FieldType] {
    var fields = fields
    fields["apiVersion"] = FieldType(.string)
    fields["kind"] = FieldType(.string)
    fields["metadata"] = FieldType(
      .object(
        TypeReference(name: TypeTable.objectMeta) { TypeTable.builtIn.type(named: TypeTable.objectMeta) }))
    return fields
  }
}

extension StructuralSchema.AdditionalProperties {
  fileprivate var isOpen: Bool { if case .allowed = self { true } else { false } }
}
