import Authentication
import Schema
import Store
import Synchronization
import Values

/// Roles and bindings, compiled and looked up by who they concern. It follows the store synchronously, so
/// that a binding counts from the next request on (Kubernetes documentation, Using RBAC Authorization).
public final class RBACIndex: Sendable {
  /// A binding that concerns a user, and its role.
  struct Candidate {
    var binding: CompiledBinding
    /// The first of the binding's subjects that the user is.
    var subject: RBACSubject
    /// Nil where the role does not exist.
    var role: CompiledRole?
  }

  fileprivate struct State {
    var roles: [RoleReference: CompiledRole] = [:]
    var bindings: [BindingKey: CompiledBinding] = [:]
    /// The bindings by namespace (empty: in all) and by who they concern.
    var byIdentity: [String: [RBACIdentity: Set<BindingKey>]] = [:]
  }

  private let state = Mutex(State())
  private let observations = Mutex<[Observation]>([])

  /// An index of the roles and bindings in the store, now and as they change.
  public convenience init(store: ObjectStore) {
    self.init()
    let mine = Self.resources.map { resource in
      store.observe(resource, replay: true) { [weak self] change in self?.apply(change) }
    }
    observations.withLock { $0 = mine }
  }

  /// An empty index.
  init() {}

  static let resources: [GroupResource] = [.roles, .clusterRoles, .roleBindings, .clusterRoleBindings]

  func apply(_ change: StoreChange) {
    set(change.resource, change.object.key, change.kind == .deleted ? nil : change.object.value)
  }

  /// Takes over an object, or its end where nil.
  func set(_ resource: GroupResource, _ key: ObjectKey, _ object: Value?) {
    switch resource {
    case .roles, .clusterRoles:
      let kind: RoleReference.Kind = resource == .roles ? .role : .clusterRole
      let role = object.map { CompiledRole(PolicyRule.list($0)) }
      let reference = RoleReference(kind: kind, namespace: key.namespace, name: key.name)
      state.withLock { $0.roles[reference] = role }
    case .roleBindings, .clusterRoleBindings:
      let key = BindingKey(namespace: key.namespace, name: key.name)
      let binding = object.flatMap { CompiledBinding(key, $0) }
      state.withLock { $0.replace(key, binding) }
    default: break
    }
  }

  // MARK: Looking up

  /// The bindings that concern the user: first those of the cluster, then those of the namespace, each in
  /// the order of their names.
  func candidates(_ user: UserInfo, namespace: String) -> [Candidate] {
    state.withLock { state in
      var found = state.candidates(user, scope: "")
      if !namespace.isEmpty { found += state.candidates(user, scope: namespace) }
      return found
    }
  }

  /// The rules of a role; nil where it does not exist.
  public func rules(of role: RoleReference) -> [PolicyRule]? { state.withLock { $0.roles[role]?.rules } }

  /// Everything that the user's bindings give, as escalation checks count it.
  func allRules(for user: UserInfo, namespace: String) -> (rules: [PolicyRule], errors: [String]) {
    var rules: [PolicyRule] = []
    var errors: [String] = []
    for candidate in candidates(user, namespace: namespace) {
      if let role = candidate.role {
        rules += role.rules
      } else {
        errors.append(candidate.binding.missingRole)
      }
    }
    return (rules, errors)
  }
}

extension RBACIndex.State {
  fileprivate mutating func replace(_ key: BindingKey, _ binding: CompiledBinding?) {
    if let old = bindings.removeValue(forKey: key) {
      for identity in old.identities { byIdentity[key.namespace]?[identity]?.remove(key) }
      for identity in old.identities where byIdentity[key.namespace]?[identity]?.isEmpty == true {
        byIdentity[key.namespace]?[identity] = nil
      }
      if byIdentity[key.namespace]?.isEmpty == true { byIdentity[key.namespace] = nil }
    }
    guard let binding else { return }
    bindings[key] = binding
    for identity in binding.identities {
      byIdentity[key.namespace, default: [:]][identity, default: []].insert(key)
    }
  }

  fileprivate func candidates(_ user: UserInfo, scope: String) -> [RBACIndex.Candidate] {
    guard let identities = byIdentity[scope] else { return [] }
    var keys = identities[.user(user.name)] ?? []
    for group in user.groups { if let more = identities[.group(group)] { keys.formUnion(more) } }
    return keys.sorted().compactMap { key in
      guard let binding = bindings[key], let subject = binding.subjects.first(where: { $0.includes(user) })
      else {
        return nil
      }
      return RBACIndex.Candidate(binding: binding, subject: subject, role: roles[binding.role])
    }
  }
}

/// Where a binding is kept.
struct BindingKey: Hashable, Comparable {
  /// Empty for a ClusterRoleBinding.
  var namespace: String
  var name: String

  static func < (a: BindingKey, b: BindingKey) -> Bool {
    a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
  }
}

/// A RoleBinding or ClusterRoleBinding.
final class CompiledBinding: Sendable {
  let key: BindingKey
  let role: RoleReference
  let subjects: [RBACSubject]
  let identities: Set<RBACIdentity>

  /// Nil where the object refers to nothing that is a role.
  init?(_ key: BindingKey, _ object: Value) {
    guard let role = RoleReference(object["roleRef"], namespace: key.namespace) else { return nil }
    self.key = key
    self.role = role
    subjects = (object["subjects"]?.array ?? []).compactMap { RBACSubject($0, namespace: key.namespace) }
    identities = Set(subjects.map(\.identity))
  }

  /// `clusterrole.rbac.authorization.k8s.io "x" not found`.
  var missingRole: String {
    let resource = role.kind == .role ? "role" : "clusterrole"
    return "\(resource).\(GroupResource.roles.group) \(GoText.quoted(role.name)) not found"
  }
}

extension GroupResource {
  static let roles = GroupResource(group: "rbac.authorization.k8s.io", resource: "roles")
  static let clusterRoles = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterroles")
  static let roleBindings = GroupResource(group: "rbac.authorization.k8s.io", resource: "rolebindings")
  static let clusterRoleBindings = GroupResource(
    group: "rbac.authorization.k8s.io", resource: "clusterrolebindings")
}
