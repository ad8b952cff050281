import Schema
import Store
import Values

/// Keeps objects out of namespaces that are not there or are going, and keeps the system's own namespaces.
struct NamespaceLifecycle: ValidatingAdmissionPlugin, MutatingAdmissionPlugin {
  let name = "NamespaceLifecycle"
  let store: ObjectStore

  private static let namespaces = GroupResource(group: "", resource: "namespaces")
  private static let immortal: Set = ["default", "kube-system", "kube-public"]

  func handles(_ operation: AdmissionOperation) -> Bool { operation != .connect }

  // It looks before the others change anything, so that a missing namespace is what a client hears of first.
  func admit(_ request: inout AdmissionRequest) async throws(StatusError) { try check(request) }

  func validate(_ request: AdmissionRequest) async throws(StatusError) { try check(request) }

  private func check(_ request: AdmissionRequest) throws(StatusError) {
    let isNamespace = request.resource.groupResource == Self.namespaces
    if isNamespace {
      if request.operation == .delete, Self.immortal.contains(request.name) {
        throw request.forbidden("this namespace may not be deleted")
      }
      return
    }
    guard !request.namespace.isEmpty, request.operation != .delete else { return }
    // Who asks about access asks about a namespace that may yet come.
    if request.resource.resource == "localsubjectaccessreviews" { return }
    let key = ObjectKey(namespace: "", name: request.namespace)
    guard let namespace = store.get(Self.namespaces, key)?.value else {
      throw .notFound(Self.namespaces, request.namespace)
    }
    guard request.operation == .create, namespace["status"]?["phase"]?.string == "Terminating" else { return }
    var error = request.forbidden(
      "unable to create new content in namespace \(request.namespace) because it is being terminated")
    error.details?.causes = [
      .init(
        reason: "NamespaceTerminating", message: "namespace \(request.namespace) is being terminated",
        field: "metadata.namespace")
    ]
    throw error
  }
}
