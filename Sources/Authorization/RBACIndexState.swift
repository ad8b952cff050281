import Authentication

/// What ``RBACIndex`` keeps under its lock.
struct RBACIndexState {
  /// A binding where it is looked up, with the place of its role in ``roles``.
  private struct Entry {
    var binding: CompiledBinding
    var slot: Int
  }

  private(set) var bindings: [BindingKey: CompiledBinding] = [:]
  /// The bindings by namespace (empty: in all) and by who they concern, in the order of their names.
  private var byIdentity: [String: [RBACIdentity: [Entry]]] = [:]

  /// Roles by their place, which bindings know; nil where there is none yet or any more.
  private var roles: [CompiledRole?] = []
  /// How many bindings and roles need each place.
  private var needs: [Int] = []
  private var slots: [RoleReference: Int] = [:]
  private var free: [Int] = []

  // MARK: Changing

  mutating func set(_ reference: RoleReference, _ role: CompiledRole?) {
    let old = slots[reference].flatMap { roles[$0] }
    guard let role else {
      guard old != nil, let slot = slots[reference] else { return }
      roles[slot] = nil
      giveBack(reference)
      return
    }
    if let slot = slots[reference], old != nil {
      roles[slot] = role
    } else {
      roles[take(reference)] = role
    }
  }

  private mutating func take(_ reference: RoleReference) -> Int {
    if let slot = slots[reference] {
      needs[slot] += 1
      return slot
    }
    let slot = free.popLast() ?? roles.count
    if slot == roles.count {
      roles.append(nil)
      needs.append(0)
    }
    needs[slot] = 1
    slots[reference] = slot
    return slot
  }

  private mutating func giveBack(_ reference: RoleReference) {
    guard let slot = slots[reference] else { return }
    needs[slot] -= 1
    guard needs[slot] == 0 else { return }
    slots[reference] = nil
    roles[slot] = nil
    free.append(slot)
  }

  mutating func replace(_ key: BindingKey, _ binding: CompiledBinding?) {
    if let old = bindings.removeValue(forKey: key) {
      for identity in old.identities { remove(key, identity) }
      if byIdentity[key.namespace]?.isEmpty == true { byIdentity[key.namespace] = nil }
      giveBack(old.role)
    }
    guard let binding else { return }
    bindings[key] = binding
    let entry = Entry(binding: binding, slot: take(binding.role))
    for identity in binding.identities {
      byIdentity[key.namespace, default: [:]][identity, default: []].insert(
        entry, at: position(key, identity))
    }
  }

  private mutating func remove(_ key: BindingKey, _ identity: RBACIdentity) {
    let position = position(key, identity)
    guard let entries = byIdentity[key.namespace]?[identity], position < entries.count,
      entries[position].binding.key == key
    else { return }
    byIdentity[key.namespace]?[identity]?.remove(at: position)
    if byIdentity[key.namespace]?[identity]?.isEmpty == true { byIdentity[key.namespace]?[identity] = nil }
  }

  /// Where the binding is, or would be.
  private func position(_ key: BindingKey, _ identity: RBACIdentity) -> Int {
    guard let entries = byIdentity[key.namespace]?[identity] else { return 0 }
    var range = 0..<entries.count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range =
        entries[middle].binding.key < key ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return range.lowerBound
  }

  // MARK: Looking up

  func role(_ reference: RoleReference) -> CompiledRole? { slots[reference].flatMap { roles[$0] } }

  var allRoles: [RoleReference: CompiledRole] { slots.compactMapValues { roles[$0] } }

  /// The binding of the least name whose role allows the request.
  /// - Parameter missing: gains the bindings without a role that were passed.
  func grant(
    _ attributes: AuthorizationAttributes, _ combinedResource: String, scope: String,
    _ missing: inout [CompiledBinding]
  ) -> RBACIndex.Grant? {
    guard let identities = byIdentity[scope] else { return nil }
    var best: RBACIndex.Grant?
    func look(_ identity: RBACIdentity) {
      guard let entries = identities[identity] else { return }
      for entry in entries {
        if let best, !(entry.binding.key < best.binding.key) { return }
        guard let role = roles[entry.slot] else {
          missing.append(entry.binding)
          continue
        }
        if let rule = role.firstRule(allowing: attributes, combinedResource: combinedResource) {
          best = RBACIndex.Grant(binding: entry.binding, rule: rule)
          return
        }
      }
    }
    look(.user(attributes.user.name))
    for group in attributes.user.groups { look(.group(group)) }
    return best
  }

  /// All bindings of a namespace (empty: of the cluster) that concern the user, in the order of their names.
  func candidates(_ user: UserInfo, scope: String) -> [RBACIndex.Candidate] {
    guard let identities = byIdentity[scope] else { return [] }
    var found: [BindingKey: Entry] = [:]
    for identity in [.user(user.name)] + user.groups.map(RBACIdentity.group) {
      for entry in identities[identity] ?? [] { found[entry.binding.key] = entry }
    }
    return found.values.sorted { $0.binding.key < $1.binding.key }.compactMap { entry in
      entry.binding.subjects.first { $0.includes(user) }.map {
        RBACIndex.Candidate(binding: entry.binding, subject: $0, role: roles[entry.slot])
      }
    }
  }
}
