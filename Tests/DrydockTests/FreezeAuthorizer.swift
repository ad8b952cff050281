import Authorization
import Drydock

/// Lets nobody change anything in namespaces whose names begin with `frozen-`.
struct FreezeAuthorizer: Authorizer {
  func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision {
    let isReading = ["get", "list", "watch"].contains(attributes.verb)
    guard attributes.namespace.hasPrefix("frozen-"), !isReading else {
      // Nothing to say: the next one decides.
      return AuthorizationDecision(.noOpinion, authorizer: "Freeze")
    }
    // Nobody else is asked. The reason is what the client and the audit log are told.
    return AuthorizationDecision(.deny, reason: "the namespace is frozen", authorizer: "Freeze")
  }
}

/// Starts a server that keeps frozen namespaces as they are.
func startServerThatFreezes() async throws -> Drydock {
  var configuration = DrydockConfiguration()
  configuration.securePort = 0
  configuration.extensions.authorizers = [FreezeAuthorizer()]
  return try await Drydock.start(configuration)
}
