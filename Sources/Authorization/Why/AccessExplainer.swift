import Authentication
import Schema
import Values

/// Answers "why?" for a SubjectAccessReview-shaped question.
public struct AccessExplainer: Sendable {
  private let authorizer: any Authorizer
  private let index: RBACIndex

  /// - Parameters:
  ///   - authorizer: who decides on requests.
  ///   - index: the roles and bindings, which are looked through where RBAC is among those asked.
  public init(authorizer: any Authorizer, index: RBACIndex) {
    self.authorizer = authorizer
    self.index = index
  }

  /// Answers the question in the `spec` of a review.
  /// - Throws: 422 where the question is not complete.
  public func explain(_ review: Value) async throws(StatusError) -> AccessExplanation {
    let spec = AccessReviewSpec(review)
    let errors = spec.errors(needsSubject: true)
    if !errors.isEmpty {
      throw .invalid(GroupKind(group: "authorization.k8s.io", kind: ""), "", errors)
    }
    let (attributes, problems) = spec.attributes(user: spec.user)
    var explanation = await explain(attributes)
    explanation.hints += problems
    return explanation
  }

  public func explain(_ attributes: AuthorizationAttributes) async -> AccessExplanation {
    let decision = await authorizer.authorize(attributes)
    var explanation = AccessExplanation(
      attributes: attributes, decision: decision, nearest: [], remedy: nil, hints: [])
    if decision.isAllowed { return explanation }
    if let error = decision.error { explanation.hints.append("an authorizer failed: \(error)") }
    guard decision.steps.contains(where: { $0.authorizer == "RBAC" }) else {
      explanation.hints.append(
        decision.verdict == .deny
          ? "\(decision.authorizer) denied it before RBAC was asked: no role can help"
          : "RBAC is not among the authorizers: roles and bindings count for nothing here")
      return explanation
    }
    if decision.verdict == .deny {
      explanation.hints.append(
        "\(decision.authorizer) denied it: a role helps only where an earlier one allows")
      return explanation
    }
    let contents = index.contents
    explanation.nearest = NearestRules(attributes, contents).find()
    let namespace = attributes.isResourceRequest ? attributes.namespace : ""
    explanation.remedy = AccessRemedy(attributes) { name in
      contents.has(name, namespace: namespace)
    }
    explanation.hints += Self.hints(attributes)
    return explanation
  }

  private static func hints(_ attributes: AuthorizationAttributes) -> [String] {
    var hints: [String] = []
    let groups = attributes.user.groups
    if ServiceAccountIdentity(username: attributes.user.name) != nil {
      if !groups.contains(SystemName.serviceAccountsGroup) {
        hints.append(
          "a service account's requests also carry the groups of service accounts: add them to ask alike")
      }
    } else if groups.isEmpty {
      hints.append("asked without groups: what is bound to the user's groups does not count")
    }
    return hints
  }
}

extension RBACIndex.Contents {
  /// Whether a role or a binding has the name.
  func has(_ name: String, namespace: String) -> Bool {
    let kind: RoleReference.Kind = namespace.isEmpty ? .clusterRole : .role
    return roles[RoleReference(kind: kind, namespace: namespace, name: name)] != nil
      || bindings.contains { $0.key == BindingKey(namespace: namespace, name: name) }
  }
}
