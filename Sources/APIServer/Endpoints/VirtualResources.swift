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
      return try await BindingEndpoint(context: context, registry: context.registry).bind(resource)
    }
    return try await review(context, resource)
  }

  /// Reads the review, has it answered, and sends it back with the answer in its status.
  private func review(_ context: RequestContext, _ resource: APIResource) async throws(StatusError)
    -> HTTPResponse
  {
    guard let scope = context.served.scope(resource) else { throw .pathNotFound }
    let format = try OutputFormat(context)
    let decoder = BodyDecoder(context: context)
    let encoding = try decoder.encoding()
    let bytes = try await decoder.bytes()
    let options = try WriteOptions(context, .create)
    let objects = ObjectDecoder(context: context, scope: scope)
    var object = try objects.decode(
      try decoder.parse(bytes, encoding, expecting: objects.expected), validation: options.fieldValidation)
    try WriteEndpoints(context: context, scope: scope, registry: context.registry).matchNamespace(&object)
    let caller = context.caller(options, context.registry, scope)
    object = Ownership.update(live: nil, new: object, scope: scope, manager: caller.manager)
    var request = context.registry.admissionRequest(
      .create, scope, namespace: context.info.namespace(of: scope), name: "", object: object, old: nil,
      options: options.value(.create), isDryRun: options.isDryRun, caller: caller)
    try await context.registry.admit(&request)
    try await context.registry.admission.validate(request)
    let answered = try await answer(request.object ?? object, context, resource)
    return try Answer(context: context).object(answered, code: 201, scope: scope, format: format)
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
