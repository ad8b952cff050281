import Authentication
import Metrics
import Schema
import Synchronization
import Testing
import Values

@testable import Authorization

/// Who jane becomes with those header fields when she creates a SelfSubjectReview.
private func impersonate(
  _ headers: HeaderFields, _ rules: [Value] = [], by requester: UserInfo = jane, constrained: Bool = true
) async throws -> Impersonation.Outcome {
  let policy = try Policy()
  try policy.role("r", rules)
  try policy.bind("b", "ClusterRole/r", to: [user(requester.name)])
  let authorizer = policy.authorizer
  let request = try #require(try ImpersonationRequest(headers))
  let attributes = AuthorizationAttributes(
    user: requester, verb: "create", apiGroup: "authentication.k8s.io", resource: "selfsubjectreviews")
  let impersonation = Impersonation(constrained: constrained) { await authorizer.authorize($0) }
  return try await impersonation.impersonate(request, attributes)
}

private func refusal(_ headers: HeaderFields, _ rules: [Value] = []) async throws -> String? {
  do {
    _ = try await impersonate(headers, rules)
    return nil
  } catch let error as StatusError {
    return error.message
  }
}

private let asBob = rule(["impersonate"], ["users"], names: ["bob"])

@Test func headerFieldsSayAsWhom() throws {
  let request = try ImpersonationRequest([
    "impersonate-user": "bob", "Impersonate-Group": "a", "Impersonate-Group": "b", "Impersonate-Uid": "1",
    "Impersonate-Extra-Example.com%2fScopes": "x",
  ])
  #expect(
    request?.user
      == UserInfo(name: "bob", uid: "1", groups: ["a", "b"], extra: ["example.com/scopes": ["x"]]))
  #expect(try ImpersonationRequest(["Accept": "x"]) == nil)
  let message =
    "requested &user.DefaultInfo{Name:\"\", UID:\"\", Groups:[]string{\"ops\"}, "
    + "Extra:map[string][]string(nil)} without impersonating a user name"
  #expect(throws: StatusError.badRequest(message)) { try ImpersonationRequest(["Impersonate-Group": "ops"]) }
}

@Test func theVerbImpersonateIsAskedForEachPart() async throws {
  func text(_ resource: String, _ shown: String, _ name: String, _ group: String = "") -> String {
    "\(resource) \"\(name)\" is forbidden: User \"jane\" cannot impersonate resource \"\(shown)\" "
      + "in API group \"\(group)\" at the cluster scope"
  }
  let group = "authentication.k8s.io"
  #expect(try await refusal(["Impersonate-User": "bob"]) == text("users", "users", "bob"))
  #expect(try await refusal(["Impersonate-User": "bob"], [asBob]) == nil)
  #expect(
    try await refusal(["Impersonate-User": "bob", "Impersonate-Group": "ops"], [asBob])
      == text("groups", "groups", "ops"))
  #expect(
    try await refusal(["Impersonate-User": "bob", "Impersonate-Uid": "1"], [asBob])
      == text("uids.\(group)", "uids", "1", group))
  #expect(
    try await refusal(["Impersonate-User": "bob", "Impersonate-Extra-scopes": "x"], [asBob])
      == text("userextras.\(group)", "userextras/scopes", "x", group))
  #expect(
    try await refusal(["Impersonate-User": "system:serviceaccount:default:app"])
      == "serviceaccounts \"app\" is forbidden: User \"jane\" cannot impersonate resource "
      + "\"serviceaccounts\" in API group \"\" in the namespace \"default\"")
}

@Test func theIdentityGetsItsGroups() async throws {
  func become(_ headers: HeaderFields) async throws -> UserInfo {
    try await impersonate(headers, by: admin, constrained: false).user
  }
  #expect(try await become(["Impersonate-User": "bob"]).groups == ["system:authenticated"])
  #expect(
    try await become(["Impersonate-User": "system:serviceaccount:ns:app"]).groups
      == ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"])
  #expect(try await become(["Impersonate-User": "system:anonymous"]).groups == ["system:unauthenticated"])
  let masters: HeaderFields = ["Impersonate-User": "root", "Impersonate-Group": "system:masters"]
  #expect(try await become(masters).groups == ["system:masters", "system:authenticated"])
}

@Test func constrainedModesNeedBothPermissions() async throws {
  let group = "authentication.k8s.io"
  let identity = rule(["impersonate:user-info"], ["users", "groups"], groups: [group])
  let onRequest = rule(["impersonate-on:user-info:create"], ["selfsubjectreviews"], groups: [group])
  let headers: HeaderFields = ["Impersonate-User": "bob", "Impersonate-Group": "ops"]
  let outcome = try await impersonate(headers, [identity, onRequest])
  #expect(outcome.constraint == "impersonate:user-info")
  #expect(outcome.user == UserInfo(name: "bob", groups: ["ops", "system:authenticated"]))
  #expect(try await refusal(headers, [identity]) != nil)
  #expect(try await refusal(headers, [onRequest]) != nil)
  let masters: HeaderFields = ["Impersonate-User": "bob", "Impersonate-Group": "system:masters"]
  #expect(try await refusal(masters, [identity, onRequest]) != nil, "only the verb impersonate gives that")
  #expect(try await impersonate(["Impersonate-User": "bob"], [asBob]).constraint == nil)
}

