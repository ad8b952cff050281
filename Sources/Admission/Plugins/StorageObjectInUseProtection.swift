import Schema
import Values

/// Puts on storage objects the finalizer that keeps them while something uses them
/// (Kubernetes documentation, "Storage Object in Use Protection").
struct StorageObjectInUseProtection: MutatingAdmissionPlugin {
  let name = "StorageObjectInUseProtection"

  private static let finalizers: [GroupResource: String] = [
    .claims: "kubernetes.io/pvc-protection",
    .volumes: "kubernetes.io/pv-protection",
    .volumeAttributesClasses: "kubernetes.io/vac-protection",
  ]

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.subresource.isEmpty, let finalizer = Self.finalizers[request.resource.groupResource],
      let object = request.object
    else { return }
    let given = object["metadata"]?.list("finalizers") ?? []
    if given.contains(.string(finalizer)) { return }
    request.object?.set(.array(given + [.string(finalizer)]), at: ["metadata", "finalizers"])
  }
}
