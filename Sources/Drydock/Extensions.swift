import Admission
import Authentication
import Authorization

/// What an embedding program adds to the server (docs/extending.md).
public struct Extensions: Sendable {
  /// Asked who sent a request when all of the server's own know nobody, before it counts as anonymous.
  public var authenticators: [any RequestAuthenticator] = []
  /// Asked whose a bearer token is when all of the server's own don't know it. A success is remembered for ten
  /// seconds.
  public var tokenAuthenticators: [any TokenAuthenticator] = []
  /// Asked whether a request may be made, after the group `system:masters` and before the configured ones.
  public var authorizers: [any Authorizer] = []

  /// Plugins that change or refuse writes, in the order given: after the server's own and before webhooks,
  /// policies and quotas. Their names may stand in `disabledAdmissionPlugins`.
  public var admissionPlugins: [any AdmissionPlugin] = []

  public init() {}
}
