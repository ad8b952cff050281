import Schema
import Store
import Values

/// What PodDisruptionBudgets say to the eviction of a pod
/// (Kubernetes documentation, "Specifying a Disruption Budget for your Application").
struct DisruptionBudgets {
  static let resource = GroupResource(group: "policy", resource: "poddisruptionbudgets")
  private static let refusal = "Cannot evict pod as it would violate the pod's disruption budget."
  /// The most evictions that may wait to be seen.
  private static let maximumDisrupted = 2000

  let store: ObjectStore
  let namespace: String

  /// The budgets that select the pod.
  func matching(_ pod: Value) -> [StoredObject] {
    let labels = pod["metadata"]?["labels"]?.object
    return store.list(Self.resource, namespace: namespace).filter { budget in
      guard let selector = budget.value["spec"]?["selector"] else { return false }
      return (try? LabelSelector(selector))?.matches(labels: labels) ?? false
    }
  }

  /// Whether an eviction of the pod counts: that of one that is not ready need not
  /// (`unhealthyPodEvictionPolicy`).
  func guards(_ pod: Value, _ budget: StoredObject) -> Bool {
    let conditions = pod["status"]?["conditions"]?.array ?? []
    if conditions.contains(where: { $0["type"]?.string == "Ready" && $0["status"]?.string == "True" }) {
      return true
    }
    if budget.value["spec"]?["unhealthyPodEvictionPolicy"]?.string == "AlwaysAllow" { return false }
    let status = budget.value["status"]
    let desired = status?["desiredHealthy"]?.int ?? 0
    return !(desired > 0 && status?["currentHealthy"]?.int ?? 0 >= desired)
  }

  /// Takes one disruption off a budget.
  /// - Throws: 429 where there is none, 403 for a budget that can't be right.
  static func charge(_ budget: inout Value, pod: String) throws(StatusError) {
    let name = budget["metadata"]?["name"]?.string ?? ""
    let status = budget["status"]
    guard status?["observedGeneration"]?.int ?? 0 >= budget["metadata"]?["generation"]?.int ?? 0 else {
      throw held(10, "The disruption budget \(name) is still being processed by the server.")
    }
    let subject = GroupResource(group: "policy", resource: "poddisruptionbudget")
    let allowed = status?["disruptionsAllowed"]?.int ?? 0
    if allowed < 0 { throw .forbidden(subject, name, "pdb disruptions allowed is negative") }
    if status?["disruptedPods"]?.object?.count ?? 0 > maximumDisrupted {
      throw .forbidden(
        subject, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller")
    }
    if allowed == 0 { throw held(0, reason(name, status)) }
    budget["status", default: [:]]["disruptionsAllowed"] = .int(allowed - 1)
    budget["status"]?["disruptedPods", default: [:]][pod] = .string(Timestamp.now.rfc3339)
  }

  private static func reason(_ name: String, _ status: Value?) -> String {
    let condition = status?["conditions"]?.array?.first { $0["type"]?.string == "DisruptionAllowed" }
    if condition?["reason"]?.string == "SyncFailed" {
      let text = condition?["message"]?.string ?? ""
      return
        "The disruption budget \(name) does not allow evicting pods currently because it failed sync: \(text)"
    }
    return "The disruption budget \(name) needs \(status?["desiredHealthy"]?.int ?? 0) healthy pods and has "
      + "\(status?["currentHealthy"]?.int ?? 0) currently"
  }

  private static func held(_ retryAfterSeconds: Int, _ cause: String) -> StatusError {
    var error = StatusError.tooManyRequests(refusal, retryAfterSeconds: retryAfterSeconds)
    error.details?.causes = [.init(reason: "DisruptionBudget", message: cause)]
    return error
  }
}
