import Authentication
import Values

/// The role that a binding refers to.
public struct RoleReference: Sendable, Hashable {
  public enum Kind: String, Sendable { case role = "Role", clusterRole = "ClusterRole" }

  public var kind: Kind
  /// The binding's namespace for a Role, empty for a ClusterRole.
  public var namespace: String
  public var name: String

  public init(kind: Kind, namespace: String, name: String) {
    self.kind = kind
    self.namespace = kind == .role ? namespace : ""
    self.name = name
  }

  /// Reads a roleRef; nil where its kind is neither.
  init?(_ value: Value?, namespace: String) {
    guard let kind = value?["kind"]?.string.flatMap(Kind.init), let name = value?["name"]?.string else {
      return nil
    }
    self.init(kind: kind, namespace: namespace, name: name)
  }
}

/// To whom a binding gives a role.
public enum RBACSubject: Sendable, Hashable, CustomStringConvertible {
  case user(String)
  case group(String)
  case serviceAccount(ServiceAccountIdentity)

  /// Reads a subject; nil where its kind is unknown. A service account without a namespace belongs to the
  /// binding's.
  init?(_ value: Value, namespace: String) {
    guard let name = value["name"]?.string else { return nil }
    switch value["kind"]?.string {
    case "User": self = .user(name)
    case "Group": self = .group(name)
    case "ServiceAccount":
      let own = value["namespace"]?.string ?? ""
      self = .serviceAccount(ServiceAccountIdentity(namespace: own.isEmpty ? namespace : own, name: name))
    default: return nil
    }
  }

  /// As decision reasons write it: `User "jane"`, `ServiceAccount "app/default"`.
  public var description: String {
    switch self {
    case .user(let name): "User \(GoText.quoted(name))"
    case .group(let name): "Group \(GoText.quoted(name))"
    case .serviceAccount(let account):
      "ServiceAccount \(GoText.quoted("\(account.name)/\(account.namespace)"))"
    }
  }

  /// What a request's user must show to be this subject.
  var identity: RBACIdentity {
    switch self {
    case .user(let name): .user(name)
    case .group(let name): .group(name)
    case .serviceAccount(let account): .user(account.username)
    }
  }

  /// Whether the user is this subject or in it.
  func includes(_ user: UserInfo) -> Bool { identity.includes(user) }
}

/// A name or a group of a request's user.
enum RBACIdentity: Hashable {
  case user(String)
  case group(String)

  /// Whether the user is this one, or in this group.
  func includes(_ user: UserInfo) -> Bool {
    switch self {
    case .user(let name): user.name == name
    case .group(let name): user.groups.contains(name)
    }
  }
}

/// A binding that concerns a request's user.
public struct RBACConsidered: Sendable, Hashable {
  /// Empty for a ClusterRoleBinding.
  public var bindingNamespace: String
  public var bindingName: String
  public var role: RoleReference
  /// Through which of its subjects the binding concerns the user.
  public var subject: RBACSubject
  public var isRoleMissing: Bool
  /// The first rule of the role that allows the request; nil where none does.
  public var rule: PolicyRule?
}

/// Why RBAC allowed a request: the binding, through which subject, and the rule of its role.
public struct RBACGrant: Sendable, Hashable, CustomStringConvertible {
  /// Empty for a ClusterRoleBinding.
  public var bindingNamespace: String
  public var bindingName: String
  public var role: RoleReference
  public var subject: RBACSubject
  public var rule: PolicyRule

  /// `RoleBinding "b/default" of Role "r" to User "jane"`: the name comes before the namespace.
  public var description: String {
    let key = BindingKey(namespace: bindingNamespace, name: bindingName)
    return CompiledBinding.description(key, role, subject)
  }
}
