import Authentication
import Authorization
import HTTPService
import Schema
import Values

/// Resources that are only asked, never kept: access reviews, token reviews, component statuses.
struct VirtualResources: Sendable {
  let authorizer: any Authorizer
  let rules: any RuleResolver
  let tokenReviewer: TokenReviewer

  /// - Returns: nil where the resource is one whose objects are stored.
  func route(_ context: RequestContext, _ resource: APIResource) async throws(StatusError) -> HTTPResponse? {
    guard !resource.isStored else { return nil }
    if resource.name == "componentstatuses" { return try componentStatuses(context, resource) }
    guard context.info.verb == "create", context.info.parts.count == 1 else { throw .methodNotAllowed }
    if resource.groupResource.description == "bindings" {
      return try await BindingEndpoint(context: context, registry: context.registry).bind()
    }
    return try await review(context, resource)
  }

  /// Reads the review, has it answered, and sends it back with the answer in its status.
  private func review(_ context: RequestContext, _ resource: APIResource) async throws(StatusError)
    -> HTTPResponse
  {
    guard let scope = context.served.scope(resource) else { throw .pathNotFound }
    var sent = try await SentObject(context, scope)
    let namespace = context.info.namespace(of: scope)
    try sent.matchNamespace(namespace)
    let admitted = try await context.registry.admitPosted(
      sent.value, scope, namespace: namespace, name: "", options: sent.options,
      caller: context.caller(sent.options, context.registry))
    let answered = try await answer(admitted, context, resource)
    return try Answer(context: context).object(answered, code: 201, scope: scope, format: sent.format)
  }

  private func answer(
    _ object: Value, _ context: RequestContext, _ resource: APIResource
  ) async throws(StatusError) -> Value {
    var object = object
    switch resource.kind {
    case "SubjectAccessReview", "SelfSubjectAccessReview", "LocalSubjectAccessReview":
      object["status"] = try await accessReview(object, resource.kind, context)
      return object
    case "SelfSubjectRulesReview":
      let status = try await RulesReviewer(resolver: rules).selfSubjectRulesReview(object, user: context.user)
      // The real server answers with a new object: the question is not sent back.
      return [
        "kind": .string(resource.kind), "apiVersion": .string(resource.groupVersion.apiVersion),
        "metadata": [:], "spec": [:], "status": status,
      ]
    case "TokenReview":
      var notes = AuthenticationNotes()
      defer {
        for warning in notes.warnings { context.warn(warning) }
        for (key, value) in notes.auditAnnotations { context.annotate(key, value) }
      }
      object["status"] = try await tokenReviewer.review(object["spec"], &notes)
      return object
    case "SelfSubjectReview":
      object["metadata", default: [:]]["creationTimestamp"] = .string(Timestamp.now.rfc3339)
      object["status"] = SelfSubjectReview.status(context.user)
      return object
    default: throw .methodNotAllowed
    }
  }

  private func accessReview(_ object: Value, _ kind: String, _ context: RequestContext)
    async throws(StatusError) -> Value
  {
    let reviewer = AccessReviewer(authorizer: authorizer)
    switch kind {
    case "SubjectAccessReview": return try await reviewer.subjectAccessReview(object)
    case "LocalSubjectAccessReview":
      return try await reviewer.localSubjectAccessReview(object, namespace: context.info.namespace)
    default: return try await reviewer.selfSubjectAccessReview(object, user: context.user)
    }
  }

  /// The kind has been deprecated for long and tells of components that are not part of this process.
  private func componentStatuses(_ context: RequestContext, _ resource: APIResource) throws(StatusError)
    -> HTTPResponse
  {
    guard let scope = context.served.scope(resource) else { throw .pathNotFound }
    let format = try OutputFormat(context)
    switch context.info.verb {
    case "list" where context.info.parts.count == 1:
      if case .table(let version) = format.transform {
        return Answer(context: context).encode(
          try Tables.table([], scope: scope, version: version, metadata: [:], context: context), code: 200,
          format: format)
      }
      return Answer(context: context).encode(
        ListBytes.value([], scope: scope, metadata: [:]), code: 200, format: format)
    case "get": throw .notFound(resource.groupResource, context.info.name)
    default: throw .methodNotAllowed
    }
  }
}
