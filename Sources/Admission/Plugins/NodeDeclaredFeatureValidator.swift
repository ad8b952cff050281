import Schema
import Store
import Values

/// Refuses changes of a running pod that its node does not say it can carry out
/// (KEP-5328, Node Declared Features: `status.declaredFeatures` of nodes).
struct NodeDeclaredFeatureValidator: ValidatingAdmissionPlugin {
  let name = "NodeDeclaredFeatureValidator"
  let store: ObjectStore

  /// The features that a change may need, by their names, in the order in which they are told.
  private static let features: [(name: String, isNeeded: @Sendable (_ old: Value, _ new: Value) -> Bool)] = [
    ("GuaranteedQoSPodCPUResize", changesGuaranteedCPU),
    ("InPlacePodLevelResourcesVerticalScaling", changesPodLevelResources),
  ]

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods) || request.concerns(.pods, "resize"), let new = request.object,
      let old = request.oldObject, new["spec"] != old["spec"],
      let node = new["spec"]?.text("nodeName"), !node.isEmpty
    else { return }
    let needed = Self.features.filter { $0.isNeeded(old, new) }.map(\.name)
    if needed.isEmpty { return }
    let quoted = FieldError.quoted(node)
    guard let object = store.get(.nodes, ObjectKey(name: node))?.value else {
      throw request.forbidden("node \(quoted) not found")
    }
    let declared = object["status"]?["declaredFeatures"]?.strings ?? []
    let missing = needed.filter { !declared.contains($0) }
    if missing.isEmpty { return }
    throw request.forbidden(
      "pod update requires features \(missing.joined(separator: ", ")) which are not available on node \(quoted)"
    )
  }

  /// A guaranteed pod may have processors of its own, which must be given or taken.
  @Sendable private static func changesGuaranteedCPU(_ old: Value, _ new: Value) -> Bool {
    if let status = old["status"], status.text("qosClass") != "Guaranteed" { return false }
    func requests(_ pod: Value) -> [Quantity] {
      (pod["spec"]?.containers([.containers]) ?? []).map {
        PodAmounts.read($0["resources"]?["requests"])["cpu"] ?? .zero
      }
    }
    return requests(old) != requests(new)
  }

  @Sendable private static func changesPodLevelResources(_ old: Value, _ new: Value) -> Bool {
    (old["spec"]?["resources"] ?? [:]) != (new["spec"]?["resources"] ?? [:])
  }
}
