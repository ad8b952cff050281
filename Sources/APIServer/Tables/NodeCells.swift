import Values

/// Rows of nodes (`kubectl get nodes`).
enum NodeCells {
  static let makers: [String: CellMaker] = [
    "nodes": CellRule.row(
      .name, .computed(status), .computed(roles), .age, .text("status.nodeInfo.kubeletVersion"),
      .computed { address($0, "InternalIP") }, .computed { address($0, "ExternalIP") },
      .computed { info($0, "osImage") }, .computed { info($0, "kernelVersion") },
      .computed { info($0, "containerRuntimeVersion") }),
    "runtimeclasses.node.k8s.io": CellRule.row(.name, .text("handler"), .age),
  ]

  private static func status(_ node: ObjectReader) -> String {
    // The last condition of the type counts, otherwise than elsewhere.
    let ready = node.at("status.conditions").items.last { $0["type"].text == "Ready" }
    let status = ready.map { $0["status"].text == "True" ? "Ready" : "NotReady" } ?? "Unknown"
    return node.at("spec.unschedulable").bool ? status + ",SchedulingDisabled" : status
  }

  private static let rolePrefix = "node-role.kubernetes.io/"

  /// From the labels `node-role.kubernetes.io/ROLE` and `kubernetes.io/role=ROLE`.
  private static func roles(_ node: ObjectReader) -> String {
    var roles: Set<String> = []
    for (key, value) in node.at("metadata.labels").value?.object ?? [:] {
      if key.hasPrefix(rolePrefix) {
        roles.insert(String(key.dropFirst(rolePrefix.count)))
      } else if key == "kubernetes.io/role" {
        roles.insert(value.string ?? "")
      }
    }
    roles.remove("")
    return roles.isEmpty ? "<none>" : roles.sorted(by: ObjectReader.precedes).joined(separator: ",")
  }

  private static func address(_ node: ObjectReader, _ type: String) -> String {
    node.at("status.addresses").items.first { $0["type"].text == type }?["address"].text ?? "<none>"
  }

  private static func info(_ node: ObjectReader, _ field: String) -> String {
    node.at("status.nodeInfo")[field].text(orEmpty: "<unknown>")
  }
}
