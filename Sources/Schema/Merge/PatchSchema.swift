import Values

/// What a strategic merge patch needs to know of the types: for each field, how it is patched
/// (`patchStrategy` and `patchMergeKey` of Kubernetes' API types).
struct PatchSchema {
  let type: FieldType

  /// How one field is patched.
  struct Field {
    /// The type of the field's value; of a list, that of its elements.
    var schema: PatchSchema
    /// `merge`, `replace` or nothing.
    var strategy: String
    var mergeKey: String
  }

  /// The field of an object that is an object or map.
  func object(_ name: String) throws(PatchError) -> Field { try field(try fieldType(name)) }

  /// The field of an object that is a list.
  func list(_ name: String) throws(PatchError) -> Field {
    let type = try fieldType(name)
    guard case .list(let element) = type.shape else {
      throw PatchError("expected slice or array type, but got: \(goKind)")
    }
    if case .list = element.shape { throw PatchError("unexpected slice of slice") }
    var field = try field(type)
    field.schema = PatchSchema(type: element)
    return field
  }

  private func field(_ type: FieldType) throws(PatchError) -> Field {
    let strategies = type.patchStrategy.filter { $0 != "retainKeys" }
    if strategies.count > 1 || type.patchStrategy.count > 2 {
      throw PatchError("unexpected patch strategy: [\(type.patchStrategy.joined(separator: " "))]")
    }
    return Field(
      schema: PatchSchema(type: type), strategy: strategies.first ?? "", mergeKey: type.patchMergeKey ?? "")
  }

  private func fieldType(_ name: String) throws(PatchError) -> FieldType {
    guard case .object(let reference) = type.shape else {
      if case .any = type.shape { throw Self.unknownField(name, in: "RawExtension") }
      throw PatchError("merging an object in json but data type is not struct, instead is: \(goKind)")
    }
    let object = reference.type
    if let field = object.fields[name] { return field }
    // Go's decoder takes a field's name in any case.
    let wanted = name.lowercased()
    if let match = object.fields.first(where: { $0.key.lowercased() == wanted }) { return match.value }
    throw Self.unknownField(name, in: object.shortName)
  }

  private static func unknownField(_ name: String, in type: String) -> PatchError {
    PatchError("unable to find api field in struct \(type) for the json field \(FieldError.quoted(name))")
  }

  /// The kind of Go type that the API has for it.
  var goKind: String {
    switch type.shape {
    case .string, .quantity: "string"
    case .boolean: "bool"
    case .integer(let bits): "int\(bits)"
    case .number: "float64"
    case .bytes, .list: "slice"
    case .time, .microTime, .intOrString, .duration, .any, .object: "struct"
    case .map: "map"
    }
  }
}
