import Authentication

/// The mode `AlwaysDeny`: nobody is allowed anything by it; for tests.
public struct AlwaysDenyAuthorizer: Authorizer, RuleResolver {
  public init() {}

  public func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision {
    AuthorizationDecision(.noOpinion, reason: "Everything is forbidden.", authorizer: "AlwaysDeny")
  }

  public func rules(for user: UserInfo, namespace: String) async -> RuleResolution { RuleResolution() }
}
