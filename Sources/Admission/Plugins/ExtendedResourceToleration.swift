import Schema
import Values

/// Lets pods that ask for a vendor's resource onto the nodes that are kept for it: adds a toleration
/// of the resource's name.
struct ExtendedResourceToleration: MutatingAdmissionPlugin {
  let name = "ExtendedResourceToleration"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods), let spec = request.object?["spec"] else { return }
    var names = Set<String>()
    for container in spec.containers([.containers, .initContainers]) {
      for name in PodAmounts.read(container["resources"]?["requests"]).keys
      where name.contains("/") && !name.contains("kubernetes.io/") && !name.hasPrefix("requests.") {
        names.insert(name)
      }
    }
    let given = spec.list("tolerations")
    let missing = names.sortedAsBytes().map { Tolerations.exists($0, effect: "NoSchedule") }
      .filter { toleration in !given.contains { Tolerations.isSame($0, toleration) } }
    if missing.isEmpty { return }
    request.object?["spec"]?["tolerations"] = .array(given + missing)
  }
}
