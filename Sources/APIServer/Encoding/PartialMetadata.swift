import Values

/// metav1.PartialObjectMetadata: an object reduced to its metadata.
enum PartialMetadata {
  static func object(_ value: Value) -> Value {
    [
      "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
      "metadata": value["metadata"] ?? [:],
    ]
  }

  /// The list of the items' metadata, with the list's own metadata.
  static func list(_ items: [Value], metadata: Value) -> Value {
    [
      "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
      "items": .array(items.map(object)),
    ]
  }
}
