import Admission
import Schema
import Store
import Tracing
import Validation
import Values

extension ObjectRegistry {
  /// Makes an object.
  /// - Parameters:
  ///   - object: decoded and defaulted, in the version of the scope.
  ///   - namespace: of the path; empty for cluster-scoped kinds.
  ///   - isApplied: managedFields are set already, by server-side apply.
  /// - Returns: the object as stored, in the version of the scope.
  func create(
    _ object: Value, _ scope: ResourceScope, namespace: String, options: WriteOptions, caller: Caller,
    isApplied: Bool = false
  ) async throws(StatusError) -> Value {
    var object = object
    if !isApplied {
      ObjectMeta.dedupeOwners(&object, warn: caller.warn)
      object = Ownership.update(live: nil, new: object, scope: scope, manager: caller.manager)
    }
    var request = admissionRequest(
      .create, scope, namespace: namespace, name: object["metadata"]?["name"]?.string ?? "", object: object,
      old: nil, options: options.value(.create), isDryRun: options.isDryRun, caller: caller)
    try await admit(&request)
    object = try await scope.write(
      try CustomObjects.admitted(request.object ?? object, before: object, scope))

    var attempt = 0
    while true {
      do {
        return try await finishCreate(object, scope, request: request, options: options, caller: caller)
      } catch let error where error.reason == "AlreadyExists" && attempt < 8 && Self.isGenerated(object) {
        attempt += 1
      }
    }
  }

  private static func isGenerated(_ object: Value) -> Bool {
    let metadata = object["metadata"]
    return !(metadata?["generateName"]?.string ?? "").isEmpty && (metadata?["name"]?.string ?? "").isEmpty
  }

  private func finishCreate(
    _ admitted: Value, _ scope: ResourceScope, request: AdmissionRequest, options: WriteOptions,
    caller: Caller
  ) async throws(StatusError) -> Value {
    var object = admitted
    ObjectMeta.fillSystemFields(&object, namespace: request.namespace)
    ObjectMeta.generateName(&object)
    if scope.resource.isCustom {
      Strategy.prepareCustomForCreate(&object, hasStatus: scope.resource.subresource("status") != nil)
    } else {
      Strategy.prepareForCreate(&object, kind: scope.storageKind)
    }
    try await hooks.beforeCreate(&object, scope, self, caller)
    let prepared = object
    do throws(StatusError) {
      let made = try await storeNew(prepared, scope, request: request, options: options, caller: caller)
      if options.isDryRun { hooks.abandon(prepared, old: nil, scope) }
      return made
    } catch {
      hooks.abandon(prepared, old: nil, scope)
      throw error
    }
  }

  /// Validates a new object, in its storage version, and stores it unless it is a dry run.
  private func storeNew(
    _ prepared: Value, _ scope: ResourceScope, request: AdmissionRequest, options: WriteOptions,
    caller: Caller
  ) async throws(StatusError) -> Value {
    var object = prepared
    let name = object["metadata"]?["name"]?.string ?? ""
    var errors = ObjectValidator.create(object, scope.resource, type: scope.storageType)
    if let custom = scope.custom {
      errors = CustomObjects.validateNew(try await scope.show(object), custom, after: errors)
    }
    if !errors.isEmpty { throw .invalid(scope.storageKind.groupKind, name, errors) }
    for warning in ObjectValidator.warnings(for: object, old: nil, scope.resource) { caller.warn(warning) }
    if scope.custom != nil { for text in CustomObjects.warnings(object, old: nil) { caller.warn(text) } }

    var validating = request
    validating.object = try await scope.show(object)
    try await admission.validate(validating)

    let given = object["metadata"]?["resourceVersion"]?.string ?? ""
    guard given.isEmpty || given == "0" else {
      throw .unexpected("resourceVersion should not be set on objects to be created")
    }
    object["metadata"]?["resourceVersion"] = nil
    let key = ObjectKey(namespace: request.namespace, name: name)
    if options.isDryRun {
      guard store.get(scope.storage, key) == nil else { throw .alreadyExists(scope.groupResource, name) }
      return try await scope.show(object)
    }
    hooks.willStore(object, old: nil, scope)
    let stored: StoredObject
    do throws(StoreError) {
      stored = try RequestTrace.measure("Store create", .etcd) { () throws(StoreError) in
        try store.create(scope.storage, key, scope.asStored(object))
      }
    } catch {
      throw error.status(scope.groupResource, name)
    }
    return try await scope.read(stored.value)
  }
}
