import Schema
import Values

/// What Deployments, ReplicaSets, StatefulSets, DaemonSets and ReplicationControllers have in common.
enum WorkloadRules {
  static let mismatchText = "`selector` does not match template `labels`"

  static func alwaysRestarts(_ spec: Field, _ kind: String, _ errors: inout Findings) {
    if spec["restartPolicy"].text != "Always" {
      errors.append(
        .notSupported(spec["restartPolicy"].path, .string(spec["restartPolicy"].text), ["Always"]))
    }
    if spec["activeDeadlineSeconds"].isSet {
      errors.forbidden(spec["activeDeadlineSeconds"], "activeDeadlineSeconds in \(kind) is not Supported")
    }
  }

  static func replicaStatus(_ status: Field, _ errors: inout Findings) {
    let parts = [
      "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration",
    ]
    for part in parts { errors.nonNegative(status[part]) }
    let all = status["replicas"].number
    for part in parts[1...3] where status[part].number > all {
      errors.invalid(status[part], "cannot be greater than status.replicas")
    }
    if status["availableReplicas"].number > status["readyReplicas"].number {
      errors.invalid(status["availableReplicas"], "cannot be greater than readyReplicas")
    }
  }
}
