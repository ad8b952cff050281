import Authentication

/// Decides whether a request may be made.
public protocol Authorizer: Sendable {
  func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision
}

/// Tells what a user may do in a namespace, as far as it can be listed.
public protocol RuleResolver: Sendable {
  func rules(for user: UserInfo, namespace: String) async -> RuleResolution
}

/// The answer to "what may I do?": rules as they are written, not merged.
public struct RuleResolution: Sendable, Equatable {
  public var resourceRules: [PolicyRule]
  public var nonResourceRules: [PolicyRule]
  /// Whether there may be more that could not be listed.
  public var isIncomplete: Bool
  public var errors: [String]

  public init(
    resourceRules: [PolicyRule] = [], nonResourceRules: [PolicyRule] = [], isIncomplete: Bool = false,
    errors: [String] = []
  ) {
    self.resourceRules = resourceRules
    self.nonResourceRules = nonResourceRules
    self.isIncomplete = isIncomplete
    self.errors = errors
  }

  mutating func append(_ other: RuleResolution) {
    resourceRules += other.resourceRules
    nonResourceRules += other.nonResourceRules
    isIncomplete = isIncomplete || other.isIncomplete
    errors += other.errors
  }
}

/// What an authorizer decided, and why.
public struct AuthorizationDecision: Sendable, Equatable {
  public enum Verdict: Sendable, Equatable {
    case allow
    case deny
    /// Left to the next authorizer; where there is none, the request is refused.
    case noOpinion
  }

  /// What one authorizer of several said.
  public struct Step: Sendable, Equatable {
    public var authorizer: String
    public var verdict: Verdict
    public var reason: String
  }

  public var verdict: Verdict
  /// For clients and the audit log; may be empty.
  public var reason: String
  /// Why the authorizer could not look at everything; it may have allowed the request all the same.
  public var error: String?
  /// The authorizer that decided, by its mode: `RBAC`, `Node`, …
  public var authorizer: String
  /// The binding and the rule that allowed the request, where RBAC did.
  public var grant: RBACGrant?
  /// All who were asked, in order; empty where only one was.
  public var steps: [Step]

  public init(
    _ verdict: Verdict, reason: String = "", error: String? = nil, authorizer: String,
    grant: RBACGrant? = nil,
    steps: [Step] = []
  ) {
    self.verdict = verdict
    self.reason = reason
    self.error = error
    self.authorizer = authorizer
    self.grant = grant
    self.steps = steps
  }

  public var isAllowed: Bool { verdict == .allow }
}

/// Errors as Go prints several of them together: one as it is, more as `[a, b]`, each text once.
func aggregated(_ errors: [String]) -> String? {
  var seen = Set<String>()
  let distinct = errors.filter { seen.insert($0).inserted }
  guard let first = distinct.first else { return nil }
  return distinct.count == 1 ? first : "[\(distinct.joined(separator: ", "))]"
}
