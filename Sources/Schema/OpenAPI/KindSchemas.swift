import Values

extension OpenAPIDocuments {
  /// The published schema of a kind; nil where the kind is not known. What it refers to is found by
  /// ``component(_:)``.
  public func schema(of kind: GroupVersionKind) -> Value? {
    guard let name = typeName(of: kind) else { return nil }
    return component(OpenAPISchemas.reference + name)
  }

  /// The schema behind a `$ref`, `#/components/schemas/…`; nil where there is none.
  public func component(_ reference: String) -> Value? {
    guard reference.hasPrefix(OpenAPISchemas.reference) else { return nil }
    let schema = schemas.value(String(reference.dropFirst(OpenAPISchemas.reference.count)), kinds: [])
    return schema.object?.isEmpty == true ? nil : schema
  }
}
