import Schema
import Store
import Values

/// Makes the namespace in which an object is to be made, where it is not there yet.
struct NamespaceAutoProvision: MutatingAdmissionPlugin {
  let name = "NamespaceAutoProvision"
  let store: ObjectStore
  let createNamespace: @Sendable (String) async throws(StatusError) -> Void

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    // A dry run makes nothing; what follows decides without the namespace.
    if request.isDryRun || request.namespace.isEmpty { return }
    if request.resource.groupResource == .namespaces { return }
    guard store.get(.namespaces, ObjectKey(name: request.namespace)) == nil else { return }
    do {
      try await createNamespace(request.namespace)
    } catch {
      // Another request may have made it meanwhile.
      if error.reason != "AlreadyExists" { throw error }
    }
  }
}
