import Authentication

/// The mode `RBAC`: what the roles bound to the user allow (Kubernetes documentation, Using RBAC
/// Authorization).
public struct RBACAuthorizer: Authorizer, RuleResolver {
  private let index: RBACIndex

  public init(index: RBACIndex) { self.index = index }

  public func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision {
    let (grant, errors) = index.decide(attributes)
    guard let grant else {
      return AuthorizationDecision(
        .noOpinion, reason: aggregated(errors).map { "RBAC: \($0)" } ?? "", authorizer: "RBAC")
    }
    let binding = grant.binding
    let position = binding.position(of: attributes.user) ?? 0
    return AuthorizationDecision(
      .allow, reason: binding.reasons[position], authorizer: "RBAC",
      grant: RBACGrant(
        bindingNamespace: binding.key.namespace, bindingName: binding.key.name, role: binding.role,
        subject: binding.subjects[position], rule: grant.rule))
  }

  /// Every binding that concerns the request's user, in the order in which they are looked at, and whether
  /// its role allows the request: the long answer to "why?".
  public func considered(_ attributes: AuthorizationAttributes) -> [RBACConsidered] {
    let combined = attributes.combinedResource
    let namespace = attributes.isResourceRequest ? attributes.namespace : ""
    return index.candidates(attributes.user, namespace: namespace).map { candidate in
      RBACConsidered(
        bindingNamespace: candidate.binding.key.namespace, bindingName: candidate.binding.key.name,
        role: candidate.binding.role, subject: candidate.subject, isRoleMissing: candidate.role == nil,
        rule: candidate.role?.firstRule(allowing: attributes, combinedResource: combined))
    }
  }

  public func rules(for user: UserInfo, namespace: String) async -> RuleResolution {
    let (rules, errors) = index.allRules(for: user, namespace: namespace)
    return RuleResolution(
      resourceRules: rules.filter { !$0.resources.isEmpty },
      nonResourceRules: rules.filter { !$0.nonResourceURLs.isEmpty }, errors: errors)
  }
}
