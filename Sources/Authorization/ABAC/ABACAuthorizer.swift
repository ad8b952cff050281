import Authentication

/// The mode `ABAC`: what the lines of a policy file allow. The file is read once; a change of it needs a
/// restart, as with the real server (Kubernetes documentation, Using ABAC Authorization).
public struct ABACAuthorizer: Authorizer, RuleResolver {
  private let policies: [ABACPolicy]

  /// - Parameter policies: in the order in which they are looked at.
  public init(_ policies: [ABACPolicy]) { self.policies = policies }

  public func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision {
    policies.contains { $0.allows(attributes) }
      ? AuthorizationDecision(.allow, authorizer: "ABAC")
      : AuthorizationDecision(.noOpinion, reason: "No policy matched.", authorizer: "ABAC")
  }

  public func rules(for user: UserInfo, namespace: String) async -> RuleResolution {
    var found = RuleResolution()
    for policy in policies
    where policy.concerns(user) && (policy.namespace == "*" || policy.namespace == namespace) {
      let verbs = policy.isReadOnly ? ABACPolicy.readOnlyVerbs : ["*"]
      if !policy.resource.isEmpty {
        found.resourceRules.append(
          PolicyRule(verbs: verbs, apiGroups: [policy.apiGroup], resources: [policy.resource]))
      }
      if !policy.nonResourcePath.isEmpty {
        found.nonResourceRules.append(PolicyRule(verbs: verbs, nonResourceURLs: [policy.nonResourcePath]))
      }
    }
    return found
  }
}
