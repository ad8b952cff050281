import HTTPService
import Schema
import Values

/// The `scale` subresource: autoscaling/v1 Scale as a view of an object's replica counts.
struct ScaleEndpoint {
  let context: RequestContext
  /// The scope of the `scale` subresource.
  let scope: ResourceScope
  let registry: ObjectRegistry

  /// Where a kind keeps what Scale shows.
  struct Paths {
    var specReplicas: [String] = ["spec", "replicas"]
    var statusReplicas: [String] = ["status", "replicas"]
    /// Nil: no selector.
    var selector: [String]? = ["spec", "selector"]

    /// The paths that a CustomResourceDefinition names, such as `.spec.replicas`.
    init(custom: Value) {
      func keys(_ name: String) -> [String]? {
        custom[name]?.string.map { $0.split(separator: ".").map(String.init) }
      }
      specReplicas = keys("specReplicasPath") ?? specReplicas
      statusReplicas = keys("statusReplicasPath") ?? statusReplicas
      selector = keys("labelSelectorPath")
    }

    init() {}

    /// `.spec.replicas`, as a definition names it.
    var specText: String { "." + specReplicas.joined(separator: ".") }
  }

  private var paths: Paths {
    context.served.customVersions[scope.kind]?.scale.map(Paths.init(custom:)) ?? Paths()
  }

  func get() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let object = try registry.get(
      scope, namespace: context.info.namespace(of: scope), name: context.info.name)
    let shown = try await scope.read(object.value)
    if scope.custom != nil, value(shown, paths.specReplicas) == nil {
      throw .internalError("the spec replicas field \(FieldError.quoted(paths.specText)) does not exist")
    }
    return try Answer(context: context).object(scale(shown), scope: scope, format: format)
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
      var shown = scale(old)
      shown["metadata"]?["managedFields"] = try ownership { () throws(ManagedFieldsError) in
        try owners.toScale(old["metadata"]?["managedFields"])
      }
      let changed = try change(shown)
      let new =
        changed.isApplied
        ? changed.object
        : Ownership.update(live: shown, new: changed.object, scope: scope, manager: caller.manager)
      var object = old
      object.set(.int(try replicas(new, old: old)), at: paths.specReplicas)
      object["metadata"]?["resourceVersion"] = new["metadata"]?["resourceVersion"]
      object["metadata"]?["managedFields"] = try ownership { () throws(ManagedFieldsError) in
        try owners.toParent(
          old["metadata"]?["managedFields"], scale: new["metadata"]?["managedFields"])
      }
      return .init(object: object, isApplied: true)
    }
    return try Answer(context: context).object(scale(result.object), scope: scope, format: format)
  }

  /// The number that a changed scale asks for.
  private func replicas(_ new: Value, old: Value) throws(StatusError) -> Int64 {
    if scope.custom != nil, value(old, paths.specReplicas) == nil, new["spec"]?["replicas"] == nil {
      throw .badRequest("the spec replicas field \(FieldError.quoted(paths.specText)) cannot be empty")
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
      scope.kind.apiVersion: paths.specReplicas.joined(separator: ".")
    ]
    for (kind, version) in context.served.customVersions
    where kind.group == scope.kind.group && kind.kind == scope.kind.kind {
      replicasPaths[kind.apiVersion] =
        version.scale.map { Paths(custom: $0).specReplicas.joined(separator: ".") }
    }
    return ScaleFields(apiVersion: scope.kind.apiVersion, replicasPaths: replicasPaths)
  }

  private func ownership(
    _ read: () throws(ManagedFieldsError) -> Value?
  ) throws(StatusError) -> Value? {
    do throws(ManagedFieldsError) { return try read() } catch { throw .unexpected("\(error)") }
  }

  private func scale(_ object: Value) -> Value {
    var metadata = Object()
    for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
      metadata[key] = object["metadata"]?[key]
    }
    var spec = Object()
    if let replicas = value(object, paths.specReplicas)?.int, replicas != 0 {
      spec["replicas"] = .int(replicas)
    }
    var status: Object = ["replicas": value(object, paths.statusReplicas) ?? 0]
    if let path = paths.selector, let selector = value(object, path) {
      let text = selector.string ?? selectorText(selector)
      if !text.isEmpty { status["selector"] = .string(text) }
    }
    return [
      "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": .object(metadata), "spec": .object(spec),
      "status": .object(status),
    ]
  }

  private func value(_ object: Value, _ path: [String]) -> Value? {
    var here: Value? = object
    for key in path { here = here?[key] }
    return here
  }

  /// A label selector object, or the plain map of a ReplicationController, as text.
  private func selectorText(_ selector: Value) -> String {
    let isPlain = selector["matchLabels"] == nil && selector["matchExpressions"] == nil
    let value: Value = isPlain ? ["matchLabels": selector] : selector
    return (try? LabelSelector(value))?.description ?? ""
  }
}
