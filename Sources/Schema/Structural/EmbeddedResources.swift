import Values

extension StructuralSchema {
  /// Finds the objects inside an object that are resources themselves (`x-kubernetes-embedded-resource`).
  /// - Parameter path: of the value in its object.
  /// - Returns: each with its path, outer ones first.
  public func embeddedResources(
    in value: Value, at path: FieldPath = FieldPath()
  ) -> [(path: FieldPath, object: Object)] {
    guard hasEmbeddedResources else { return [] }
    var found: [(path: FieldPath, object: Object)] = []
    collect(value, path, 0, &found)
    return found
  }

  private func collect(
    _ value: Value, _ path: FieldPath, _ depth: Int, _ found: inout [(path: FieldPath, object: Object)]
  ) {
    guard depth < 500, found.count < StructuralValidation.findingLimit else { return }
    switch value {
    case .object(let object):
      if isEmbeddedResource { found.append((path, object)) }
      for key in object.sortedKeys {
        guard let child = object[key] else { continue }
        if let type = properties[key] {
          type.collect(child, path.child(key), depth + 1, &found)
        } else if case .schema(let type) = additionalProperties {
          type.collect(child, path.key(key), depth + 1, &found)
        }
      }
    case .array(let list):
      guard let items else { return }
      for (i, item) in list.enumerated() { items.collect(item, path.index(i), depth + 1, &found) }
    default: break
    }
  }
}
