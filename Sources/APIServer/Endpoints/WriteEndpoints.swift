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
    var sent = try await SentObject(context, scope)
    try sent.matchNamespace(namespace)
    let made = try await registry.create(
      sent.value, scope, namespace: namespace, options: sent.options,
      caller: context.caller(sent.options, registry))
    return try answer.object(made, code: 201, scope: scope, format: sent.format)
  }

  func update() async throws(StatusError) -> HTTPResponse {
    var sent = try await SentObject(context, scope, .update)
    try sent.matchNamespace(namespace)
    try SentObject.match(sent.value, name: context.info.name)
    let new = sent.value
    let result = try await registry.update(
      scope, namespace: namespace, name: context.info.name, options: sent.options,
      caller: context.caller(sent.options, registry), preconditionUID: new["metadata"]?["uid"]?.string
    ) { _ throws(StatusError) in .init(object: new) }
    return try answer.object(
      result.object, code: result.wasCreated ? 201 : 200, scope: scope, format: sent.format)
  }
}

extension RequestContext {
  /// The request's client as the registry knows it.
  func caller(_ options: WriteOptions, _ registry: ObjectRegistry) -> Caller {
    Caller(
      user: user, manager: WriteOptions.manager(options.fieldManager, self), warn: { self.warn($0) },
      annotate: { self.annotate($0, $1) }, annotateContent: { self.annotateContent($0, $1) },
      deadline: deadline,
      mayCreate: { name in
        var info = self.info
        info.verb = "create"
        info.name = name
        try await Authorize(context: self, authorizer: registry.authorizer).check(info)
      })
  }
}
