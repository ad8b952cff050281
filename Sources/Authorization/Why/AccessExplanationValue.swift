import Values

extension AccessExplanation {
  /// The explanation for programs.
  public var value: Value {
    var status: Object = [
      "allowed": .bool(decision.isAllowed),
      "authorizers": .array(decision.steps.map(Self.value)),
    ]
    if decision.verdict == .deny { status["denied"] = true }
    if !decision.reason.isEmpty { status["reason"] = .string(decision.reason) }
    if let grant = decision.grant {
      status["grant"] = [
        "binding": Self.binding(grant.bindingNamespace, grant.bindingName), "role": Self.value(grant.role),
        "subject": Self.value(grant.subject), "rule": grant.rule.value,
      ]
    }
    if !nearest.isEmpty { status["nearest"] = .array(nearest.map(value)) }
    if !hints.isEmpty { status["hints"] = Value(hints) }
    if let remedy { status["remedy"] = [remedy.role, remedy.binding] }
    return ["apiVersion": "drydock.dev/v1", "kind": "AccessExplanation", "status": .object(status)]
  }

  private static func value(_ step: AuthorizationDecision.Step) -> Value {
    let verdict: Value =
      switch step.verdict {
      case .allow: "allow"
      case .deny: "deny"
      case .noOpinion: "noOpinion"
      }
    var object: Object = ["name": .string(step.authorizer), "decision": verdict]
    if !step.reason.isEmpty { object["reason"] = .string(step.reason) }
    return .object(object)
  }

  private func value(_ miss: NearMiss) -> Value {
    var object: Object = ["role": Self.value(miss.role)]
    if !miss.bindingName.isEmpty { object["binding"] = Self.binding(miss.bindingNamespace, miss.bindingName) }
    if let subject = miss.subject { object["subject"] = Self.value(subject) }
    if let rule = miss.rule { object["rule"] = rule.value }
    object["missing"] = .array(
      miss.lacks.map { ["what": .string($0.key), "message": .string(words($0, miss))] })
    return .object(object)
  }

  private static func binding(_ namespace: String, _ name: String) -> Value {
    named(namespace.isEmpty ? "ClusterRoleBinding" : "RoleBinding", namespace, name)
  }

  private static func value(_ role: RoleReference) -> Value {
    named(role.kind.rawValue, role.namespace, role.name)
  }

  private static func value(_ subject: RBACSubject) -> Value {
    switch subject {
    case .user(let name): named("User", "", name)
    case .group(let name): named("Group", "", name)
    case .serviceAccount(let account): named("ServiceAccount", account.namespace, account.name)
    }
  }

  private static func named(_ kind: String, _ namespace: String, _ name: String) -> Value {
    var object: Object = ["kind": .string(kind), "name": .string(name)]
    if !namespace.isEmpty { object["namespace"] = .string(namespace) }
    return .object(object)
  }
}
