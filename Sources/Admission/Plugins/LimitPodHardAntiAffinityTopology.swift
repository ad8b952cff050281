import Schema
import Values

/// Keeps pods from claiming more than nodes for themselves by their required anti-affinity.
struct LimitPodHardAntiAffinityTopology: ValidatingAdmissionPlugin {
  let name = "LimitPodHardAntiAffinityTopology"

  private static let key = "kubernetes.io/hostname"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods) else { return }
    let affinity = request.object?["spec"]?["affinity"]?["podAntiAffinity"]
    for term in affinity?.list("requiredDuringSchedulingIgnoredDuringExecution") ?? []
    where term.text("topologyKey") != Self.key {
      throw request.forbidden(
        "affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey \(term.text("topologyKey")) "
          + "but only key \(Self.key) is allowed")
    }
  }
}
