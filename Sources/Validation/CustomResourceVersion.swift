import Values

/// A version of a CustomResourceDefinition, or what all its versions have in common: the real server moves
/// parts that are the same in all versions to the definition before it looks at them, and names them there.
struct CustomResourceVersion {
  /// The parts of a version that may be moved.
  static let parts: Set = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"]

  private let version: Field
  /// The paths of parts that have been moved.
  private let moved: [String: Field]
  let hasStatus: Bool
  /// The schema is what it was before a change.
  let isUnchanged: Bool

  /// - Parameter old: the spec of the definition before a change; nil for a new one.
  init(_ version: Field, old: Value?) {
    self.version = version
    moved = [:]
    hasStatus = version["subresources"]["status"].isSet
    isUnchanged = Self.isUnchanged(version, old)
  }

  /// What the versions have in common.
  init?(shared spec: Field, old: Value?) {
    guard let first = spec["versions"].elements.first else { return nil }
    version = first
    moved = [
      "schema": spec["validation"], "subresources": spec["subresources"],
      "additionalPrinterColumns": spec["additionalPrinterColumns"],
      "selectableFields": spec["selectableFields"],
    ]
    hasStatus = spec["versions"].elements.contains { $0["subresources"]["status"].isSet }
    // The version that counts is the first one, as in the definition's own `version`.
    isUnchanged = Self.isUnchanged(first, old)
  }

  /// A part of the version, under the path where it is looked for.
  subscript(part: String) -> Field {
    let field = version[part]
    return moved[part]?.with(field.value) ?? field
  }

  /// The parts that are the same in all versions.
  static func sharedParts(_ versions: Field) -> Set<String> {
    let elements = versions.elements
    return parts.filter { part in
      elements.dropFirst().allSatisfy { $0[part].value == elements[0][part].value }
    }
  }

  private static func isUnchanged(_ version: Field, _ old: Value?) -> Bool {
    let before = old?["versions"]?.array?.first { $0["name"]?.string == version["name"].text }
    guard let before else { return false }
    return before["schema"] == version["schema"].value
  }
}
