import Authentication
import Schema
import Values

/// What decides whether somebody may have an identity, one after the other (KEP-5284).
enum ImpersonationSteps {
  enum Step: Equatable {
    /// Lists of permissions; one list is enough.
    case check(anyOf: [[AuthorizationAttributes]])
    /// Nobody may have it: 403 for the attributes, and the reason.
    case refuse(AuthorizationAttributes, String)
  }

  /// From that many groups or extra values on, permission for all of them (`*`) is asked about first.
  private static let many = 4
  private static let authenticationGroup = "authentication.k8s.io"

  /// The steps in their order: name, uid, groups, extra values.
  static func of(_ wanted: UserInfo, _ mode: ImpersonationMode, _ requester: UserInfo) -> [Step] {
    let group = mode.isConstrained ? authenticationGroup : ""
    func attributes(
      _ group: String, _ resource: String, _ name: String, namespace: String = "", subresource: String = ""
    ) -> AuthorizationAttributes {
      AuthorizationAttributes(
        user: requester, verb: mode.verb, namespace: namespace, apiGroup: group, apiVersion: "v1",
        resource: resource, subresource: subresource, name: name)
    }
    var steps: [Step] = []
    if mode.isConstrained, let node = ImpersonationMode.node(wanted.name) {
      steps.append(.check(anyOf: [[attributes(group, "nodes", mode == .associatedNode ? "*" : node)]]))
    } else if let account = ServiceAccountIdentity(username: wanted.name) {
      steps.append(
        .check(anyOf: [[attributes(group, "serviceaccounts", account.name, namespace: account.namespace)]]))
    } else {
      steps.append(.check(anyOf: [[attributes(group, "users", wanted.name)]]))
    }
    if !wanted.uid.isEmpty {
      steps.append(.check(anyOf: [[attributes(authenticationGroup, "uids", wanted.uid)]]))
    }
    if !wanted.groups.isEmpty {
      let each = wanted.groups.map { attributes(group, "groups", $0) }
      if mode.isConstrained, let (name, problem) = problem(groups: wanted.groups) {
        steps.append(.refuse(attributes(group, "groups", name), problem))
      }
      let all = mode.isConstrained && each.count >= many ? [[attributes(group, "groups", "*")]] : []
      steps.append(.check(anyOf: all + [each]))
    }
    if !wanted.extra.isEmpty {
      let keys = wanted.extra.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      let each = keys.flatMap { key in
        (wanted.extra[key] ?? []).map { attributes(authenticationGroup, "userextras", $0, subresource: key) }
      }
      if mode.isConstrained, let problem = problem(extra: wanted.extra, keys) {
        steps.append(.refuse(attributes(authenticationGroup, "userextras", ""), problem))
      }
      let all = attributes(authenticationGroup, "userextras", "*", subresource: "*")
      let asksForAll = mode.isConstrained && max(each.count, keys.count) >= many
      steps.append(.check(anyOf: (asksForAll ? [[all]] : []) + [each]))
    }
    return steps
  }

  // MARK: What the constrained modes never allow, in words

  private static func problem(groups: [String]) -> (name: String, String)? {
    if groups.contains("") { return ("", "impersonating the empty string group is not allowed") }
    guard groups.contains(SystemName.mastersGroup) else { return nil }
    return (SystemName.mastersGroup, "impersonating the system:masters group is not allowed")
  }

  private static func problem(extra: [String: [String]], _ keys: [String]) -> String? {
    for key in keys {
      if key.isEmpty { return "impersonating the empty string key in extra is not allowed" }
      let faults = DomainPrefixedPath.faults(key).map { part, fault in
        FieldError.invalid("extra.key", .string(part), fault).description
      }
      if !faults.isEmpty {
        let text = faults.count == 1 ? faults[0] : "[\(faults.joined(separator: ", "))]"
        return "impersonating an invalid key in extra is not allowed: \(text)"
      }
      if key != key.lowercased() {
        return "impersonating a non-lowercase key in extra is not allowed: \(GoText.quoted(key))"
      }
      let values = extra[key] ?? []
      if values.isEmpty { return "impersonating empty values in extra is not allowed" }
      if values.contains("") { return "impersonating the empty string value in extra is not allowed" }
    }
    return nil
  }

  // MARK: -

  /// The identity with the groups that belong to it.
  static func completed(_ wanted: UserInfo, _ mode: ImpersonationMode) -> UserInfo {
    var user = wanted
    if mode.isConstrained, ImpersonationMode.node(user.name) != nil {
      user.groups = [SystemName.nodesGroup]
    } else if user.groups.isEmpty, let account = ServiceAccountIdentity(username: user.name) {
      user.groups = account.groups
    }
    func ensure(_ group: String) { if !user.groups.contains(group) { user.groups.append(group) } }
    if user.name == SystemName.anonymous {
      ensure(SystemName.unauthenticatedGroup)
    } else if !user.groups.contains(SystemName.unauthenticatedGroup) {
      ensure(SystemName.authenticatedGroup)
    }
    return user
  }
}
