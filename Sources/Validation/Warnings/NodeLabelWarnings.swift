import Schema
import Values

/// Warnings about labels of nodes that have other names by now, wherever nodes are selected.
enum NodeLabelWarnings {
  private static let replaced = [
    "beta.kubernetes.io/arch": "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
    "beta.kubernetes.io/os": "deprecated since v1.14; use \"kubernetes.io/os\" instead",
    "failure-domain.beta.kubernetes.io/region":
      "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    "failure-domain.beta.kubernetes.io/zone":
      "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    "beta.kubernetes.io/instance-type":
      "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
  ]

  /// A map of labels that nodes must have.
  static func selector(_ field: Field, _ warnings: inout [String]) {
    for (key, entry) in field.entries {
      if let text = replaced[key] { warnings.append("\(entry.path): \(text)") }
    }
  }

  /// A field that names a label.
  static func key(_ field: Field, _ warnings: inout [String]) {
    if let text = replaced[field.text] { warnings.append("\(field.path): \(field.text) is \(text)") }
  }

  /// A field that names a label, where the warning does not repeat it.
  static func topologyKey(_ field: Field, _ warnings: inout [String]) {
    if let text = replaced[field.text] { warnings.append("\(field.path): \(text)") }
  }

  /// A NodeSelectorTerm.
  /// - Parameter isPreference: whether values that no label can have are let through by validation.
  static func term(_ term: Field, isPreference: Bool = false, _ warnings: inout [String]) {
    for expression in term["matchExpressions"].elements {
      key(expression["key"], &warnings)
      if !isPreference { continue }
      for value in expression["values"].elements {
        for fault in Names.labelValue(value.text) {
          warnings.append("\(value.path): \(value.text) is invalid, \(fault)")
        }
      }
    }
  }

  /// A LabelSelector of labels of nodes.
  static func selectorExpressions(_ selector: Field, _ warnings: inout [String]) {
    for expression in selector["matchExpressions"].elements { key(expression["key"], &warnings) }
    for (name, entry) in selector["matchLabels"].entries {
      if let text = replaced[name] { warnings.append("\(entry.path): \(text)") }
    }
  }

  static let node: WarningRule = { new, _, warnings in
    let spec = new["spec"]
    if spec["configSource"].isSet { warnings.append("spec.configSource: the feature is removed") }
    if spec["externalID"].hasText {
      warnings.append("spec.externalID: this field is deprecated, and is unused by Kubernetes")
    }
  }
}
