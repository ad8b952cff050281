import Values

/// metav1.PartialObjectMetadata: an object reduced to its metadata.
enum PartialMetadata {
  static func object(_ value: Value, version: String) -> Value {
    [
      "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(version)"),
      "metadata": value["metadata"] ?? [:],
    ]
  }

  /// The list of the items' metadata, with the list's own metadata.
  static func list(_ items: [Value], metadata: Value, version: String) -> Value {
    [
      "kind": "PartialObjectMetadataList", "apiVersion": .string("meta.k8s.io/\(version)"),
      "metadata": metadata,
      "items": .array(items.map { object($0, version: version) }),
    ]
  }
}
