import Values

/// Compiles the match conditions of authorization webhooks: the one place where the expression language meets
/// authorization (k8s.io/apiserver pkg/authorization/cel).
public protocol AuthorizationConditionCompiler: Sendable {
  /// - Parameter expression: over `request`, a SubjectAccessReviewSpec of version v1; must be a bool.
  /// - Throws: why it can't be compiled: `compilation failed: …`, `must evaluate to bool`.
  func compile(
    _ expression: String
  ) throws(AuthorizationConfigurationError) -> any AuthorizationCondition
}

/// One compiled match condition.
public protocol AuthorizationCondition: Sendable {
  /// - Parameter spec: the review's `spec`, v1.
  /// - Throws: why it can't be told: a missing key, a cost limit.
  func matches(_ spec: Value) throws(AuthorizationConfigurationError) -> Bool
}

/// Stands where there is no expression language: every condition is an error.
public struct NoAuthorizationConditions: AuthorizationConditionCompiler {
  public init() {}

  public func compile(
    _ expression: String
  ) throws(AuthorizationConfigurationError) -> any AuthorizationCondition {
    throw AuthorizationConfigurationError(
      "expressions need the Common Expression Language, which this server has not got")
  }
}

/// The conditions of one webhook (KEP-3221): is it asked?
public struct AuthorizationMatchConditions: Sendable {
  private let conditions: [any AuthorizationCondition]

  public init(_ conditions: [any AuthorizationCondition]) { self.conditions = conditions }

  /// Asked where all are true, not asked where one is false; where none is, but some can't be told, that is a
  /// failure.
  /// - Parameter spec: of the SubjectAccessReview, v1.
  public func match(_ spec: Value) -> WebhookAuthorizer.Match {
    var errors: [String] = []
    for condition in conditions {
      do throws(AuthorizationConfigurationError) {
        if try !condition.matches(spec) { return .excluded }
      } catch {
        errors.append(error.description)
      }
    }
    return aggregated(errors).map(WebhookAuthorizer.Match.failed) ?? .matches
  }
}
