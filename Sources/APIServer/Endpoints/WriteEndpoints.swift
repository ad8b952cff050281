import HTTPService
import Schema
import Values

/// create and update of a resource.
struct WriteEndpoints {
  let context: RequestContext
  let scope: ResourceScope
  let registry: ObjectRegistry

  private var answer: Answer { Answer(context: context) }
  private var namespace: String { context.info.namespace(of: scope) }

  func create() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let decoder = BodyDecoder(context: context)
    let encoding = try decoder.encoding()
    let bytes = try await decoder.bytes()
    let options = try WriteOptions(context, .create)
    let objects = ObjectDecoder(context: context, scope: scope)
    var object = try objects.decode(
      try decoder.parse(bytes, encoding, expecting: objects.expected), validation: options.fieldValidation)
    try matchNamespace(&object)
    let made = try await registry.create(
      object, scope, namespace: namespace, options: options, caller: context.caller(options, registry, scope))
    return try answer.object(made, code: 201, scope: scope, format: format)
  }

  func update() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let decoder = BodyDecoder(context: context)
    let encoding = try decoder.encoding()
    let bytes = try await decoder.bytes()
    let options = try WriteOptions(context, .update)
    let objects = ObjectDecoder(context: context, scope: scope)
    var object = try objects.decode(
      try decoder.parse(bytes, encoding, expecting: objects.expected), validation: options.fieldValidation)
    try matchNamespace(&object)
    try matchName(object)
    let new = object
    let result = try await registry.update(
      scope, namespace: namespace, name: context.info.name, options: options,
      caller: context.caller(options, registry, scope), preconditionUID: new["metadata"]?["uid"]?.string
    ) { _ throws(StatusError) in .init(object: new) }
    return try answer.object(result.object, code: result.wasCreated ? 201 : 200, scope: scope, format: format)
  }

  /// Fills in the namespace of the path, and refuses another one.
  func matchNamespace(_ object: inout Value) throws(StatusError) {
    let given = object["metadata"]?["namespace"]?.string ?? ""
    // One on a cluster-scoped object is dropped without a word.
    if !given.isEmpty, !namespace.isEmpty, given != namespace {
      throw .badRequest(
        "the namespace of the provided object does not match the namespace sent on the request")
    }
    object["metadata", default: [:]]["namespace"] = namespace.isEmpty ? nil : .string(namespace)
  }

  /// Refuses an object without a name, or with another than the path's.
  func matchName(_ object: Value) throws(StatusError) {
    let name = object["metadata"]?["name"]?.string ?? ""
    if name.isEmpty {
      throw .badRequest(
        "the name of the object (\(context.info.name) based on URL) was undeterminable: name must be provided"
      )
    }
    if name != context.info.name {
      throw .badRequest(
        "the name of the object (\(name)) does not match the name on the URL (\(context.info.name))")
    }
  }
}

extension RequestContext {
  /// The request's client as the registry knows it.
  func caller(_ options: WriteOptions, _ registry: ObjectRegistry, _ scope: ResourceScope) -> Caller {
    Caller(
      user: user, manager: WriteOptions.manager(options.fieldManager, self), warn: { self.warn($0) },
      annotate: { self.annotate($0, $1) },
      mayCreate: { name in
        var info = self.info
        info.verb = "create"
        info.name = name
        try await Authorize(context: self, authorizer: registry.authorizer).check(info)
      })
  }
}
