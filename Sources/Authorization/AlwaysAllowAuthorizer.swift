import Authentication

/// The mode `AlwaysAllow`: everybody may do everything.
public struct AlwaysAllowAuthorizer: Authorizer, RuleResolver {
  public init() {}

  public func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision {
    AuthorizationDecision(.allow, authorizer: "AlwaysAllow")
  }

  public func rules(for user: UserInfo, namespace: String) async -> RuleResolution {
    RuleResolution(
      resourceRules: [PolicyRule(verbs: ["*"], apiGroups: ["*"], resources: ["*"])],
      nonResourceRules: [PolicyRule(verbs: ["*"], nonResourceURLs: ["*"])])
  }
}
