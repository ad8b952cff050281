import Schema
import Store
import Values

/// The plugin Priority: gives each pod the number and the preemption policy of its PriorityClass, and keeps
/// the default class the only one (Kubernetes documentation, "Pod Priority and Preemption").
struct PriorityAdmission: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "Priority"
  let store: ObjectStore

  private static let systemClasses: Set = ["system-cluster-critical", "system-node-critical"]

  func handles(_ operation: AdmissionOperation) -> Bool { operation != .connect }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods), var pod = request.object else { return }
    if request.operation == .update {
      // A client that does not know the fields must not lose them.
      for field in ["priority", "preemptionPolicy"] where pod["spec"]?[field] == nil {
        guard let kept = request.oldObject?["spec"]?[field] else { continue }
        pod.set(kept, at: ["spec", field])
      }
    } else {
      try resolve(&pod, request)
    }
    request.object = pod
  }

  private func resolve(_ pod: inout Value, _ request: AdmissionRequest) throws(StatusError) {
    let given = pod["spec"]?.text("priorityClassName") ?? ""
    var priority: Int64 = 0
    var policy = "PreemptLowerPriority"
    if let found = given.isEmpty ? defaultClass() : store.get(.priorityClasses, ObjectKey(name: given)) {
      priority = found.value["value"]?.int ?? 0
      policy = found.value["preemptionPolicy"]?.string ?? policy
      if given.isEmpty { pod.set(.string(found.key.name), at: ["spec", "priorityClassName"]) }
    } else if !given.isEmpty {
      throw request.forbidden("no PriorityClass with name \(given) was found")
    }
    if let byHand = pod["spec"]?["priority"]?.int, byHand != priority {
      throw request.forbidden(
        "the integer value of priority (\(byHand)) must not be provided in pod spec; "
          + "priority admission controller computed \(priority) from the given PriorityClass name")
    }
    if let byHand = pod["spec"]?["preemptionPolicy"]?.string, byHand != policy {
      throw request.forbidden(
        "the string value of PreemptionPolicy (\(byHand)) must not be provided in pod spec; "
          + "priority admission controller computed \(policy) from the given PriorityClass name")
    }
    pod.set(.int(priority), at: ["spec", "priority"])
    pod.set(.string(policy), at: ["spec", "preemptionPolicy"])
  }

  /// Of several, which can only come from before this plugin was on, the lowest.
  private func defaultClass() -> StoredObject? {
    store.list(.priorityClasses).filter { $0.value["globalDefault"]?.bool == true }
      .min { ($0.value["value"]?.int ?? 0) < ($1.value["value"]?.int ?? 0) }
  }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.priorityClasses) else { return }
    if request.operation == .delete, Self.systemClasses.contains(request.name) {
      throw request.forbidden("this is a system priority class and cannot be deleted")
    }
    guard request.object?["globalDefault"]?.bool == true else { return }
    let name = request.object?["metadata"]?.text("name") ?? request.name
    guard let other = defaultClass(), other.key.name != name else { return }
    throw request.forbidden(
      "PriorityClass \(other.key.name) is already marked as default. Only one default can exist")
  }
}
