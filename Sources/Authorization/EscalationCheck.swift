import Authentication
import Schema
import Values

/// Keeps users from granting more than they may do themselves when they write roles and bindings
/// (Kubernetes documentation, Privilege Escalation Prevention and Bootstrapping).
public struct EscalationCheck: Sendable {
  private let authorizer: any Authorizer
  private let index: RBACIndex

  public init(authorizer: any Authorizer, index: RBACIndex) {
    self.authorizer = authorizer
    self.index = index
  }

  /// Checks a Role or ClusterRole before it is written.
  ///
  /// - Parameters:
  ///   - old: the object as it is, nil where it is created.
  ///   - requestName: the name in the request's path; empty for a create.
  /// - Throws: 403 where the user lacks something that the role has, and the verb `escalate`.
  public func role(
    _ object: Value, old: Value?, resource: GroupResource, user: UserInfo, namespace: String,
    requestName: String
  ) async throws(StatusError) {
    if let old, Self.changesNothingButReferences(object, old) { return }
    if user.groups.contains(SystemName.mastersGroup) { return }
    if await isAllowed("escalate", resource, requestName, user, namespace) { return }
    let name = object[path: "metadata", "name"]?.string ?? ""
    if let text = excess(PolicyRule.list(object), user, namespace) { throw .forbidden(resource, name, text) }
    guard Self.isAggregating(object) || old.map(Self.isAggregating) == true else { return }
    // The selectors may gather anything later on.
    if excess(PolicyRule.fullAuthority, user, namespace) != nil {
      throw .forbidden(resource, name, "must have cluster-admin privileges to use the aggregationRule")
    }
  }

  /// Checks a RoleBinding or ClusterRoleBinding before it is written.
  ///
  /// - Parameters:
  ///   - old: the object as it is, nil where it is created.
  ///   - namespace: the binding's; empty for a ClusterRoleBinding.
  /// - Throws: 403 where the user lacks something that the role has, and the verb `bind`; 404 where the role
  ///   does not exist.
  public func binding(
    _ object: Value, old: Value?, resource: GroupResource, user: UserInfo, namespace: String
  ) async throws(StatusError) {
    if let old, Self.changesNothingButReferences(object, old) { return }
    if user.groups.contains(SystemName.mastersGroup) { return }
    guard let role = RoleReference(object["roleRef"], namespace: namespace) else {
      let kind = object[path: "roleRef", "kind"]?.string ?? ""
      throw .badRequest("unsupported role reference kind: \(GoText.quoted(kind))")
    }
    let roles: GroupResource = role.kind == .role ? .roles : .clusterRoles
    if await isAllowed("bind", roles, role.name, user, namespace) { return }
    guard let rules = index.rules(of: role) else { throw .notFound(resource, role.name) }
    if let text = excess(rules, user, namespace) {
      throw .forbidden(resource, object[path: "metadata", "name"]?.string ?? "", text)
    }
  }

  // MARK: -

  private func isAllowed(
    _ verb: String, _ resource: GroupResource, _ name: String, _ user: UserInfo, _ namespace: String
  ) async -> Bool {
    let attributes = AuthorizationAttributes(
      user: user, verb: verb, namespace: namespace, apiGroup: resource.group, apiVersion: "*",
      resource: resource.resource, name: name)
    return await authorizer.authorize(attributes).isAllowed
  }

  /// What the user would grant without having it, in words; nil where it has everything.
  private func excess(_ rules: [PolicyRule], _ user: UserInfo, _ namespace: String) -> String? {
    let held = index.allRules(for: user, namespace: namespace)
    let missing = RuleCoverage.missing(rules, held: held.rules)
    if missing.isEmpty { return nil }
    let lines = Set(RuleCoverage.compacted(missing).map(RuleCoverage.text))
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let text =
      "user \(GoText.quoted(user.name)) (groups=\(RuleCoverage.quoted(user.groups))) "
      + "is attempting to grant RBAC permissions not currently held:\n\(lines.joined(separator: "\n"))"
    return aggregated(held.errors).map { "\(text); resolution errors: [\($0)]" } ?? text
  }

  private static func isAggregating(_ role: Value) -> Bool {
    role[path: "aggregationRule", "clusterRoleSelectors"]?.array?.isEmpty == false
  }

  /// Whether only what garbage collection needs to change is changed: owners and finalizers.
  private static func changesNothingButReferences(_ new: Value, _ old: Value) -> Bool {
    func rest(_ object: Value) -> Value {
      var object = object
      for key in ["ownerReferences", "finalizers", "managedFields", "resourceVersion", "selfLink"] {
        object.set(nil, at: ["metadata", key])
      }
      return object
    }
    return rest(new) == rest(old)
  }
}