@Test func anAccountMayBeTheNodeItRunsOn() async throws {
  let group = "authentication.k8s.io"
  let rules = [
    rule(["impersonate:associated-node"], ["nodes"], groups: [group], names: ["*"]),
    rule(["impersonate-on:associated-node:create"], ["selfsubjectreviews"], groups: [group]),
  ]
  let agent = UserInfo(
    name: "system:serviceaccount:ns:agent", extra: ["authentication.kubernetes.io/node-name": ["n1"]])
  let outcome = try await impersonate(["Impersonate-User": "system:node:n1"], rules, by: agent)
  #expect(outcome.constraint == "impersonate:associated-node")
  #expect(outcome.user == UserInfo(name: "system:node:n1", groups: ["system:nodes", "system:authenticated"]))
  await #expect(throws: StatusError.self) {
    _ = try await impersonate(["Impersonate-User": "system:node:n2"], rules, by: agent)
  }
}

/// What somebody may do, which changes, and a clock that is moved.
private final class Desk: Sendable {
  private struct State {
    var allowed: Set<String> = []
    var asked: [String] = []
    var time = Timestamp(seconds: 1_800_000_000)
  }

  private let state = Mutex(State())
  let registry = MetricsRegistry()

  func allow(_ permissions: [String]) { state.withLock { $0.allowed = Set(permissions) } }

  func advance(_ seconds: Int64) { state.withLock { $0.time = $0.time.adding(seconds: seconds) } }

  /// What was asked since the last time, as `verb group/resource name`.
  func asked() -> [String] {
    state.withLock { state in
      defer { state.asked = [] }
      return state.asked
    }
  }

  func impersonation() -> Impersonation {
    Impersonation(metrics: ImpersonationMetrics(registry: registry), now: { self.state.withLock { $0.time } })
    {
      attributes in
      let text = "\(attributes.verb) \(attributes.combinedResource) \(attributes.name)"
      return self.state.withLock { state in
        state.asked.append(text)
        return AuthorizationDecision(state.allowed.contains(text) ? .allow : .noOpinion, authorizer: "test")
      }
    }
  }
}

private let list = AuthorizationAttributes(user: jane, verb: "list", resource: "pods")

private func refusal(
  _ impersonation: Impersonation, _ user: UserInfo, _ attributes: AuthorizationAttributes = list
) async -> String? {
  do throws(StatusError) {
    _ = try await impersonation.impersonate(ImpersonationRequest(user: user), attributes)
    return nil
  } catch {
    return error.message
  }
}

@Test func whatConstrainedModesAllowedIsRememberedForTenSeconds() async throws {
  let desk = Desk()
  let impersonation = desk.impersonation()
  let bob = UserInfo(name: "bob")
  desk.allow(["impersonate-on:user-info:list pods ", "impersonate:user-info users bob"])
  #expect(await refusal(impersonation, bob) == nil)
  #expect(
    desk.asked() == ["impersonate-on:user-info:list pods ", "impersonate:user-info users bob"])
  desk.allow([])
  #expect(await refusal(impersonation, bob) == nil, "the permissions are gone, and that is not noticed yet")
  #expect(desk.asked() == [])
  // Another request needs its own permission; the identity is remembered.
  var watch = list
  watch.verb = "watch"
  desk.allow(["impersonate-on:user-info:watch pods "])
  #expect(await refusal(impersonation, bob, watch) == nil)
  #expect(desk.asked() == ["impersonate-on:user-info:watch pods "])
  desk.advance(10)
  desk.allow([])
  #expect(
    await refusal(impersonation, bob)
      == "pods is forbidden: User \"jane\" cannot impersonate-on:user-info:list resource \"pods\" in API group "
      + "\"\" at the cluster scope", "the mode that worked last is told")
  #expect(desk.asked() == ["impersonate-on:user-info:list pods ", "impersonate users bob"])
}

