import Schema
import Store
import Values

/// What a namespace's new level means for the pods that are there already.
enum ExistingPods {
  /// More pods than these are not looked at.
  private static let limit = 3000

  /// The warnings; none where all pods meet the level.
  static func warnings(
    _ namespace: String, _ rule: PodSecurityRule, _ store: ObjectStore,
    _ configuration: PodSecurityConfiguration
  ) -> [String] {
    var offenders: [String: (name: String, count: Int)] = [:]
    let pods = store.list(.pods, namespace: namespace)
    for pod in pods.lazy.prefix(limit) {
      let runtime = pod.value["spec"]?["runtimeClassName"]?.string
      if let runtime, configuration.exemptRuntimeClasses.contains(runtime) { continue }
      let violations = PodSecurityCheck.violations(CheckedPod(pod.value), rule)
      if violations.isEmpty { continue }
      // Pods come sorted by name, so the first of each group is the one to name.
      offenders[violations.map(\.reason).joined(separator: ", "), default: (pod.key.name, 0)].count += 1
    }
    var warnings: [String] = []
    if pods.count > limit {
      warnings.append(
        "new PodSecurity enforce level only checked against the first \(limit) of \(pods.count) existing pods"
      )
    }
    if offenders.isEmpty { return warnings }
    warnings.append(
      "existing pods in namespace \(FieldError.quoted(namespace)) violate the new PodSecurity enforce level "
        + FieldError.quoted("\(rule)"))
    let lines = offenders.map { reasons, group in
      switch group.count {
      case 1: "\(group.name): \(reasons)"
      case 2: "\(group.name) (and 1 other pod): \(reasons)"
      default: "\(group.name) (and \(group.count - 1) other pods): \(reasons)"
      }
    }
    return warnings + lines.sortedAsBytes()
  }
}
