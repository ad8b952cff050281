import Admission
import Authorization
import Schema
import Store
import Tracing
import Values

/// Creates, changes and deletes objects by the rules of their kinds: admission, system metadata,
/// validation, ownership of fields, finalizers. It stands between the endpoints and the store, and the
/// server's own controllers write through it too.
final class ObjectRegistry: Sendable {
  let store: ObjectStore
  let admission: AdmissionChain
  let authorizer: any Authorizer
  /// Work that certain kinds need when they are written, such as the addresses of services.
  let hooks: KindHooks

  init(store: ObjectStore, admission: AdmissionChain, authorizer: any Authorizer, hooks: KindHooks) {
    self.store = store
    self.admission = admission
    self.authorizer = authorizer
    self.hooks = hooks
  }

  /// The stored object.
  /// - Throws: 404.
  func get(_ scope: ResourceScope, namespace: String, name: String) throws(StatusError) -> StoredObject {
    let key = ObjectKey(namespace: namespace, name: name)
    guard let object = RequestTrace.measure("Store get", .etcd, { store.get(scope.storage, key) }) else {
      throw .notFound(scope.groupResource, name)
    }
    return object
  }

  func admissionRequest(
    _ operation: AdmissionOperation, _ scope: ResourceScope, namespace: String, name: String, object: Value?,
    old: Value?, options: Value, isDryRun: Bool, caller: Caller
  ) -> AdmissionRequest {
    AdmissionRequest(
      operation: operation, resource: scope.resource.groupVersionResource,
      subresource: scope.subresource?.name ?? "", kind: scope.subresource?.kind ?? scope.kind,
      namespace: namespace, name: name, object: object, oldObject: old, user: caller.user,
      isDryRun: isDryRun, options: options, warn: caller.warn, annotate: caller.annotate,
      annotateContent: caller.annotateContent, deadline: caller.deadline)
  }

  /// Lets mutating plugins change the object of a request. What they leave of managedFields and owners is checked
  /// again (k8s.io/apiserver/pkg/endpoints/handlers/fieldmanager).
  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    let before = request.object
    try await admission.admit(&request)
    guard var object = request.object else { return }
    ObjectMeta.dedupeOwners(&object, warn: request.warn, isAfterAdmission: true)
    request.object = object
    guard object != before else { return }
    let owned = before?["metadata"]?["managedFields"]
    do throws(ManagedFieldsError) {
      try FieldManager.validate(managedFields: object["metadata"]?["managedFields"])
    } catch {
      object["metadata", default: [:]]["managedFields"] = owned
      request.warn(
        ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated "
          + "mutating admission controller; please fix your requests: \(error)")
    }
    request.object = object
  }
}
