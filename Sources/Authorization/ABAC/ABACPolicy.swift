import Authentication

/// One line of a policy file (abac.authorization.kubernetes.io/v1beta1 Policy; Kubernetes documentation, Using
/// ABAC Authorization). An empty member matches nothing, `*` everything.
public struct ABACPolicy: Sendable, Equatable {
  /// Whom it is about: a user, a group, or a user who is in the group.
  public var user = ""
  public var group = ""
  /// Only `get`, `list` and `watch`.
  public var isReadOnly = false
  public var apiGroup = ""
  /// Without a subresource: a resource stands for all of its own.
  public var resource = ""
  /// Empty stands for requests about the whole cluster.
  public var namespace = ""
  /// A path, or the beginning of one before a `*`.
  public var nonResourcePath = ""

  public init() {}

  static let readOnlyVerbs = ["get", "list", "watch"]

  /// Whether the policy allows the request.
  public func allows(_ attributes: AuthorizationAttributes) -> Bool {
    guard concerns(attributes.user) else { return false }
    if isReadOnly, !Self.readOnlyVerbs.contains(attributes.verb) { return false }
    guard attributes.isResourceRequest else {
      return PolicyRule.url(nonResourcePath, covers: attributes.path)
    }
    return Self.matches(namespace, attributes.namespace) && Self.matches(resource, attributes.resource)
      && Self.matches(apiGroup, attributes.apiGroup)
  }

  /// Whether the policy is about the user. Where it names both, the user must be both.
  func concerns(_ user: UserInfo) -> Bool {
    if self.user.isEmpty, group.isEmpty { return false }
    let isUser = self.user.isEmpty || Self.matches(self.user, user.name)
    return isUser && (group.isEmpty || group == "*" || user.groups.contains(group))
  }

  private static func matches(_ pattern: String, _ text: String) -> Bool { pattern == "*" || pattern == text }
}
