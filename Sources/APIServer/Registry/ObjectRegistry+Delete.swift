import Admission
import Schema
import Store
import Tracing
import Values

extension ObjectRegistry {
  enum DeleteResult: Sendable {
    /// The object is gone; as it last was, in the version of the scope.
    case deleted(Value)
    /// The object stays until its finalizers or its grace period end.
    case pending(Value)
  }

  /// Deletes an object, or marks it where something holds it.
  /// - Parameters:
  ///   - admits: false where another request was admitted in its place.
  ///   - isNamed: false where the request is for a collection: admission is then not told the name.
  func delete(
    _ scope: ResourceScope, namespace: String, name: String, options: DeleteOptions, optionsValue: Value,
    caller: Caller, admits: Bool = true, isNamed: Bool = true
  ) async throws(StatusError) -> DeleteResult {
    if admits {
      try await admitDelete(
        scope, namespace: namespace, name: name, options: options, optionsValue: optionsValue, caller: caller,
        isNamed: isNamed)
    }
    for _ in 0..<512 {
      let current = try get(scope, namespace: namespace, name: name)
      try checkPreconditions(options, current, scope)
      if let result = try await deleteOnce(current, scope, options) { return result }
      if options.preconditionResourceVersion != nil { break }
    }
    throw .modified(scope.groupResource, name)
  }

  private func admitDelete(
    _ scope: ResourceScope, namespace: String, name: String, options: DeleteOptions, optionsValue: Value,
    caller: Caller, isNamed: Bool
  ) async throws(StatusError) {
    let current = try get(scope, namespace: namespace, name: name)
    let request = admissionRequest(
      .delete, scope, namespace: namespace, name: isNamed ? name : "", object: nil,
      old: try await scope.read(current.value), options: optionsValue, isDryRun: options.isDryRun,
      caller: caller)
    var mutable = request
    try await admission.admit(&mutable)
    try await admission.validate(request)
  }

  private func checkPreconditions(
    _ options: DeleteOptions, _ current: StoredObject, _ scope: ResourceScope
  ) throws(StatusError) {
    // The real server names the kind here, not the resource.
    let subject = GroupResource(group: scope.kind.group, resource: scope.kind.kind)
    let uid = current.value["metadata"]?["uid"]?.string ?? ""
    if let asked = options.preconditionUID, asked != uid {
      throw .conflict(
        subject, current.key.name,
        "the UID in the precondition (\(asked)) does not match the UID in record (\(uid)). "
          + "The object might have been deleted and then recreated")
    }
    if let asked = options.preconditionResourceVersion, asked != String(current.revision) {
      throw .conflict(
        subject, current.key.name,
        "the ResourceVersion in the precondition (\(asked)) does not match the ResourceVersion in record "
          + "(\(current.revision)). The object might have been modified")
    }
  }

  /// - Returns: nil where another write came between.
  private func deleteOnce(
    _ current: StoredObject, _ scope: ResourceScope, _ options: DeleteOptions
  ) async throws(StatusError) -> DeleteResult? {
    var marked = current.value
    Deletion.mark(&marked, options: options, storage: scope.storage)
    let kept: Value
    do throws(StoreError) {
      if Self.isReadyToGo(marked, scope) {
        if !options.isDryRun {
          let gone = try RequestTrace.measure("Store delete", .etcd) { () throws(StoreError) in
            try store.delete(
              scope.storage, current.key, ifRevision: current.revision,
              final: marked["metadata"]?["finalizers"] == current.value["metadata"]?["finalizers"]
                ? nil : marked)
          }
          hooks.afterDelete(gone.value, scope)
        }
        return .deleted(await shownAtLast(current.value, scope))
      }
      if options.isDryRun || marked == current.value {
        kept = marked
      } else {
        kept = try RequestTrace.measure("Store update", .etcd) { () throws(StoreError) in
          try store.update(scope.storage, current.key, ifRevision: current.revision, marked).value
        }
      }
    } catch {
      if case .conflict = error { return nil }
      throw error.status(scope.groupResource, current.key.name)
    }
    return .pending(try await scope.read(kept))
  }

  /// What is gone can't be asked for again: where its webhook fails it is shown as it was stored.
  private func shownAtLast(_ object: Value, _ scope: ResourceScope) async -> Value {
    do throws(StatusError) { return try await scope.read(object) } catch { return object }
  }
}
