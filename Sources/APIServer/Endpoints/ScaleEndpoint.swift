import HTTPService
import Schema
import Values

/// The `scale` subresource: autoscaling/v1 Scale as a view of an object's replica counts.
struct ScaleEndpoint {
  let context: RequestContext
  /// The scope of the `scale` subresource.
  let scope: ResourceScope
  let registry: ObjectRegistry

  /// How the kind's objects look as a Scale.
  private var view: ScaleView {
    context.served.customVersions[scope.kind]?.scale.map(ScaleView.init(custom:)) ?? ScaleView()
  }

  func get() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let object = try registry.get(
      scope, namespace: context.info.namespace(of: scope), name: context.info.name)
    let shown = try await scope.read(object.value)
    if scope.custom != nil, view.value(shown, view.specReplicas) == nil {
      throw .internalError("the spec replicas field \(FieldError.quoted(view.specText)) does not exist")
    }
    return try Answer(context: context).object(view.scale(of: shown), scope: scope, format: format)
  }

  func update() async throws(StatusError) -> HTTPResponse {
    var sent = try await SentObject(context, scope, .update)
    try sent.matchNamespace(context.info.namespace(of: scope))
    try SentObject.match(sent.value, name: context.info.name)
    let new = sent.value
    return try await write(sent.options, sent.format) { _ throws(StatusError) in .init(object: new) }
  }

  func patch() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let form = try PatchEndpoint(context: context, scope: scope, registry: registry).form()
    let bytes = try await BodyDecoder(context: context).bytes()
    context.audit?.brings(patch: bytes, form == .apply ? .yaml : .json)
    let options = try WriteOptions(context, .patch, isApply: form == .apply)
    let patcher = try Patcher(form: form, bytes: bytes, context: context, scope: scope, options: options)
    return try await write(options, format) { old throws(StatusError) in try patcher.change(old) }
  }

  /// Changes the object as its scale is changed, and lets who does it own the replicas.
  private func write(
    _ options: WriteOptions, _ format: OutputFormat,
    _ change: (Value) throws(StatusError) -> ObjectRegistry.Change
  ) async throws(StatusError) -> HTTPResponse {
    let caller = context.caller(options, registry)
    let result = try await registry.update(
      scope, namespace: context.info.namespace(of: scope), name: context.info.name, options: options,
      caller: caller
    ) { old throws(StatusError) in
      guard let old else { throw .notFound(scope.groupResource, context.info.name) }
      var shown = view.scale(of: old)
      shown["metadata"]?["managedFields"] = try ownership { () throws(ManagedFieldsError) in
        try owners.toScale(old["metadata"]?["managedFields"])
      }
      let changed = try change(shown)
      var new =
        changed.isApplied
        ? changed.object
        : Ownership.update(live: shown, new: changed.object, scope: scope, manager: caller.manager)
      new = try await admitted(new, old: shown, options, caller)
      var object = old
      object.set(.int(try replicas(new, old: old)), at: view.specReplicas)
      object["metadata"]?["resourceVersion"] = new["metadata"]?["resourceVersion"]
      object["metadata"]?["managedFields"] = try ownership { () throws(ManagedFieldsError) in
        try owners.toParent(
          old["metadata"]?["managedFields"], scale: new["metadata"]?["managedFields"])
      }
      return .init(object: object, isApplied: true, view: view.scale(of:))
    }
    return try Answer(context: context).object(view.scale(of: result.object), scope: scope, format: format)
  }

  /// The scale as mutating plugins leave it.
  private func admitted(
    _ new: Value, old: Value, _ options: WriteOptions, _ caller: Caller
  ) async throws(StatusError) -> Value {
    var request = registry.admissionRequest(
      .update, scope, namespace: context.info.namespace(of: scope), name: context.info.name, object: new,
      old: old, options: options.value(.update), isDryRun: options.isDryRun, caller: caller)
    try await registry.admit(&request)
    return request.object ?? new
  }

  /// The number that a changed scale asks for.
  private func replicas(_ new: Value, old: Value) throws(StatusError) -> Int64 {
    if scope.custom != nil, view.value(old, view.specReplicas) == nil, new["spec"]?["replicas"] == nil {
      throw .badRequest("the spec replicas field \(FieldError.quoted(view.specText)) cannot be empty")
    }
    let replicas = new["spec"]?["replicas"]?.int ?? 0
    guard replicas >= 0 else {
      throw .invalid(
        GroupKind(group: "autoscaling", kind: "Scale"), context.info.name,
        [.invalid("spec.replicas", .int(replicas), "must be greater than or equal to 0")])
    }
    return replicas
  }

  /// Where each version of the kind has its replicas.
  private var owners: ScaleFields {
    var replicasPaths: [String: String?] = [
      scope.kind.apiVersion: view.specReplicas.joined(separator: ".")
    ]
    for (kind, version) in context.served.customVersions
    where kind.group == scope.kind.group && kind.kind == scope.kind.kind {
      replicasPaths[kind.apiVersion] =
        version.scale.map { ScaleView(custom: $0).specReplicas.joined(separator: ".") }
    }
    return ScaleFields(apiVersion: scope.kind.apiVersion, replicasPaths: replicasPaths)
  }

  private func ownership(
    _ read: () throws(ManagedFieldsError) -> Value?
  ) throws(StatusError) -> Value? {
    do throws(ManagedFieldsError) { return try read() } catch { throw .unexpected("\(error)") }
  }
}