@Test func theVerbImpersonateIsNeverRemembered() async throws {
  let desk = Desk()
  let impersonation = desk.impersonation()
  desk.allow(["impersonate users bob"])
  #expect(await refusal(impersonation, UserInfo(name: "bob")) == nil)
  #expect(desk.asked() == ["impersonate-on:user-info:list pods ", "impersonate users bob"])
  #expect(await refusal(impersonation, UserInfo(name: "bob")) == nil)
  #expect(desk.asked() == ["impersonate users bob"], "the mode that worked last is tried first")
  desk.allow([])
  #expect(
    await refusal(impersonation, UserInfo(name: "bob"))
      == "users \"bob\" is forbidden: User \"jane\" cannot impersonate resource \"users\" in API group \"\" at "
      + "the cluster scope")
  let text = desk.registry.text(.prometheus)
  for line in [
    "attempts_total{mode=\"legacy\",decision=\"allowed\"} 2",
    "attempts_total{mode=\"legacy\",decision=\"denied\"} 1",
    "attempts_total{mode=\"user-info\",decision=\"denied\"} 2",
    "authorization_attempts_total{mode=\"legacy\",decision=\"allowed\"} 2",
    "attempts_duration_seconds_count{mode=\"legacy\",decision=\"allowed\"} 2",
    "authorization_attempts_duration_seconds_count{mode=\"user-info\",decision=\"denied\"} 2",
  ] {
    #expect(text.contains("\napiserver_impersonation_\(line)\n"), "\(line)")
  }
}

@Test(
  "what constrained modes never allow",
  arguments: [
    (
      UserInfo(name: "bob", groups: ["ops", "system:masters"]),
      "groups.authentication.k8s.io \"system:masters\"",
      "impersonating the system:masters group is not allowed"
    ),
    (
      UserInfo(name: "bob", groups: [""]), "groups.authentication.k8s.io",
      "impersonating the empty string group is not allowed"
    ),
    (
      UserInfo(name: "bob", extra: ["scopes": ["x"]]), "userextras.authentication.k8s.io",
      "impersonating an invalid key in extra is not allowed: extra.key: Invalid value: \"scopes\": must be a "
        + "domain-prefixed path (such as \"acme.io/foo\")"
    ),
    (
      UserInfo(name: "bob", extra: ["acme.io/Scopes": ["x"]]), "userextras.authentication.k8s.io",
      "impersonating a non-lowercase key in extra is not allowed: \"acme.io/Scopes\""
    ),
    (
      UserInfo(name: "bob", extra: ["acme.io/scopes": ["x", ""]]), "userextras.authentication.k8s.io",
      "impersonating the empty string value in extra is not allowed"
    ),
  ])
func whatIsNeverAllowed(_ user: UserInfo, _ what: String, _ reason: String) async throws {
  let desk = Desk()
  let impersonation = desk.impersonation()
  let permissions = ["impersonate-on:user-info:list pods ", "impersonate:user-info users bob"]
  desk.allow(permissions)
  #expect(await refusal(impersonation, UserInfo(name: "bob")) == nil)
  let message = await refusal(impersonation, user) ?? ""
  #expect(message.hasPrefix("\(what) is forbidden: User \"jane\" cannot impersonate:user-info resource "))
  #expect(message.hasSuffix("in API group \"authentication.k8s.io\" at the cluster scope: \(reason)"))
}

@Test func manyGroupsMayBeAllowedAtOnce() async throws {
  let desk = Desk()
  let impersonation = desk.impersonation()
  let base = ["impersonate-on:user-info:list pods ", "impersonate:user-info users bob"]
  desk.allow(base + ["impersonate:user-info groups *", "impersonate:user-info userextras/* *"])
  let groups = ["a", "b", "c", "d"]
  let extra = ["acme.io/x": groups]
  #expect(await refusal(impersonation, UserInfo(name: "bob", groups: groups, extra: extra)) == nil)
  #expect(desk.asked() == base + ["impersonate:user-info groups *", "impersonate:user-info userextras/* *"])
  #expect(
    await refusal(impersonation, UserInfo(name: "bob", groups: Array(groups.prefix(3))))?.hasPrefix(
      "groups.authentication.k8s.io \"a\" is forbidden") == true, "three are asked about one by one")
}

@Test func aNodeIsNotWhichever() async throws {
  let desk = Desk()
  let impersonation = desk.impersonation()
  let agent = UserInfo(
    name: "system:serviceaccount:ns:agent", extra: ["authentication.kubernetes.io/node-name": ["n1"]])
  var attributes = list
  attributes.user = agent
  desk.allow(["impersonate-on:associated-node:list pods ", "impersonate:associated-node nodes *"])
  let outcome = try await impersonation.impersonate(
    ImpersonationRequest(user: UserInfo(name: "system:node:n1")), attributes)
  #expect(outcome.user.name == "system:node:n1")
  // The same account on another node is remembered as well, and is its own node.
  attributes.user.extra["authentication.kubernetes.io/node-name"] = ["n2"]
  desk.allow([])
  let other = try await impersonation.impersonate(
    ImpersonationRequest(user: UserInfo(name: "system:node:n2")), attributes)
  #expect(other.user.name == "system:node:n2")
  #expect(await refusal(impersonation, UserInfo(name: "system:node:n1"), attributes) != nil)
  #expect(await refusal(impersonation, UserInfo(name: "system:node:*"), attributes) != nil)
}
