import Values

/// Rows of persistent volumes and of the claims on them.
enum VolumeCells {
  static let makers: [String: CellMaker] = [
    "persistentvolumes": CellRule.row(
      .name, .computed { $0.at("spec.capacity.storage").quantity },
      .computed { accessModes($0.at("spec.accessModes")) }, .text("spec.persistentVolumeReclaimPolicy"),
      .computed(phase), .computed(claim), .computed(storageClass),
      .text("spec.volumeAttributesClassName", missing: "<unset>"), .text("status.reason"), .age,
      .text("spec.volumeMode", missing: "<unset>")),
    "persistentvolumeclaims": CellRule.row(
      .name, .computed(phase), .text("spec.volumeName"),
      .computed { isBound($0) ? $0.at("status.capacity.storage").quantity : "" },
      .computed { isBound($0) ? accessModes($0.at("status.accessModes")) : "" }, .computed(storageClass),
      .text("spec.volumeAttributesClassName", missing: "<unset>"), .age,
      .text("spec.volumeMode", missing: "<unset>")),
  ]

  private static let shortModes: [(mode: String, short: String)] = [
    ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP"),
  ]

  private static func accessModes(_ modes: ObjectReader) -> String {
    let given = Set(modes.value?.strings ?? [])
    return shortModes.filter { given.contains($0.mode) }.map(\.short).joined(separator: ",")
  }

  private static func phase(_ object: ObjectReader) -> String {
    object.isBeingDeleted ? "Terminating" : object.at("status.phase").text
  }

  private static func isBound(_ claim: ObjectReader) -> Bool { !claim.at("spec.volumeName").text.isEmpty }

  private static func claim(_ volume: ObjectReader) -> String {
    let claim = volume.at("spec.claimRef")
    return claim.exists ? "\(claim["namespace"].text)/\(claim["name"].text)" : ""
  }

  /// The annotation came before the field, and goes before it.
  private static func storageClass(_ object: ObjectReader) -> String {
    object.at("metadata.annotations")["volume.beta.kubernetes.io/storage-class"]
      .text(orMissing: object.at("spec.storageClassName").text)
  }
}
