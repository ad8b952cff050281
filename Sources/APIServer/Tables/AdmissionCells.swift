import Values

/// Rows of the group admissionregistration.k8s.io.
enum AdmissionCells {
  static let makers: [String: CellMaker] = [
    "mutatingwebhookconfigurations.\(group)": CellRule.row(.name, .count("webhooks"), .age),
    "validatingwebhookconfigurations.\(group)": CellRule.row(.name, .count("webhooks"), .age),
    "mutatingadmissionpolicies.\(group)": CellRule.row(
      .name, .count("spec.mutations"), .computed(paramKind), .age),
    "validatingadmissionpolicies.\(group)": CellRule.row(
      .name, .count("spec.validations"), .computed(paramKind), .age),
    "mutatingadmissionpolicybindings.\(group)": binding,
    "validatingadmissionpolicybindings.\(group)": binding,
  ]

  private static let group = "admissionregistration.k8s.io"
  private static let binding = CellRule.row(.name, .text("spec.policyName"), .computed(paramRef), .age)

  private static func paramKind(_ policy: ObjectReader) -> String {
    let kind = policy.at("spec.paramKind")
    return kind.exists ? "\(kind["apiVersion"].text)/\(kind["kind"].text)" : "<unset>"
  }

  /// A parameter without a namespace may be of any, or of none.
  private static func paramRef(_ binding: ObjectReader) -> String {
    let reference = binding.at("spec.paramRef")
    let name = reference["name"].text
    if !name.isEmpty { return "\(reference["namespace"].text(orEmpty: "*"))/\(name)" }
    let selector = reference["selector"]
    return selector.exists ? goText(ofSelector: selector) : "<unset>"
  }

  /// The selector as the server's Go type prints itself.
  private static func goText(ofSelector selector: ObjectReader) -> String {
    let labels = selector["matchLabels"]
    let pairs = (labels.value?.object?.sortedKeys ?? []).map { "\($0): \(labels[$0].text)," }.joined()
    let expressions = selector["matchExpressions"].items.map { expression in
      let values = (expression["values"].value?.strings ?? []).joined(separator: " ")
      return "LabelSelectorRequirement{Key:\(expression["key"].text),Operator:\(expression["operator"].text),"
        + "Values:[\(values)],},"
    }.joined()
    return "&LabelSelector{MatchLabels:map[string]string{\(pairs)},"
      + "MatchExpressions:[]LabelSelectorRequirement{\(expressions)},}"
  }
}
