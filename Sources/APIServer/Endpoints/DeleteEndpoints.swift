import HTTPService
import Schema
import Values

/// delete and deletecollection of a resource.
struct DeleteEndpoints {
  let context: RequestContext
  let scope: ResourceScope
  let registry: ObjectRegistry

  func delete() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let (options, value) = try await readOptions()
    let result = try await registry.delete(
      scope, namespace: context.info.namespace(of: scope), name: context.info.name, options: options,
      optionsValue: value, caller: caller)
    let answer = Answer(context: context)
    switch result {
    case .pending(let object): return try answer.object(object, scope: scope, format: format)
    case .deleted(let object) where scope.rules.returnsDeletedObject:
      return try answer.object(object, scope: scope, format: format)
    case .deleted(let object):
      var details: Object = [
        "name": .string(context.info.name), "kind": .string(scope.resource.name),
      ]
      if !scope.kind.group.isEmpty { details["group"] = .string(scope.kind.group) }
      details["uid"] = object["metadata"]?["uid"]
      return answer.encode(
        [
          "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
          "details": .object(details),
        ], code: 200, format: format)
    }
  }

  func deleteCollection() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let query = ListQuery(scope: scope, options: try ListOptions(context), context: context)
    try query.checkFields()
    let (options, value) = try await readOptions()
    let page = try query.page(registry.store)
    for object in page.objects {
      do {
        _ = try await registry.delete(
          scope, namespace: object.key.namespace, name: object.key.name, options: options,
          optionsValue: value, caller: caller, isNamed: false)
      } catch {
        // Somebody else was quicker: that is what was asked for.
        if error.code != 404 { throw error }
      }
    }
    // The objects are shown as they were found.
    return try Answer(context: context).list(
      try await scope.read(page.objects.map(\.value)), metadata: page.metadata, scope: scope, format: format)
  }

  private var caller: Caller { Caller(context) }

  private func readOptions() async throws(StatusError) -> (DeleteOptions, Value) {
    let decoder = BodyDecoder(context: context)
    let bytes = try await decoder.bytes()
    guard !bytes.isEmpty else {
      let value = try DeleteOptions.fromQuery(context)
      return (try DeleteOptions(context, body: value), value)
    }
    let encoding = try decoder.encoding()
    let body: BodyDecoder.Body
    do throws(BodyDecoder.Unreadable) {
      body = try decoder.read(bytes, encoding, defaultKind: DeleteOptions.kind)
    } catch {
      throw .badRequest(error.message)
    }
    let value = try DeleteOptions.decoded(body.value, context)
    context.audit?.brings(value)
    return (try DeleteOptions(context, body: value), value)
  }
}
