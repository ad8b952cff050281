import Schema
import Values

/// Refuses new addresses in `spec.externalIPs` of services: whoever sets them can take over the traffic
/// of others.
struct DenyServiceExternalIPs: ValidatingAdmissionPlugin {
  let name = "DenyServiceExternalIPs"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.services) else { return }
    let old = Set(request.oldObject?["spec"]?["externalIPs"]?.strings ?? [])
    let new = Set(request.object?["spec"]?["externalIPs"]?.strings ?? [])
    if !new.isSubset(of: old) {
      throw request.forbidden("Use of external IPs is denied by admission control")
    }
  }
}
