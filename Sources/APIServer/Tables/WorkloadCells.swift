import Schema
import Values

/// Rows of what makes pods: the kinds of the group apps, and ReplicationController.
enum WorkloadCells {
  static let makers: [String: CellMaker] = [
    "replicationcontrollers": CellRule.row(
      .name, .integer("spec.replicas"), .integer("status.replicas"), .integer("status.readyReplicas"), .age,
      .computed { names($0.at(template)) }, .computed { images($0.at(template)) }, .labels("spec.selector")),
    "replicasets.apps": CellRule.row(
      .name, .integer("spec.replicas"), .integer("status.replicas"), .integer("status.readyReplicas"), .age,
      .computed { names($0.at(template)) }, .computed { images($0.at(template)) },
      .selector("spec.selector")),
    "deployments.apps": CellRule.row(
      .name, .computed(readyOfDesired), .integer("status.updatedReplicas"),
      .integer("status.availableReplicas"), .age, .computed { names($0.at(template)) },
      .computed { images($0.at(template)) }, .computed(deploymentSelector)),
    "statefulsets.apps": CellRule.row(
      .name, .computed(readyOfDesired), .age, .computed { names($0.at(template)) },
      .computed { images($0.at(template)) }),
    "daemonsets.apps": CellRule.row(
      .name, .integer("status.desiredNumberScheduled"), .integer("status.currentNumberScheduled"),
      .integer("status.numberReady"), .integer("status.updatedNumberScheduled"),
      .integer("status.numberAvailable"), .labels("spec.template.spec.nodeSelector"), .age,
      .computed { names($0.at(template)) }, .computed { images($0.at(template)) },
      .selector("spec.selector")),
    "controllerrevisions.apps": CellRule.row(.name, .computed(controller), .integer("revision"), .age),
  ]

  /// Where most of these kinds have the pod template.
  private static let template = "spec.template"

  /// The names of a pod template's containers.
  static func names(_ template: ObjectReader) -> String { list(template, "name") }

  /// The images of a pod template's containers.
  static func images(_ template: ObjectReader) -> String { list(template, "image") }

  private static func list(_ template: ObjectReader, _ field: String) -> String {
    template.at("spec.containers").items.map { $0[field].text }.joined(separator: ",")
  }

  private static func readyOfDesired(_ object: ObjectReader) -> String {
    "\(object.at("status.readyReplicas").integer)/\(object.at("spec.replicas").integer)"
  }

  /// Other than elsewhere, a selector of nothing is an empty text.
  private static func deploymentSelector(_ deployment: ObjectReader) -> String {
    guard let selector = try? LabelSelector(deployment.at("spec.selector").value) else { return "<invalid>" }
    return selector.description
  }

  /// The owner that controls the object: `statefulset.apps/web`.
  private static func controller(_ revision: ObjectReader) -> String {
    let owners = revision.at("metadata.ownerReferences").items
    guard let owner = owners.first(where: { $0["controller"].bool }) else { return "<none>" }
    let group = GroupVersion(apiVersion: owner["apiVersion"].text)?.group ?? ""
    let kind = GroupKind(group: group, kind: owner["kind"].text)
    return "\(kind.description.lowercased())/\(owner["name"].text)"
  }
}
