import Authentication

/// Asks authorizers in the configured order; the first who allows or denies decides
/// (k8s.io/apiserver/pkg/authorization/union).
public struct UnionAuthorizer: Authorizer, RuleResolver {
  private let authorizers: [any Authorizer]
  private let resolvers: [any RuleResolver]

  /// - Parameter authorizers: in order; members of `system:masters` are let through before any is asked.
  public init(_ authorizers: [any Authorizer]) {
    self.authorizers = [PrivilegedGroupAuthorizer()] + authorizers
    resolvers = authorizers.compactMap { $0 as? any RuleResolver }
  }

  public func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision {
    var steps: [AuthorizationDecision.Step] = []
    var errors: [String] = []
    for authorizer in authorizers {
      var decision = await authorizer.authorize(attributes)
      steps.append(.init(authorizer: decision.authorizer, verdict: decision.verdict, reason: decision.reason))
      if decision.verdict != .noOpinion {
        decision.steps = steps
        return decision
      }
      if let error = decision.error { errors.append(error) }
    }
    let reasons = steps.map(\.reason).filter { !$0.isEmpty }
    return AuthorizationDecision(
      .noOpinion, reason: reasons.joined(separator: "\n"), error: aggregated(errors), authorizer: "union",
      steps: steps)
  }

  public func rules(for user: UserInfo, namespace: String) async -> RuleResolution {
    var all = RuleResolution()
    for resolver in resolvers { all.append(await resolver.rules(for: user, namespace: namespace)) }
    return all
  }
}

/// Lets members of a group do everything, `system:masters` by default: how a cluster is repaired when its
/// policy locks everybody out (k8s.io/apiserver/pkg/authorization/authorizerfactory).
public struct PrivilegedGroupAuthorizer: Authorizer {
  private let group: String

  public init(_ group: String = SystemName.mastersGroup) { self.group = group }

  public func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision {
    AuthorizationDecision(
      attributes.user.groups.contains(group) ? .allow : .noOpinion, authorizer: "PrivilegedGroup")
  }
}
