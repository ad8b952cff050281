import Schema
import Store
import Values

/// Gives volume claims that name no storage class the default one
/// (Kubernetes documentation, "Storage Classes").
struct DefaultStorageClass: MutatingAdmissionPlugin {
  let name = "DefaultStorageClass"
  let store: ObjectStore

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.claims), let claim = request.object else { return }
    // An empty class is a choice too.
    if claim["spec"]?["storageClassName"]?.string != nil { return }
    if claim.annotation("volume.beta.kubernetes.io/storage-class") != nil { return }
    let annotations = [
      "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class",
    ]
    guard let found = DefaultClass.name(.storageClasses, markedBy: annotations, in: store) else { return }
    request.object?.set(.string(found), at: ["spec", "storageClassName"])
  }
}
