import Values

/// The conditions by which a namespace that is being deleted tells what holds it (core/v1
/// NamespaceCondition).
enum NamespaceConditions {
  struct Condition: Sendable {
    var type: String
    var isTrue: Bool
    var reason: String
    var message: String
  }

  static func conditions(
    _ remaining: [NamespaceController.Remainder], _ failures: [NamespaceController.Failure]
  ) -> [Condition] {
    [
      Condition(
        type: "NamespaceDeletionDiscoveryFailure", isTrue: false, reason: "ResourcesDiscovered",
        message: "All resources successfully discovered"),
      Condition(
        type: "NamespaceDeletionGroupVersionParsingFailure", isTrue: false, reason: "ParsedGroupVersions",
        message: "All legacy kube types successfully parsed"),
      deletion(failures), content(remaining), finalizers(remaining),
    ]
  }

  private static func deletion(_ failures: [NamespaceController.Failure]) -> Condition {
    let type = "NamespaceDeletionContentFailure"
    if failures.isEmpty {
      return Condition(
        type: type, isTrue: false, reason: "ContentDeleted",
        message: "All content successfully deleted, may be waiting on finalization")
    }
    let texts = failures.map(\.error.message).sorted()
    return Condition(
      type: type, isTrue: true, reason: "ContentDeletionFailed",
      message: "Failed to delete all resource types, \(texts.count) remaining: "
        + texts.joined(separator: ", "))
  }

  private static func content(_ remaining: [NamespaceController.Remainder]) -> Condition {
    let type = "NamespaceContentRemaining"
    if remaining.isEmpty {
      return Condition(
        type: type, isTrue: false, reason: "ContentRemoved", message: "All content successfully removed")
    }
    let parts = remaining.map {
      "\($0.resource.resource).\($0.resource.group) has \($0.count) resource instances"
    }
    return Condition(
      type: type, isTrue: true, reason: "SomeResourcesRemain",
      message: "Some resources are remaining: " + parts.sorted().joined(separator: ", "))
  }

  private static func finalizers(_ remaining: [NamespaceController.Remainder]) -> Condition {
    let type = "NamespaceFinalizersRemaining"
    var counts: [String: Int] = [:]
    for remainder in remaining { counts.merge(remainder.finalizers, uniquingKeysWith: +) }
    if counts.isEmpty {
      return Condition(
        type: type, isTrue: false, reason: "ContentHasNoFinalizers",
        message: "All content-preserving finalizers finished")
    }
    let parts = counts.map { "\($0.key) in \($0.value) resource instances" }
    return Condition(
      type: type, isTrue: true, reason: "SomeFinalizersRemain",
      message: "Some content in the namespace has finalizers remaining: "
        + parts.sorted().joined(separator: ", "))
  }

  /// The conditions as values, in the places of those of the same type; the time is that of the last change
  /// of status. Others' conditions stay.
  static func merged(_ conditions: [Condition], into old: [Value], now: Timestamp) -> [Value] {
    var result = old
    for condition in conditions {
      let index = result.firstIndex { $0["type"]?.string == condition.type }
      let status = condition.isTrue ? "True" : "False"
      let before = index.map { result[$0] }
      let since = before?["status"]?.string == status ? before?["lastTransitionTime"] : nil
      let value: Value = [
        "type": .string(condition.type), "status": .string(status), "reason": .string(condition.reason),
        "message": .string(condition.message), "lastTransitionTime": since ?? .string(now.rfc3339),
      ]
      if let index { result[index] = value } else { result.append(value) }
    }
    return result
  }
}
