import Authorization
import Schema

extension ObjectRegistry {
  /// Who may only get is not let into a pod: an upgrade by GET needs create as well (KEP-4006, "synthetic RBAC
  /// CREATE authorization check").
  /// - Throws: 403.
  func requireCreate(_ context: RequestContext) async throws(StatusError) {
    guard context.info.verb == "get" else { return }
    var info = context.info
    info.verb = "create"
    let attributes = AuthorizationAttributes(info, user: context.user)
    let decision = await authorizer.authorize(attributes)
    guard decision.isAllowed else { throw .refused(attributes, decision, uri: context.http.target) }
  }
}
