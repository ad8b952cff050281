import Authentication
import Values

/// Looks through all roles and bindings for what nearly allows a request.
struct NearestRules {
  /// As many are told.
  static let limit = 5
  /// As many roles are told that would do and are bound to nobody: the smallest ones.
  private static let unboundLimit = 2
  /// Rules further away than this are not near.
  private static let furthest = 4

  private let attributes: AuthorizationAttributes
  private let contents: RBACIndex.Contents

  init(_ attributes: AuthorizationAttributes, _ contents: RBACIndex.Contents) {
    self.attributes = attributes
    self.contents = contents
  }

  /// The nearest first; of each binding and each role the nearest rule only.
  func find() -> [NearMiss] {
    let bindings = contents.bindings.sorted { a, b in
      (a.key.namespace, a.key.name) < (b.key.namespace, b.key.name)
    }
    var found = bindings.compactMap(nearest)
    let bound = Set(found.filter { $0.lacks.allSatisfy { $0 != .binding } }.map(\.role))
    found += unbound(except: bound)
    return Array(
      found.enumerated().sorted { ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset) }
        .prefix(Self.limit).map(\.element))
  }

  // MARK: - Bindings

  private func nearest(_ binding: CompiledBinding) -> NearMiss? {
    var outer: [NearMiss.Lack] = []
    let own = binding.subjects.first { $0.includes(attributes.user) }
    var subject = own
    if own == nil {
      let alike = binding.subjects.first(where: isAlike)
      outer.append(.subject(alike))
      subject = alike ?? binding.subjects.first
    }
    if !holds(binding.key.namespace) { outer.append(.namespace(binding.key.namespace)) }
    var miss = NearMiss(
      bindingNamespace: binding.key.namespace, bindingName: binding.key.name, role: binding.role,
      subject: subject, rule: nil, lacks: outer)
    guard let role = contents.roles[binding.role] else {
      // Of no interest to others: the role may be anything.
      guard own != nil, outer.isEmpty else { return nil }
      miss.lacks.append(.role)
      return miss
    }
    let isForOthers = outer.contains(.subject(nil))
    guard let (rule, lacks) = nearest(role.rules, isForOthers: isForOthers || isBuiltIn(binding.role)) else {
      return nil
    }
    miss.rule = rule
    miss.lacks = outer + lacks
    // Somebody else's binding says something only where its rule is just what is missing.
    if isForOthers, miss.lacks.count > 1 || isBuiltIn(binding.role) || rule.resources.contains("*") {
      return nil
    }
    return miss.lacks.isEmpty || miss.distance > Self.furthest ? nil : miss
  }

  /// Whether what a binding gives counts for the request's place. Bindings in a namespace never open paths.
  private func holds(_ namespace: String) -> Bool {
    namespace.isEmpty || (attributes.isResourceRequest && namespace == attributes.namespace)
  }

  private func isAlike(_ subject: RBACSubject) -> Bool {
    let user = attributes.user
    switch subject {
    case .user(let name):
      return Lookalike.areAlike(name, user.name) || user.groups.contains(name) || isAccount(name)
    case .group(let name): return name == user.name || user.groups.contains { Lookalike.areAlike($0, name) }
    case .serviceAccount(let account):
      guard let own = ServiceAccountIdentity(username: user.name) else { return account.name == user.name }
      return account.name == own.name
        || (account.namespace == own.namespace
          && Lookalike.areAlike(account.name, own.name))
    }
  }

  /// Whether a user's name is that of the service account alone, without what stands before it.
  private func isAccount(_ name: String) -> Bool {
    guard let own = ServiceAccountIdentity(username: attributes.user.name) else { return false }
    return name == own.name || name == "\(own.namespace):\(own.name)"
  }

  // MARK: - Roles that nobody bound

  private func unbound(except bound: Set<RoleReference>) -> [NearMiss] {
    let roles = contents.roles.filter { reference, role in
      !bound.contains(reference) && holds(reference.namespace) && !isBuiltIn(reference)
        && role.firstRule(allowing: attributes, combinedResource: attributes.combinedResource) != nil
    }
    let ordered = roles.sorted { a, b in
      (a.value.rules.count, a.key.name) < (b.value.rules.count, b.key.name)
    }
    return ordered.prefix(Self.unboundLimit).map { reference, role in
      NearMiss(
        bindingNamespace: "", bindingName: "", role: reference, subject: nil,
        rule: role.firstRule(allowing: attributes, combinedResource: attributes.combinedResource),
        lacks: [.binding])
    }
  }

  /// Roles for the server's own parts and for those who may do everything: nothing to hand on.
  private func isBuiltIn(_ role: RoleReference) -> Bool {
    role.kind == .clusterRole && (role.name.hasPrefix("system:") || role.name == "cluster-admin")
  }

  // MARK: - Rules

  private func nearest(
    _ rules: [PolicyRule], isForOthers: Bool
  ) -> (rule: PolicyRule, lacks: [NearMiss.Lack])? {
    var best: (rule: PolicyRule, lacks: [NearMiss.Lack])?
    for rule in rules {
      guard let lacks = lacks(rule), lacks.count < best?.lacks.count ?? 3 else { continue }
      best = (rule, lacks)
      if lacks.isEmpty { break }
    }
    // A far rule of a role that everybody has tells nothing.
    if isForOthers, let found = best, found.lacks.count > 1 { return nil }
    return best
  }

  /// What is missing in a rule; nil where it is about something else.
  private func lacks(_ rule: PolicyRule) -> [NearMiss.Lack]? {
    func has(_ list: [String], _ item: String) -> Bool { list.contains { $0 == "*" || $0 == item } }
    var lacks: [NearMiss.Lack] = []
    guard attributes.isResourceRequest else {
      if rule.nonResourceURLs.isEmpty { return nil }
      if !rule.nonResourceURLs.contains(where: { PolicyRule.url($0, covers: attributes.path) }) {
        guard rule.nonResourceURLs.contains(where: { isNear($0) }) else { return nil }
        lacks.append(.path(rule.nonResourceURLs))
      }
      if !has(rule.verbs, attributes.verb) { lacks.append(.verb(rule.verbs)) }
      return lacks
    }
    guard !rule.resources.isEmpty else { return nil }
    if !rule.allows(resource: attributes.resource, subresource: attributes.subresource) {
      guard rule.resources.contains(where: isNearResource) else { return nil }
      lacks.append(.resource(rule.resources))
    }
    if !has(rule.apiGroups, attributes.apiGroup) { lacks.append(.apiGroup(rule.apiGroups)) }
    if !has(rule.verbs, attributes.verb) { lacks.append(.verb(rule.verbs)) }
    if !rule.resourceNames.isEmpty, !rule.resourceNames.contains(attributes.name) {
      lacks.append(.name(rule.resourceNames))
    }
    return lacks
  }

  /// The same resource with another subresource, or one that is spelt alike.
  private func isNearResource(_ pattern: String) -> Bool {
    let resource = String(pattern.prefix { $0 != "/" })
    return resource == attributes.resource || Lookalike.areAlike(resource, attributes.resource)
      || Lookalike.areAlike(pattern, attributes.combinedResource)
  }

  /// A path that goes on differently below the same first part.
  private func isNear(_ pattern: String) -> Bool {
    func first(_ path: String) -> Substring? { path.split(separator: "/").first }
    return first(pattern) != nil && first(pattern) == first(attributes.path)
  }
}
