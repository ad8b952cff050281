import Schema
import Values

/// Warnings about volumes, claims and storage classes.
enum StorageWarnings {
  /// Kinds of volumes whose drivers are gone or going, and since when.
  static let oldPlugins: [(field: String, text: String)] = [
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
  ]

  static func plugins(_ source: Field, _ warnings: inout [String]) {
    for (name, text) in oldPlugins where source[name].isSet {
      warnings.append("\(source[name].path): \(text)")
    }
  }

  private static func annotation(
    _ new: Field, _ name: String, _ text: String, _ warnings: inout [String]
  ) {
    let field = new["metadata"]["annotations"].key("volume.beta.kubernetes.io/\(name)")
    if field.isSet { warnings.append("\(field.path): \(text)") }
  }

  private static let classText = "deprecated since v1.8; use \"storageClassName\" attribute instead"

  static let volume: WarningRule = { new, _, warnings in
    let spec = new["spec"]
    for term in spec["nodeAffinity"]["required"]["nodeSelectorTerms"].elements {
      NodeLabelWarnings.term(term, &warnings)
    }
    annotation(new, "storage-class", classText, &warnings)
    annotation(
      new, "mount-options", "deprecated since v1.31; use \"mountOptions\" attribute instead", &warnings)
    if spec["persistentVolumeReclaimPolicy"].text == "Recycle" {
      warnings.append(
        "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
          + "Instead, the recommended approach is to use dynamic provisioning.")
    }
    plugins(spec, &warnings)
  }

  static let claim: WarningRule = { new, _, warnings in
    annotation(new, "storage-class", classText, &warnings)
    claimSpec(new["spec"], at: "spec", &warnings)
  }

  /// - Parameter path: what the warnings call the spec.
  static func claimSpec(_ spec: Field, at path: FieldPath, _ warnings: inout [String]) {
    let resources = spec.renamed(path)["resources"]
    fraction(resources["requests"].key("storage"), &warnings)
    fraction(resources["limits"].key("storage"), &warnings)
  }

  static let storageClass: WarningRule = { new, _, warnings in
    for topology in new["allowedTopologies"].elements {
      for expression in topology["matchLabelExpressions"].elements {
        NodeLabelWarnings.topologyKey(expression["key"], &warnings)
      }
    }
  }

  /// Bytes come whole.
  static func fraction(_ field: Field, _ warnings: inout [String]) {
    guard let quantity = field.quantity, quantity.milliValue % 1000 != 0 else { return }
    warnings.append(
      "\(field.path): fractional byte value \(FieldError.quoted(quantity.description)) is invalid, "
        + "must be an integer")
  }
}
