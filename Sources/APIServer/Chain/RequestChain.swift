import Audit
import Authentication
import Authorization
import HTTPService
import Schema
import Tracing
import Values

extension APIServer: HTTPResponder {
  /// Answers a request: see ``carryOut(_:)`` for its way.
  public func respond(to http: HTTPRequest) async -> HTTPResponse {
    let info = RequestInfo(method: http.method, path: http.path) { name in http.queryValue(name) }
    let context = RequestContext(
      http: http, info: info, auditID: AuditID.of(http), served: served, registry: registry)
    let end = RequestEnd(context, metrics, requestLog)
    var answer = await context.trace.run { await self.answer(context) }
    if let flow = context.flow {
      answer.headers.add(name: "X-Kubernetes-Pf-Flowschema-Uid", value: flow.schemaUID)
      answer.headers.add(name: "X-Kubernetes-Pf-Prioritylevel-Uid", value: flow.levelUID)
    }
    // Where the request's trace can be found.
    if let trace = context.trace.recorded {
      answer.headers.replaceOrAdd(name: "traceparent", value: trace.traceparent)
    }
    // HTTP/2 is dear to serve: who does not say who it is gets one request a connection.
    if http.version.major == 2, context.isUnknownClient {
      answer.headers.replaceOrAdd(name: "Connection", value: "close")
    }
    return await end.of(answer)
  }

  private func answer(_ context: RequestContext) async -> HTTPResponse {
    do {
      // How long?
      return try await RequestDeadline(context, maximum: requestTimeout).run { () throws(StatusError) in
        try await self.carryOut(context)
      }
    } catch {
      return Answer(context: context).status(error)
    }
  }

  /// The way of a request, top to bottom. Each stage either lets it pass or answers in its place.
  private func carryOut(_ original: RequestContext) async throws(StatusError) -> HTTPResponse {
    let info = original.info
    var clock = StageClock(metrics, original.trace)
    // Who?
    original.user = try await authenticate(original)
    // Nothing further on sees the credential.
    let context = Credentials.removed(from: original, requestHeader: requestHeader)
    context.isUnknownClient = context.user.name == SystemName.anonymous
    // Part of which trace?
    context.beginTrace(tracer)
    clock.lap(.authentication)
    // What is to be recorded of it?
    try await beginAudit(context)
    clock.lap(.audit)
    // As whom?
    context.user = try await RequestTrace.span("impersonation", .impersonation) { () throws(StatusError) in
      try await impersonate(context)
    }
    clock.lap(.impersonation)
    // Now?
    let answer = try await flowControl.run(context) { () throws(StatusError) in
      // May they?
      try await Authorize(context: context, authorizer: authorizer, metrics: metrics).check(info)
      // The resource: decode, convert, default; admission; store; encode.
      return try await RequestTrace.span(context.info.operationName) { () throws(StatusError) in
        try await router.route(context)
      }
    }
    return answer ?? FlowControl.refusal(context)
  }

  /// Who sent the request.
  /// - Throws: 401.
  private func authenticate(_ context: RequestContext) async throws(StatusError) -> UserInfo {
    let request = AuthenticationRequest(context.http)
    var notes = AuthenticationNotes()
    let start = ContinuousClock.now
    let result: AuthenticationResult?
    var outcome = StageMetrics.Authentication.failure
    do throws(AuthenticationError) {
      result = try await authenticator.authenticate(request, &notes)
    } catch {
      result = nil
      outcome = .error
      didFailToAuthenticate(error)
    }
    for warning in notes.warnings { context.warn(warning) }
    for (key, value) in notes.auditAnnotations { context.annotate(key, value) }
    guard let result else {
      metrics.stages.record(outcome, start.duration(to: .now), user: nil)
      if let auditor { await recordFailure(context, auditor) }
      throw .unauthorized
    }
    if let meant = result.audiences, !apiAudiences.isEmpty, !meant.contains(where: apiAudiences.contains) {
      metrics.stages.record(.error, start.duration(to: .now), user: nil)
      didFailToAuthenticate(
        AuthenticationError(
          "unable to match the audience: [\(meant.joined(separator: " "))] , "
            + "accepted: [\(apiAudiences.joined(separator: " "))]"))
      if let auditor { await recordFailure(context, auditor) }
      throw .unauthorized
    }
    metrics.stages.record(.success, start.duration(to: .now), user: result.user.name)
    return result.user
  }

  /// Records that somebody tried to log in and failed.
  private func recordFailure(_ context: RequestContext, _ auditor: Auditor) async {
    let audit = RequestAudit(auditor, context)
    let message = FailedAuthentication.message(context.http)
    await audit?.record(.responseStarted, context, .init(code: 401, message: message))
  }

  /// Begins the record of a request.
  /// - Throws: 500 where it has to be kept and can't be.
  private func beginAudit(_ context: RequestContext) async throws(StatusError) {
    guard let auditor, let audit = RequestAudit(auditor, context) else { return }
    guard await audit.record(.requestReceived, context) else {
      audit.countRejected()
      throw .internalError("failed to store audit event")
    }
    context.audit = audit
  }

  /// As whom the request is to be carried out: the client, or who it impersonates if it may.
  /// - Throws: 400 for headers that make no sense, 403 where it may not.
  private func impersonate(_ context: RequestContext) async throws(StatusError) -> UserInfo {
    let headers = context.http.headers.filter { HeaderFields.begins($0.name, with: "Impersonate-") }
    if headers.isEmpty { return context.user }
    let fields = HeaderFields(headers.map { (name: $0.name, value: $0.value) })
    guard let asked = try ImpersonationRequest(fields) else { return context.user }
    let attributes = AuthorizationAttributes(context.info, user: context.user)
    let outcome = try await impersonation.impersonate(asked, attributes)
    context.audit?.impersonates(outcome.user, constraint: outcome.constraint)
    return outcome.user
  }
}

extension AuthenticationRequest {
  init(_ http: HTTPRequest) {
    var headers = HeaderFields()
    headers.reserveCapacity(http.headers.count)
    for (name, value) in http.headers { headers.append(name, value) }
    self.init(
      path: http.path, headers: headers, peerCertificates: http.connection.tls?.peerCertificates ?? [])
  }
}

/// `Audit-ID`: what ties a request to its audit events.
enum AuditID {
  /// The client's, if it is fit to be printed, else a new one.
  static func of(_ http: HTTPRequest) -> String {
    let given = http.headers.first(name: "Audit-ID") ?? ""
    let isFit = !given.isEmpty && given.utf8.count <= 64 && given.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    return isFit ? given : RandomText.uuid()
  }
}
