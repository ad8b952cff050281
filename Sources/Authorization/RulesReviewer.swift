import Authentication
import Schema
import Values

/// Answers "what may I do in this namespace?" (authorization.k8s.io/v1 SelfSubjectRulesReview).
public struct RulesReviewer: Sendable {
  private let resolver: any RuleResolver

  public init(resolver: any RuleResolver) { self.resolver = resolver }

  /// The status of the review for the caller. Being in `system:masters` shows only through its bindings.
  /// - Throws: 400 without a namespace.
  public func selfSubjectRulesReview(_ review: Value, user: UserInfo) async throws(StatusError) -> Value {
    guard let namespace = review[path: "spec", "namespace"]?.string, !namespace.isEmpty else {
      throw .badRequest("no namespace on request")
    }
    let found = await resolver.rules(for: user, namespace: namespace)
    var status: Object = [
      "resourceRules": .array(found.resourceRules.map(Self.resourceRule)),
      "nonResourceRules": .array(found.nonResourceRules.map(Self.nonResourceRule)),
      "incomplete": .bool(found.isIncomplete),
    ]
    if let error = aggregated(found.errors) { status["evaluationError"] = .string(error) }
    return .object(status)
  }

  private static func resourceRule(_ rule: PolicyRule) -> Value {
    var rule = rule
    rule.nonResourceURLs = []
    return rule.value
  }

  private static func nonResourceRule(_ rule: PolicyRule) -> Value {
    PolicyRule(verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs).value
  }
}
