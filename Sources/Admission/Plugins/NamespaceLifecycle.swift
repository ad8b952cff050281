import Schema
import Store
import Values

/// Keeps objects out of namespaces that are not there or are going, and keeps the system's own namespaces.
/// It runs before the others change anything, so that a missing namespace is what a client hears of first.
struct NamespaceLifecycle: MutatingAdmissionPlugin {
  let name = "NamespaceLifecycle"
  let store: ObjectStore

  private static let immortal: Set = ["default", "kube-system", "kube-public"]

  func handles(_ operation: AdmissionOperation) -> Bool { operation != .connect }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    if request.resource.groupResource == .namespaces {
      if request.operation == .delete, request.subresource.isEmpty, Self.immortal.contains(request.name) {
        throw request.forbidden("this namespace may not be deleted")
      }
      return
    }
    guard !request.namespace.isEmpty, request.operation != .delete else { return }
    // Who asks about access asks about a namespace that may yet come.
    if request.resource.resource == "localsubjectaccessreviews" { return }
    guard let namespace = store.get(.namespaces, ObjectKey(name: request.namespace))?.value else {
      throw .notFound(.namespaces, request.namespace)
    }
    guard request.operation == .create, namespace["status"]?.text("phase") == "Terminating" else { return }
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
