import Values

/// Rows of the group storage.k8s.io.
enum StorageCells {
  static let makers: [String: CellMaker] = [
    "csidrivers.storage.k8s.io": CellRule.row(
      .name, .bool("spec.attachRequired", missing: true), .bool("spec.podInfoOnMount"),
      .bool("spec.storageCapacity"), .computed(tokenRequests), .bool("spec.requiresRepublish"),
      .computed(modes), .age),
    "csinodes.storage.k8s.io": CellRule.row(.name, .count("spec.drivers"), .age),
    "storageclasses.storage.k8s.io": CellRule.row(
      .computed { name($0, defaultMarks: classMarks) }, .text("provisioner"),
      .text("reclaimPolicy", missing: "Delete"), .text("volumeBindingMode", missing: "Immediate"),
      .bool("allowVolumeExpansion"), .age),
    "volumeattachments.storage.k8s.io": CellRule.row(
      .name, .text("spec.attacher"), .text("spec.source.persistentVolumeName"), .text("spec.nodeName"),
      .bool("status.attached"), .age),
    "volumeattributesclasses.storage.k8s.io": CellRule.row(
      .computed { name($0, defaultMarks: attributesClassMarks) }, .text("driverName"), .age),
  ]

  /// Annotations that, set to `true`, make a class the default one.
  private static let classMarks = [
    "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class",
  ]
  private static let attributesClassMarks = ["volumeattributesclass.alpha.kubernetes.io/is-default-class"]

  private static func name(_ object: ObjectReader, defaultMarks: [String]) -> String {
    let annotations = object.at("metadata.annotations")
    return defaultMarks.contains { annotations[$0].text == "true" } ? "\(object.name) (default)" : object.name
  }

  private static func tokenRequests(_ driver: ObjectReader) -> String {
    let requests = driver.at("spec.tokenRequests")
    guard requests.exists else { return "<unset>" }
    return requests.items.map { $0["audience"].text }.joined(separator: ",")
  }

  private static func modes(_ driver: ObjectReader) -> String {
    let modes = driver.at("spec.volumeLifecycleModes").joined
    return modes.isEmpty ? "<none>" : modes
  }
}
