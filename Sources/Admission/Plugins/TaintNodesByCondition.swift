import Schema
import Values

/// Keeps pods off a new node until it is known to be ready.
struct TaintNodesByCondition: MutatingAdmissionPlugin {
  let name = "TaintNodesByCondition"

  private static let key = "node.kubernetes.io/not-ready"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.nodes), let object = request.object else { return }
    let taints = object["spec"]?.list("taints") ?? []
    if taints.contains(where: { $0.text("key") == Self.key && $0.text("effect") == "NoSchedule" }) { return }
    let taint: Value = ["key": .string(Self.key), "effect": "NoSchedule"]
    request.object?.set(.array(taints + [taint]), at: ["spec", "taints"])
  }
}
