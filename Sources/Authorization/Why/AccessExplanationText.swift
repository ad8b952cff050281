import Authentication
import Values

extension AccessExplanation {
  /// The explanation for people, lines of text.
  public var text: String {
    var lines = ["May \(who) \(what)? \(decision.isAllowed ? "Yes." : "No.")", "", "Asked in turn:"]
    let steps =
      decision.steps.isEmpty
      ? [.init(authorizer: decision.authorizer, verdict: decision.verdict, reason: decision.reason)]
      : decision.steps
    for step in steps { lines += Self.lines(step) }
    if let grant = decision.grant {
      lines += ["", "Allowed by:", "  \(grant)", "  rule: \(Self.text(grant.rule))"]
    } else if decision.isAllowed, decision.authorizer == "PrivilegedGroup" {
      lines += [
        "", "Allowed by:", "  the group \(GoText.quoted(SystemName.mastersGroup)), which may do everything",
      ]
    }
    if !nearest.isEmpty { lines += ["", "Nearest rules:"] }
    for (position, miss) in nearest.enumerated() { lines += self.lines(miss, position + 1) }
    if !hints.isEmpty { lines += ["", "Note:"] + hints.map { "  - \($0)" } }
    if let remedy {
      let kind = remedy.role["kind"]?.string ?? "Role"
      lines += ["", "The smallest \(kind) that would allow it, with its binding:", "---"]
      return lines.joined(separator: "\n") + "\n" + remedy.manifest
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var who: String {
    let user = attributes.user
    let name = user.name.isEmpty ? "somebody" : "User \(GoText.quoted(user.name))"
    return user.groups.isEmpty ? name : "\(name) (groups \(RuleCoverage.quoted(user.groups)))"
  }

  private var what: String {
    guard attributes.isResourceRequest else { return "\(attributes.verb) the path \(attributes.path)" }
    var text = "\(attributes.verb) \(attributes.combinedResource)"
    if !attributes.apiGroup.isEmpty { text += " in API group \(GoText.quoted(attributes.apiGroup))" }
    if !attributes.name.isEmpty { text += " named \(GoText.quoted(attributes.name))" }
    return text
      + (attributes.namespace.isEmpty
        ? " at the cluster scope" : " in the namespace \(GoText.quoted(attributes.namespace))")
  }

  private static func lines(_ step: AuthorizationDecision.Step) -> [String] {
    let verdict =
      switch step.verdict {
      case .allow: "allows"
      case .deny: "denies"
      case .noOpinion: "no opinion"
      }
    let head = "  \(step.authorizer): \(verdict)"
    return [step.reason.isEmpty ? head : "\(head): \(step.reason)"]
  }

  private static func text(_ rule: PolicyRule) -> String { RuleCoverage.text(rule) }

  private func lines(_ miss: NearMiss, _ number: Int) -> [String] {
    let role = "\(miss.role.kind.rawValue) \(GoText.quoted(miss.role.name))"
    var head = role
    if !miss.bindingName.isEmpty {
      head =
        miss.bindingNamespace.isEmpty
        ? "ClusterRoleBinding \(GoText.quoted(miss.bindingName)) of \(role)"
        : "RoleBinding \(GoText.quoted("\(miss.bindingName)/\(miss.bindingNamespace)")) of \(role)"
      if let subject = miss.subject { head += " to \(subject)" }
    }
    var lines = ["  \(number). \(head)"]
    if let rule = miss.rule { lines.append("     rule: \(Self.text(rule))") }
    return lines + miss.lacks.map { "     missing \($0.key): \(words($0, miss))" }
  }

  /// What is missing, in a line.
  public func words(_ lack: NearMiss.Lack, _ miss: NearMiss) -> String {
    let role = "\(miss.role.kind.rawValue) \(GoText.quoted(miss.role.name))"
    switch lack {
    case .verb(let have):
      return "the rule has \(RuleCoverage.quoted(have)), not \(GoText.quoted(attributes.verb))"
    case .apiGroup(let have):
      return "the rule has \(RuleCoverage.quoted(have)), not \(GoText.quoted(attributes.apiGroup))"
    case .resource(let have):
      return "the rule has \(RuleCoverage.quoted(have)), not \(GoText.quoted(attributes.combinedResource))"
    case .name(let have):
      return attributes.name.isEmpty
        ? "the rule is for \(RuleCoverage.quoted(have)) only, the request names no object"
        : "the rule is for \(RuleCoverage.quoted(have)) only, not \(GoText.quoted(attributes.name))"
    case .path(let have):
      return "the rule has \(RuleCoverage.quoted(have)), not \(GoText.quoted(attributes.path))"
    case .namespace(let namespace):
      if !attributes.isResourceRequest {
        return "a RoleBinding opens no paths: it takes a ClusterRoleBinding"
      }
      return attributes.namespace.isEmpty
        ? "the binding holds in \(GoText.quoted(namespace)) only, the request is for the whole cluster"
        : "the binding holds in \(GoText.quoted(namespace)) only, not in \(GoText.quoted(attributes.namespace))"
    case .subject(let alike?): return "the binding names \(alike), not \(own)"
    case .subject(nil): return "the binding does not name \(own)"
    case .role: return "\(role) is not there"
    case .binding:
      return "nothing binds \(role) to \(own)"
        + (miss.role.kind == .clusterRole && !attributes.namespace.isEmpty
          ? ": a RoleBinding in \(GoText.quoted(attributes.namespace)) would do" : "")
    }
  }

  private var own: String {
    let user = attributes.user
    if let account = ServiceAccountIdentity(username: user.name) {
      return RBACSubject.serviceAccount(account).description
    }
    return (user.name.isEmpty ? RBACSubject.group(user.groups.first ?? "") : .user(user.name)).description
  }
}
