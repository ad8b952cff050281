import Authorization

/// Which requests are recorded, and how much of them (audit.k8s.io/v1 Policy).
public struct AuditPolicy: Sendable, Equatable {
  /// Resources of one API group.
  public struct GroupResources: Sendable, Equatable {
    /// Empty for the core group.
    public var group = ""
    /// `pods`, `pods/log`, `pods/*`, `*/status` or `*`; empty for all of the group.
    public var resources: [String] = []
    /// Names of objects; empty for all.
    public var resourceNames: [String] = []

    public init() {}
  }

  /// A rule: what it applies to, and the level. Empty lists hold for everything.
  public struct Rule: Sendable, Equatable {
    public var level = AuditLevel.none
    public var users: [String] = []
    public var userGroups: [String] = []
    public var verbs: [String] = []
    public var resources: [GroupResources] = []
    /// An empty name stands for what is in no namespace.
    public var namespaces: [String] = []
    /// Paths; a `*` at the end stands for any rest.
    public var nonResourceURLs: [String] = []
    public var omitStages: Set<AuditStage> = []
    /// Nil for what the policy says.
    public var omitManagedFields: Bool?

    public init() {}
  }

  /// The first rule that matches decides.
  public var rules: [Rule] = []
  /// Stages of which no rule makes events.
  public var omitStages: Set<AuditStage> = []
  public var omitManagedFields = false

  public init() {}

  /// What is recorded of one request.
  public struct Verdict: Sendable, Equatable {
    public var level: AuditLevel
    public var omitStages: Set<AuditStage>
    public var omitManagedFields: Bool
  }

  /// What is recorded of a request; nothing where no rule matches.
  public func verdict(_ request: AuthorizationAttributes) -> Verdict {
    guard let rule = rules.first(where: { $0.matches(request) }) else {
      return Verdict(level: .none, omitStages: omitStages, omitManagedFields: omitManagedFields)
    }
    return Verdict(
      level: rule.level, omitStages: omitStages.union(rule.omitStages),
      omitManagedFields: rule.omitManagedFields ?? omitManagedFields)
  }
}

extension AuditPolicy.Rule {
  /// Whether the rule applies to a request.
  public func matches(_ request: AuthorizationAttributes) -> Bool {
    if !users.isEmpty, !users.contains(request.user.name) { return false }
    if !userGroups.isEmpty, !userGroups.contains(where: request.user.groups.contains) { return false }
    if !verbs.isEmpty, !verbs.contains(request.verb) { return false }
    if !namespaces.isEmpty || !resources.isEmpty {
      guard request.isResourceRequest else { return false }
      if !namespaces.isEmpty, !namespaces.contains(request.namespace) { return false }
      return resources.isEmpty || resources.contains { $0.matches(request) }
    }
    if !nonResourceURLs.isEmpty {
      return !request.isResourceRequest && nonResourceURLs.contains { Self.matches(request.path, $0) }
    }
    return true
  }

  private static func matches(_ path: String, _ pattern: String) -> Bool {
    guard pattern.hasSuffix("*") else { return path == pattern }
    return path.hasPrefix(pattern.dropLast())
  }
}

extension AuditPolicy.GroupResources {
  func matches(_ request: AuthorizationAttributes) -> Bool {
    guard group == request.apiGroup || group == "*" else { return false }
    if resources.isEmpty { return true }
    guard resourceNames.isEmpty || resourceNames.contains(request.name) else { return false }
    return resources.contains { Self.matches(request, $0) }
  }

  private static func matches(_ request: AuthorizationAttributes, _ pattern: String) -> Bool {
    if pattern == "*" { return true }
    if request.subresource.isEmpty {
      // `pods/*` holds for pods themselves too, as in the real server.
      return pattern == request.resource || pattern == "\(request.resource)/*"
    }
    return pattern == "\(request.resource)/\(request.subresource)" || pattern == "*/\(request.subresource)"
      || pattern == "\(request.resource)/*"
  }
}
