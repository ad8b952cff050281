import Authentication
import Testing
import Values

@testable import Authorization

/// A reproducible source of random numbers (SplitMix64).
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: 0..<list.count, using: &self)] }

  mutating func some(_ list: [String], upTo most: Int = 3, from least: Int = 1) -> [String] {
    (0..<Int.random(in: least...most, using: &self)).map { _ in pick(list) }
  }
}

private let verbs = ["get", "list", "*", "create"]
private let groups = ["", "apps", "*"]
private let resources = ["pods", "pods/log", "*/log", "*", "jobs", "pods/*"]
private let names = ["a", "b", ""]
private let paths = ["/a", "/a/*", "/a/b", "*", "/b*", "/b**"]
private let users = ["u1", "u2", "system:serviceaccount:n1:s1"]
private let userGroups = ["g1", "g2"]
private let namespaces = ["n1", "n2"]

/// RBAC as the documentation words it: all bindings, one after the other.
private struct PlainPolicy {
  var roles: [RoleReference: [PolicyRule]] = [:]
  /// By namespace and number.
  var bindings: [String: (namespace: String, role: RoleReference, subjects: [RBACSubject])] = [:]

  func allows(_ request: AuthorizationAttributes) -> Bool {
    bindings.values.contains { binding in
      let isInScope =
        binding.namespace.isEmpty || (request.isResourceRequest && binding.namespace == request.namespace)
      guard isInScope, binding.subjects.contains(where: { isSubject($0, request.user) }) else { return false }
      return (roles[binding.role] ?? []).contains { allows($0, request) }
    }
  }

  private func isSubject(_ subject: RBACSubject, _ user: UserInfo) -> Bool {
    switch subject {
    case .user(let name): name == user.name
    case .group(let name): user.groups.contains(name)
    case .serviceAccount(let account):
      user.name == "system:serviceaccount:\(account.namespace):\(account.name)"
    }
  }

  private func allows(_ rule: PolicyRule, _ request: AuthorizationAttributes) -> Bool {
    func any(_ list: [String], _ wanted: String) -> Bool { list.contains("*") || list.contains(wanted) }
    guard any(rule.verbs, request.verb) else { return false }
    if !request.isResourceRequest {
      return rule.nonResourceURLs.contains { url in
        url == request.path
          || (url.hasSuffix("*") && request.path.hasPrefix(url.prefix(while: { $0 != "*" })))
      }
    }
    var wanted = [request.resource]
    if !request.subresource.isEmpty {
      wanted = ["\(request.resource)/\(request.subresource)", "*/\(request.subresource)"]
    }
    return any(rule.apiGroups, request.apiGroup) && wanted.contains { any(rule.resources, $0) }
      && (rule.resourceNames.isEmpty || rule.resourceNames.contains(request.name))
  }
}

extension Generator {
  fileprivate mutating func rules() -> [PolicyRule] {
    (0..<Int.random(in: 0...4, using: &self)).map { _ in
      if Int.random(in: 0..<4, using: &self) == 0 {
        return PolicyRule(verbs: some(verbs), nonResourceURLs: some(paths))
      }
      return PolicyRule(
        verbs: some(verbs), apiGroups: some(groups), resources: some(resources),
        resourceNames: some(names, upTo: 2, from: 0))
    }
  }

  fileprivate mutating func subject() -> Value {
    switch Int.random(in: 0..<3, using: &self) {
    case 0: user(pick(users))
    case 1: group(pick(userGroups))
    default: ["kind": "ServiceAccount", "name": "s1", "namespace": .string(pick(["n1", ""]))]
    }
  }

  fileprivate mutating func request() -> AuthorizationAttributes {
    let user = UserInfo(name: pick(users), groups: some(userGroups, upTo: 2, from: 0))
    if Int.random(in: 0..<5, using: &self) == 0 {
      return AuthorizationAttributes(
        user: user, verb: pick(verbs), path: pick(["/a", "/a/b", "/a/", "/bc", "/c"]))
    }
    return AuthorizationAttributes(
      user: user, verb: pick(verbs), namespace: pick(namespaces + [""]),
      apiGroup: pick(["", "apps", "batch"]),
      resource: pick(["pods", "jobs", "*"]), subresource: pick(["", "", "log", "exec", "*"]),
      name: pick(names))
  }
}

/// Policies × rounds × requests: 100,800 decisions, each compared with the plain reading.
private let policies: UInt64 = 60
private let rounds = 4
private let requests = 420

@Test(arguments: 0..<policies) func theIndexAgreesWithAPlainReading(seed: UInt64) async throws {
  var random = Generator(state: seed)
  let policy = try Policy()
  var plain = PlainPolicy()
  var allowed = 0
  // Later rounds replace and remove what earlier ones made, so that the index must keep up.
  for _ in 0..<rounds {
    for name in ["r1", "r2", "r3"] {
      for namespace in ["", "n1", "n2"] {
        let reference = RoleReference(
          kind: namespace.isEmpty ? .clusterRole : .role, namespace: namespace, name: name)
        let isThere = plain.roles[reference] != nil
        if Int.random(in: 0..<4, using: &random) == 0 {
          if isThere {
            try policy.delete(namespace.isEmpty ? "clusterroles" : "roles", name, namespace: namespace)
          }
          plain.roles[reference] = nil
        } else {
          let rules = random.rules()
          try policy.role(name, rules.map(\.value), namespace: namespace)
          plain.roles[reference] = rules
        }
      }
    }
    for number in 0..<6 {
      let namespace = random.pick(["", "n1", "n2"])
      let kind = namespace.isEmpty ? "ClusterRole" : random.pick(["Role", "ClusterRole"])
      let role = random.pick(["r1", "r2", "r3", "ghost"])
      let subjects = (0..<2).map { _ in random.subject() }
      // One name a namespace and number, so that a later round replaces it.
      try policy.bind("b\(number)", "\(kind)/\(role)", to: subjects, namespace: namespace)
      let reference = RoleReference(
        kind: kind == "Role" ? .role : .clusterRole, namespace: namespace, name: role)
      plain.bindings["\(namespace)/\(number)"] = (
        namespace, reference, subjects.compactMap { RBACSubject($0, namespace: namespace) }
      )
    }
    let authorizer = policy.authorizer
    for _ in 0..<requests {
      let request = random.request()
      let decision = await authorizer.authorize(request)
      // Expectations cost more than decisions: only what is wrong becomes one.
      if decision.isAllowed != plain.allows(request) {
        Issue.record("seed \(seed): \(request) is decided \(decision.verdict)")
      }
      if decision.isAllowed {
        allowed += 1
        if decision.grant?.rule.allows(request) != true {
          Issue.record("seed \(seed): \(request) is not allowed by the rule that is told")
        }
      }
    }
  }
  #expect(allowed > 0, "a policy that allows nothing tests nothing")
}
