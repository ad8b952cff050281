import Admission
import Schema
import Store
import Values

extension ObjectRegistry {
  /// Changes a stored object on the server's own account: no admission, no validation, no owner of fields.
  /// - Parameter change: called again when another write came between; the object is in its storage version.
  /// - Throws: 404, 409 where others keep writing the object, and what the change throws.
  @discardableResult
  func amend(
    _ resource: GroupResource, namespace: String, name: String,
    _ change: (inout Value) throws(StatusError) -> Void
  ) throws(StatusError) -> Value {
    let key = ObjectKey(namespace: namespace, name: name)
    for _ in 0..<512 {
      guard let current = store.get(resource, key) else { throw .notFound(resource, name) }
      var object = current.value
      try change(&object)
      do throws(StoreError) {
        return try store.update(resource, key, ifRevision: current.revision, object).value
      } catch {
        guard case .conflict = error else { throw error.status(resource, name) }
      }
    }
    throw .modified(resource, name)
  }

  /// Runs the admission of an object that is posted and not stored: a review, a binding, a token request.
  /// - Returns: the object as mutating plugins left it.
  func admitPosted(
    _ object: Value, _ scope: ResourceScope, namespace: String, name: String, options: WriteOptions,
    caller: Caller
  ) async throws(StatusError) -> Value {
    let request = try await mutatePosted(
      object, scope, namespace: namespace, name: name, options: options, caller: caller)
    try await admission.validate(request)
    return request.object ?? object
  }

  /// The first half of ``admitPosted(_:_:namespace:name:options:caller:)``: what is left is to validate.
  func mutatePosted(
    _ object: Value, _ scope: ResourceScope, namespace: String, name: String, options: WriteOptions,
    caller: Caller
  ) async throws(StatusError) -> AdmissionRequest {
    var request = admissionRequest(
      .create, scope, namespace: namespace, name: name,
      object: Ownership.update(live: nil, new: object, scope: scope, manager: caller.manager), old: nil,
      options: options.value(.create), isDryRun: options.isDryRun, caller: caller)
    try await admit(&request)
    return request
  }
}
