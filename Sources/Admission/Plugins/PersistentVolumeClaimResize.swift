import Schema
import Store
import Values

/// Lets volume claims grow only where their storage class can do it.
struct PersistentVolumeClaimResize: ValidatingAdmissionPlugin {
  let name = "PersistentVolumeClaimResize"
  let store: ObjectStore

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.claims), let new = request.object, let old = request.oldObject,
      let wanted = Self.storage(new), wanted > Self.storage(old) ?? .zero
    else { return }
    if old["status"]?.text("phase") != "Bound" {
      throw request.forbidden("Only bound persistent volume claims can be expanded")
    }
    let name = Self.className(new)
    let canGrow =
      name == Self.className(old) && !name.isEmpty
      && store.get(.storageClasses, ObjectKey(name: name))?.value["allowVolumeExpansion"]?.bool == true
    if canGrow { return }
    throw request.forbidden(
      "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc "
        + "must support resize")
  }

  private static func storage(_ claim: Value) -> Quantity? {
    PodAmounts.read(claim["spec"]?["resources"]?["requests"])["storage"]
  }

  private static func className(_ claim: Value) -> String {
    claim.annotation("volume.beta.kubernetes.io/storage-class") ?? claim["spec"]?.text("storageClassName")
      ?? ""
  }
}
