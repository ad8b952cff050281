import Schema
import Store
import Values

/// Refuses whatever is to be done in a namespace that is not there. `NamespaceLifecycle` does that and more.
struct NamespaceExists: ValidatingAdmissionPlugin {
  let name = "NamespaceExists"
  let store: ObjectStore

  func handles(_ operation: AdmissionOperation) -> Bool { operation != .connect }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    if request.namespace.isEmpty || request.resource.groupResource == .namespaces { return }
    guard store.get(.namespaces, ObjectKey(name: request.namespace)) == nil else { return }
    throw .notFound(.namespaces, request.namespace)
  }
}
