import Schema
import Store
import Values

/// Tells pods the zone and the region of their node, as labels (KEP-4742).
struct PodTopologyLabels: MutatingAdmissionPlugin {
  let name = "PodTopologyLabels"
  let store: ObjectStore

  private static let labels = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"]

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard let object = request.object else { return }
    let nodeName: String
    if request.concerns(.pods), request.operation == .create {
      nodeName = object["spec"]?.text("nodeName") ?? ""
    } else if request.concerns(.pods, "binding") {
      // What a Binding is labelled with is given to the pod.
      guard object["target"]?.text("kind") == "Node" else { return }
      nodeName = object["target"]?.text("name") ?? ""
    } else {
      return
    }
    guard !nodeName.isEmpty, let node = store.get(.nodes, ObjectKey(name: nodeName))?.value else { return }
    for label in Self.labels {
      guard let value = node["metadata"]?["labels"]?[label], object["metadata"]?["labels"]?[label] == nil
      else { continue }
      request.object?.set(value, at: ["metadata", "labels", label])
    }
  }
}
