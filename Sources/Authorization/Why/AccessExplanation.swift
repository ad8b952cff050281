import Authentication

/// The long answer to "why may they?" or "why not?": who was asked, what allowed it or what came nearest, and
/// the smallest role that would allow it.
public struct AccessExplanation: Sendable {
  public var attributes: AuthorizationAttributes
  public var decision: AuthorizationDecision
  /// What came nearest where nothing allowed the request, nearest first.
  public var nearest: [NearMiss]
  /// The role and the binding that would allow it; nil where it is allowed already, or where none would help.
  public var remedy: AccessRemedy?
  /// What else may be the matter, in a line each.
  public var hints: [String]
}

/// A rule that nearly allowed a request.
public struct NearMiss: Sendable, Equatable {
  /// What a request lacks to be allowed by a rule.
  public enum Lack: Sendable, Hashable {
    /// The role has no such rule for the verb; what it has.
    case verb([String])
    case apiGroup([String])
    /// Another subresource, or a name that is spelt alike.
    case resource([String])
    case name([String])
    case path([String])
    /// The binding holds in this namespace only.
    case namespace(String)
    /// The binding names others; one that is spelt alike, if there is one.
    case subject(RBACSubject?)
    /// The binding's role is not there.
    case role
    /// Nothing binds the role to the user.
    case binding
  }

  /// The binding, where there is one: empty for a ClusterRoleBinding.
  public var bindingNamespace: String
  /// Empty where the role is bound to nobody.
  public var bindingName: String
  public var role: RoleReference
  /// To whom the binding gives the role: the user, or the first of others.
  public var subject: RBACSubject?
  /// Nil where the role is not there.
  public var rule: PolicyRule?
  public var lacks: [Lack]

  /// How far it is: one for each thing that is missing, more where the rule was never meant for the user.
  var distance: Int {
    lacks.reduce(0) { sum, lack in
      switch lack {
      case .subject(nil), .binding: sum + 3
      default: sum + 1
      }
    }
  }
}

extension NearMiss.Lack {
  /// One word for programs: `verb`, `namespace`, …
  public var key: String {
    switch self {
    case .verb: "verb"
    case .apiGroup: "apiGroup"
    case .resource: "resource"
    case .name: "resourceName"
    case .path: "nonResourceURL"
    case .namespace: "namespace"
    case .subject: "subject"
    case .role: "roleRef"
    case .binding: "binding"
    }
  }
}
