import Admission
import Schema
import Store
import Tracing
import Validation
import Values

/// How an update came out.
struct UpdateResult: Sendable {
  /// In the version of the scope.
  var object: Value
  var wasCreated = false
}

extension ObjectRegistry {
  /// What an update makes of the stored object.
  struct Change: Sendable {
    /// In the version of the scope.
    var object: Value
    /// managedFields are set already, by server-side apply.
    var isApplied = false
    /// Where the object is written by way of a view of it, such as its scale: what shows the object so. Mutating
    /// plugins have seen the view then, validating ones are shown it.
    var view: (@Sendable (Value) -> Value)?
  }

  /// Changes an object, or makes it where its kind allows that.
  ///
  /// The change is computed again when another write came between. One that names a version of its own then
  /// meets another one, and fails.
  /// - Parameters:
  ///   - preconditionUID: the uid that the object must have, if any.
  ///   - createsAlways: true for server-side apply, which makes what is missing.
  ///   - change: the new object from the old one (nil: there is none), both in the version of the scope.
  func update(
    _ scope: ResourceScope, namespace: String, name: String, options: WriteOptions, caller: Caller,
    preconditionUID: String? = nil, createsAlways: Bool = false,
    change: (Value?) async throws(StatusError) -> Change
  ) async throws(StatusError) -> UpdateResult {
    let key = ObjectKey(namespace: namespace, name: name)
    // Writers that keep coming between end in a conflict, not in an endless loop.
    for _ in 0..<512 {
      guard let current = store.get(scope.storage, key) else {
        // What is not there has not that uid either.
        if let preconditionUID, !preconditionUID.isEmpty {
          throw uidConflict(scope, namespace: namespace, name: name, asked: preconditionUID, uid: "")
        }
        guard scope.rules.createsOnUpdate || createsAlways, scope.subresource == nil else {
          throw .notFound(scope.groupResource, name)
        }
        do throws(StatusError) {
          return try await createInstead(
            scope, namespace: namespace, name: name, options: options, caller: caller, change: change)
        } catch {
          // Somebody else made it meanwhile: now it is changed.
          if error.reason == "AlreadyExists" { continue }
          throw error
        }
      }
      let old = try await scope.read(current.value)
      if let preconditionUID, !preconditionUID.isEmpty,
        let uid = old["metadata"]?["uid"]?.string, uid != preconditionUID
      {
        throw uidConflict(scope, namespace: namespace, name: name, asked: preconditionUID, uid: uid)
      }
      let changed = try await change(old)
      try checkVersion(changed.object, current, scope, name)
      if let done = try await finishUpdate(
        changed, old: old, current: current, scope, namespace: namespace, name: name, options: options,
        caller: caller)
      {
        return UpdateResult(object: done)
      }
    }
    throw .modified(scope.groupResource, name)
  }

  private func createInstead(
    _ scope: ResourceScope, namespace: String, name: String, options: WriteOptions, caller: Caller,
    change: (Value?) async throws(StatusError) -> Change
  ) async throws(StatusError) -> UpdateResult {
    let made = try await change(nil)
    let version = made.object["metadata"]?["resourceVersion"]?.string ?? ""
    // Who names a version expects an object.
    if !version.isEmpty, version != "0" {
      throw made.isApplied ? .modified(scope.groupResource, name) : .notFound(scope.groupResource, name)
    }
    do {
      try await caller.mayCreate(name)
    } catch let error as StatusError {
      throw error
    } catch {
      throw .internalError("\(error)")
    }
    let object = try await create(
      made.object, scope, namespace: namespace, options: options, caller: caller, isApplied: made.isApplied)
    return UpdateResult(object: object, wasCreated: true)
  }

  /// Compares the version that the new object is based on with the stored one.
  private func checkVersion(
    _ new: Value, _ current: StoredObject, _ scope: ResourceScope, _ name: String
  ) throws(StatusError) {
    let text = new["metadata"]?["resourceVersion"]?.string ?? ""
    guard !text.isEmpty, text != "0" else {
      if scope.rules.allowsUnconditionalUpdate { return }
      // The real server names the resource here, not the kind.
      throw .invalid(
        GroupKind(group: scope.kind.group, kind: scope.resource.name), name,
        [
          FieldError(
            kind: .invalid, path: "metadata.resourceVersion",
            message: "Invalid value: 0: must be specified for an update")
        ])
    }
    guard let version = UInt64(text) else {
      throw .unexpected("strconv.ParseUint: parsing \(FieldError.quoted(text)): invalid syntax")
    }
    guard version == current.revision else { throw .modified(scope.groupResource, name) }
  }

