import Authentication
import Schema
import Values

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
  /// The identity of each subject.
  private let identityList: [RBACIdentity]
  /// What decisions say that are made by it, for each subject: made once, since they are told often.
  let reasons: [String]

  /// Nil where the object refers to nothing that is a role.
  init?(_ key: BindingKey, _ object: Value) {
    guard let role = RoleReference(object["roleRef"], namespace: key.namespace) else { return nil }
    self.key = key
    self.role = role
    subjects = (object["subjects"]?.array ?? []).compactMap { RBACSubject($0, namespace: key.namespace) }
    identityList = subjects.map(\.identity)
    identities = Set(identityList)
    reasons = subjects.map { "RBAC: allowed by \(Self.description(key, role, $0))" }
  }

  /// The place of the first subject that the user is or is in; nil where it is none of them.
  func position(of user: UserInfo) -> Int? { identityList.firstIndex { $0.includes(user) } }

  /// `RoleBinding "b/default" of Role "r" to User "jane"`: the name comes before the namespace.
  static func description(_ key: BindingKey, _ role: RoleReference, _ subject: RBACSubject) -> String {
    let binding =
      key.namespace.isEmpty
      ? "ClusterRoleBinding \(GoText.quoted(key.name))"
      : "RoleBinding \(GoText.quoted("\(key.name)/\(key.namespace)"))"
    return "\(binding) of \(role.kind.rawValue) \(GoText.quoted(role.name)) to \(subject)"
  }

  /// `clusterrole.rbac.authorization.k8s.io "x" not found`.
  var missingRole: String {
    let resource = role.kind == .role ? "role" : "clusterrole"
    return "\(resource).\(GroupResource.roles.group) \(GoText.quoted(role.name)) not found"
  }
}
