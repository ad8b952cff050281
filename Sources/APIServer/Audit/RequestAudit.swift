import Audit
import Authentication
import Authorization
import HTTPService
import Schema
import Synchronization
import Values

/// The audit of one request: what it tells of itself on its way is kept here, and at each stage an event is
/// made of it. There is none where the policy records nothing.
final class RequestAudit: Sendable {
  private struct State {
    var impersonatedUser: UserInfo?
    var constraint: String?
    var request: AuditBody?
    /// What the request's object says of itself.
    var name = ""
    var namespace = ""
    var uid = ""
    var resourceVersion = ""
  }

  private let auditor: Auditor
  private let verdict: AuditPolicy.Verdict
  /// Who sent the request: impersonation comes later.
  private let user: UserInfo
  private let state = Mutex(State())

  /// - Returns: nil where the policy records nothing of the request.
  init?(_ auditor: Auditor, _ context: RequestContext) {
    user = context.user
    verdict = auditor.verdict(AuthorizationAttributes(context.info, user: user))
    guard verdict.level > .none else { return nil }
    self.auditor = auditor
  }

  /// Whether the events have the request's object.
  var keepsObjects: Bool { verdict.level >= .request }

  func impersonates(_ user: UserInfo, constraint: String?) {
    state.withLock { state in
      state.impersonatedUser = user
      state.constraint = constraint
    }
  }

  /// The object that the request brought, decoded and with its defaults.
  func brings(_ object: Value) {
    let metadata = object["metadata"]
    state.withLock { state in
      if keepsObjects { state.request = .value(object) }
      state.name = metadata?["name"]?.string ?? ""
      state.namespace = metadata?["namespace"]?.string ?? ""
      state.uid = metadata?["uid"]?.string ?? ""
      state.resourceVersion = metadata?["resourceVersion"]?.string ?? ""
    }
  }

  /// The patch that the request brought, as it was sent.
  func brings(patch: [UInt8], _ encoding: AuditBody.Encoding) {
    if keepsObjects { state.withLock { $0.request = .bytes(patch, encoding) } }
  }

  /// Records a stage.
  /// - Returns: false where the event was lost and the request must for that be refused.
  @discardableResult
  func record(
    _ stage: AuditStage, _ context: RequestContext, _ response: AuditEvent.Response? = nil
  ) async -> Bool {
    if verdict.omitStages.contains(stage) { return true }
    return await auditor.record(event(stage, context, response))
  }

  /// The first event of a request could not be kept.
  func countRejected() { auditor.countRejected() }

  private func event(
    _ stage: AuditStage, _ context: RequestContext, _ response: AuditEvent.Response?
  ) -> AuditEvent {
    let info = context.info
    var event = AuditEvent(
      level: verdict.level, auditID: context.auditID, requestURI: context.loggedTarget, verb: info.verb,
      user: user)
    let state = state.withLock { $0 }
    event.stage = stage
    event.impersonatedUser = state.impersonatedUser
    event.impersonationConstraint = state.constraint
    event.sourceIPs = SourceAddresses.of(context.http)
    event.userAgent = context.http.headers.first(name: "User-Agent") ?? ""
    if info.isResourceRequest {
      event.objectReference = .init(
        resource: info.resource, namespace: info.namespace.isEmpty ? state.namespace : info.namespace,
        name: info.name.isEmpty ? state.name : info.name, uid: state.uid, apiGroup: info.apiGroup,
        apiVersion: info.apiVersion, resourceVersion: state.resourceVersion, subresource: info.subresource)
    }
    event.response = response
    event.requestObject = state.request
    event.requestReceived = context.received
    event.stageTime = stage == .requestReceived ? context.received : .now
    event.annotations = context.annotations
    event.omitsManagedFields = verdict.omitManagedFields
    return event
  }
}

extension AuditEvent.Response {
  /// What an answer tells; its body is looked at when the event is written.
  init(_ response: HTTPResponse, isAPI: Bool) {
    self.init(code: response.status)
    guard case .bytes(let bytes) = response.body else { return }
    guard isAPI else { return }
    let header = response.headers.first(name: "Content-Type") ?? ""
    // Most answers are of one of the types alone, without parameters.
    let type =
      OutputFormat.Encoding(rawValue: header)
      ?? MediaType(header).flatMap { OutputFormat.Encoding(rawValue: $0.essence) }
    let encoding: AuditBody.Encoding? =
      switch type {
      case .json: .json
      case .yaml: .yaml
      case .protobuf: .protobuf
      case nil: nil
      }
    if let encoding { body = .bytes(bytes, encoding) }
  }
}