  /// - Returns: the object as stored; nil where another write came between.
  private func finishUpdate(
    _ change: Change, old: Value, current: StoredObject, _ scope: ResourceScope, namespace: String,
    name: String,
    options: WriteOptions, caller: Caller
  ) async throws(StatusError) -> Value? {
    var new = change.object
    // The owners that a patch repeats are looked at later only.
    if options.kind == .update { ObjectMeta.dedupeOwners(&new, warn: caller.warn) }
    if !change.isApplied {
      new = Ownership.update(live: old, new: new, scope: scope, manager: caller.manager)
    }
    var request = admissionRequest(
      .update, scope, namespace: namespace, name: name, object: new, old: change.view?(old) ?? old,
      options: options.value(.update), isDryRun: options.isDryRun, caller: caller)
    if change.view == nil { try await admit(&request) }
    new = try await scope.write(try CustomObjects.admitted(request.object ?? new, before: new, scope))

    ObjectMeta.keepSystemFields(&new, from: current.value)
    new["metadata"]?["resourceVersion"] = current.value["metadata"]?["resourceVersion"]
    if scope.resource.isCustom {
      Strategy.prepareCustomForUpdate(
        &new, old: scope.renewed(current.value), hasStatus: scope.resource.subresource("status") != nil,
        subresource: scope.subresource?.name)
    } else {
      Strategy.prepareForUpdate(
        &new, old: current.value, kind: scope.storageKind, subresource: scope.subresource?.name)
    }
    try await hooks.beforeUpdate(&new, old: current.value, scope, self, caller)
    let prepared = new
    do throws(StatusError) {
      let done = try await storeChanged(
        prepared, old: old, current: current, scope, request: request, view: change.view, options: options,
        caller: caller)
      if done == nil || options.isDryRun { hooks.abandon(prepared, old: current.value, scope) }
      return done
    } catch {
      hooks.abandon(prepared, old: current.value, scope)
      throw error
    }
  }

  /// Validates a changed object, in its storage version, and stores it unless it is a dry run.
  /// - Returns: the object as stored; nil where another write came between.
  private func storeChanged(
    _ new: Value, old: Value, current: StoredObject, _ scope: ResourceScope, request: AdmissionRequest,
    view: (@Sendable (Value) -> Value)?, options: WriteOptions, caller: Caller
  ) async throws(StatusError) -> Value? {
    let name = current.key.name
    var errors = ObjectValidator.update(
      new, old: current.value, scope.resource, subresource: scope.subresource?.name ?? "",
      type: scope.storageType)
    if let custom = scope.custom {
      errors = CustomObjects.validateChanged(
        try await scope.show(new), old: old, custom, subresource: scope.subresource?.name ?? "",
        after: errors, warn: caller.warn)
    }
    if !errors.isEmpty { throw .invalid(scope.storageKind.groupKind, name, errors) }
    // The endpoints of parts of an object don't warn about the whole.
    if scope.subresource == nil {
      for warning in ObjectValidator.warnings(for: new, old: current.value, scope.resource) {
        caller.warn(warning)
      }
    }
    if scope.custom != nil {
      for text in CustomObjects.warnings(new, old: current.value) { caller.warn(text) }
    }
    var validating = request
    let shown = try await scope.show(new)
    validating.object = view?(shown) ?? shown
    try await admission.validate(validating)

    // A write that changes nothing but when fields were last managed is none.
    let settled = FieldManager.keepingTimes(of: current.value, in: new)
    if settled == current.value { return try await scope.read(current.value) }
    if options.isDryRun { return try await scope.show(settled) }
    hooks.willStore(settled, old: current.value, scope)
    return try await commit(scope.asStored(settled), current, scope)
  }

  /// Stores the new object; one whose deletion only waited for its last finalizer goes.
  private func commit(
    _ new: Value, _ current: StoredObject, _ scope: ResourceScope
  ) async throws(StatusError) -> Value? {
    let changed: Value
    do throws(StoreError) {
      if Self.isReadyToGo(new, scope) {
        let gone = try RequestTrace.measure("Store delete", .etcd) { () throws(StoreError) in
          try store.delete(scope.storage, current.key, ifRevision: current.revision, final: new)
        }
        hooks.afterUpdate(new, old: current.value, scope)
        hooks.afterDelete(gone.value, scope)
        changed = new
      } else {
        let stored = try RequestTrace.measure("Store update", .etcd) { () throws(StoreError) in
          try store.update(scope.storage, current.key, ifRevision: current.revision, new)
        }
        hooks.afterUpdate(stored.value, old: current.value, scope)
        changed = stored.value
      }
    } catch {
      if case .conflict = error { return nil }
      throw error.status(scope.groupResource, current.key.name)
    }
    return try await scope.read(changed)
  }

  /// True for an object that is being deleted and that nothing holds any more.
  static func isReadyToGo(_ object: Value, _ scope: ResourceScope) -> Bool {
    guard ObjectMeta.isBeingDeleted(object), ObjectMeta.finalizers(object).isEmpty else { return false }
    if scope.storage == GroupResource(group: "", resource: "namespaces") {
      return (object["spec"]?["finalizers"]?.array ?? []).isEmpty
    }
    return (object["metadata"]?["deletionGracePeriodSeconds"]?.int ?? 0) == 0
  }

  private func uidConflict(
    _ scope: ResourceScope, namespace: String, name: String, asked: String, uid: String
  ) -> StatusError {
    let key = KindRules.registryKey(scope.resource, namespace: namespace, name: name)
    return .conflict(
      scope.groupResource, name,
      "StorageError: invalid object, Code: 4, Key: \(key), ResourceVersion: 0, AdditionalErrorMsg: "
        + "Precondition failed: UID in precondition: \(asked), UID in object meta: \(uid)")
  }
}
