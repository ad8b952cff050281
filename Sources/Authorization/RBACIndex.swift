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

  /// A binding whose role allows a request.
  struct Grant {
    var binding: CompiledBinding
    var rule: PolicyRule
  }

  private let state = Mutex(RBACIndexState())
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
      state.withLock { $0.set(reference, role) }
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

  /// The first binding, in the order of ``candidates(_:namespace:)``, whose role allows the request, and the
  /// texts about roles that are not there where none does.
  func decide(_ attributes: AuthorizationAttributes) -> (grant: Grant?, errors: [String]) {
    // Bindings in a namespace never open paths that are no resources.
    let namespace = attributes.isResourceRequest ? attributes.namespace : ""
    let combined = attributes.combinedResource
    return state.withLock { state in
      var missing: [CompiledBinding] = []
      if let grant = state.grant(attributes, combined, scope: "", &missing) { return (grant, []) }
      let first = Self.texts(missing)
      missing = []
      if !namespace.isEmpty, let grant = state.grant(attributes, combined, scope: namespace, &missing) {
        return (grant, [])
      }
      return (nil, first + Self.texts(missing))
    }
  }

  private static func texts(_ bindings: [CompiledBinding]) -> [String] {
    bindings.isEmpty ? [] : bindings.sorted { $0.key < $1.key }.map(\.missingRole)
  }

  /// All roles and bindings, as of one moment.
  struct Contents: Sendable {
    var roles: [RoleReference: CompiledRole]
    var bindings: [CompiledBinding]
  }

  var contents: Contents {
    state.withLock { Contents(roles: $0.allRoles, bindings: Array($0.bindings.values)) }
  }

  /// The rules of a role; nil where it does not exist.
  public func rules(of role: RoleReference) -> [PolicyRule]? {
    state.withLock { $0.role(role)?.rules }
  }

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

extension GroupResource {
  static let roles = GroupResource(group: "rbac.authorization.k8s.io", resource: "roles")
  static let clusterRoles = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterroles")
  static let roleBindings = GroupResource(group: "rbac.authorization.k8s.io", resource: "rolebindings")
  static let clusterRoleBindings = GroupResource(
    group: "rbac.authorization.k8s.io", resource: "clusterrolebindings")
}
