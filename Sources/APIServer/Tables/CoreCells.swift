import Values

/// Rows of the core group's kinds that have no file of their own.
enum CoreCells {
  static let makers: [String: CellMaker] = [
    "componentstatuses": { component in componentStatus(component) },
    "configmaps": { map in
      [.string(map.name), .int(Int64(map["data"].count + map["binaryData"].count)), .string(map.age)]
    },
    "namespaces": CellRule.row(.name, .text("status.phase"), .age),
    "podtemplates": CellRule.row(
      .name, .computed { WorkloadCells.names($0["template"]) },
      .computed { WorkloadCells.images($0["template"]) }, .labels("template.metadata.labels")),
    "resourcequotas": CellRule.row(
      .name, .computed { quota($0, isLimit: false) }, .computed { quota($0, isLimit: true) }, .age),
    "secrets": CellRule.row(.name, .text("type"), .count("data"), .age),
    "serviceaccounts": CellRule.row(.name, .age),
    "leases.coordination.k8s.io": CellRule.row(.name, .text("spec.holderIdentity"), .age),
  ]

  private static func componentStatus(_ component: ObjectReader) -> [Value] {
    guard let healthy = component["conditions"].items.first(where: { $0["type"].text == "Healthy" }) else {
      return [.string(component.name), "Unknown", "", ""]
    }
    return [
      .string(component.name), healthy["status"].text == "True" ? "Healthy" : "Unhealthy",
      .string(healthy["message"].text), .string(healthy["error"].text),
    ]
  }

  /// What is used of what there is: `pods: 1/10, requests.cpu: 500m/2`.
  /// - Parameter isLimit: whether to show the resources called `limits.…` or all the others.
  private static func quota(_ quota: ObjectReader, isLimit: Bool) -> String {
    let hard = quota.at("status.hard")
    let used = quota.at("status.used")
    return (hard.value?.object?.sortedKeys ?? []).filter { $0.hasPrefix("limits.") == isLimit }
      .map { "\($0): \(used[$0].quantity)/\(hard[$0].quantity)" }.joined(separator: ", ")
  }
}
