import Authentication
import Schema
import Testing
import Values

@testable import Authorization

@Test func theReasonNamesBindingRoleAndSubject() async throws {
  let policy = try Policy()
  try policy.role("reader", [rule(["get", "list"], ["pods"])], namespace: "ns")
  try policy.role("everywhere", [rule(["get"], ["nodes"])])
  let account: Value = ["kind": "ServiceAccount", "name": "app"]
  try policy.bind("b", "Role/reader", to: [user("jane"), account], namespace: "ns")
  try policy.bind("c", "ClusterRole/everywhere", to: [group("qa")])

  let decision = await policy.decide(jane, "get", "pods", namespace: "ns")
  #expect(decision.reason == "RBAC: allowed by RoleBinding \"b/ns\" of Role \"reader\" to User \"jane\"")
  #expect(decision.grant?.rule == PolicyRule(verbs: ["get", "list"], apiGroups: [""], resources: ["pods"]))
  #expect(decision.steps.map(\.authorizer) == ["PrivilegedGroup", "RBAC"])
  #expect(
    await policy.decide(jane, "get", "nodes").reason
      == "RBAC: allowed by ClusterRoleBinding \"c\" of ClusterRole \"everywhere\" to Group \"qa\"")
  let app = UserInfo(name: "system:serviceaccount:ns:app")
  #expect(
    await policy.decide(app, "list", "pods", namespace: "ns").reason
      == "RBAC: allowed by RoleBinding \"b/ns\" of Role \"reader\" to ServiceAccount \"app/ns\"")
  #expect(await policy.decide(jane, "get", "pods", namespace: "other").verdict == .noOpinion)
  #expect(await policy.decide(jane, "get", "pods").verdict == .noOpinion)
}

@Test func aBindingCountsForTheNextRequest() async throws {
  let policy = try Policy()
  #expect(await !policy.decide(jane, "get", "pods").isAllowed)
  try policy.bind("b", "ClusterRole/r", to: [user("jane")])
  let missing = await policy.decide(jane, "get", "pods")
  #expect(missing.reason == "RBAC: clusterrole.rbac.authorization.k8s.io \"r\" not found")
  #expect(missing.error == nil)
  try policy.role("r", [rule(["get"], ["pods"])])
  #expect(await policy.decide(jane, "get", "pods").isAllowed)
  try policy.role("r", [rule(["list"], ["pods"])])
  #expect(await !policy.decide(jane, "get", "pods").isAllowed)
  try policy.bind("b", "ClusterRole/r", to: [user("bob")])
  #expect(await !policy.decide(jane, "list", "pods").isAllowed)
  #expect(await policy.decide(UserInfo(name: "bob"), "list", "pods").isAllowed)
  try policy.delete("clusterroles", "r")
  #expect(await policy.decide(UserInfo(name: "bob"), "list", "pods").reason == missing.reason)
  try policy.role("r", [rule(["list"], ["pods"])])
  #expect(await policy.decide(UserInfo(name: "bob"), "list", "pods").isAllowed)
  try policy.delete("clusterrolebindings", "b")
  #expect(await !policy.decide(UserInfo(name: "bob"), "list", "pods").isAllowed)
}

@Test func allBindingsOfAUserCanBeListed() async throws {
  let policy = try Policy()
  try policy.role("r", [rule(["get"], ["pods"])])
  try policy.bind("a", "ClusterRole/ghost", to: [group("qa")])
  try policy.bind("b", "ClusterRole/r", to: [user("jane")], namespace: "ns")
  try policy.bind("c", "ClusterRole/r", to: [user("bob")])
  let authorizer = RBACAuthorizer(index: policy.index)
  let request = AuthorizationAttributes(user: jane, verb: "get", namespace: "ns", resource: "pods")
  let found = authorizer.considered(request)
  #expect(found.map(\.bindingName) == ["a", "b"])
  #expect(found.map(\.isRoleMissing) == [true, false])
  #expect(found.last?.rule?.verbs == ["get"])
}

@Test func rulesNameResourcesVerbsAndObjects() async throws {
  let policy = try Policy()
  try policy.role(
    "r",
    [
      rule(["*"], ["pods"]), rule(["get"], ["*/log"]), rule(["get"], ["*"], groups: ["apps"]),
      rule(["get", "list", "create"], ["secrets"], names: ["a"]), rule(["list"], ["events"], groups: ["*"]),
      rule(["get"], ["things/*"]),
    ])
  try policy.bind("b", "ClusterRole/r", to: [user("jane")])
  let cases:
    [(verb: String, group: String, resource: String, subresource: String, name: String, allowed: Bool)] = [
      ("delete", "", "pods", "", "", true), ("fly", "", "pods", "", "", true),
      ("get", "", "pods", "log", "", true), ("get", "", "pods", "exec", "", false),
      ("get", "apps", "deployments", "", "", true), ("get", "apps", "deployments", "scale", "", true),
      ("*", "apps", "deployments", "", "", false), ("get", "apps", "*", "", "", true),
      ("get", "", "secrets", "", "a", true), ("get", "", "secrets", "", "b", false),
      ("list", "", "secrets", "", "", false), ("list", "", "secrets", "", "a", true),
      ("create", "", "secrets", "", "", false), ("list", "events.k8s.io", "events", "", "", true),
      ("get", "", "things", "x", "", false), ("get", "", "things", "*", "", true),
    ]
  for c in cases {
    let decision = await policy.decide(
      jane, c.verb, c.resource, group: c.group, subresource: c.subresource, name: c.name)
    #expect(decision.isAllowed == c.allowed, "\(c)")
  }
}

@Test func pathsAreOpenedByClusterBindingsOnly() async throws {
  let policy = try Policy()
  let urls: Value = ["nonResourceURLs": ["/metrics", "/logs/*", "/debug*"], "verbs": ["get"]]
  try policy.role("r", [urls])
  try policy.bind("b", "ClusterRole/r", to: [user("jane")])
  try policy.bind("b", "ClusterRole/r", to: [user("bob")], namespace: "ns")
  func allowed(_ name: String, _ path: String, _ verb: String = "get") async -> Bool {
    let attributes = AuthorizationAttributes(user: UserInfo(name: name), verb: verb, path: path)
    return await policy.authorizer.authorize(attributes).isAllowed
  }
  for path in ["/metrics", "/logs/", "/logs/a/b", "/debug", "/debugger/x"] {
    #expect(await allowed("jane", path))
  }
  for path in ["/metrics/", "/logs", "", "*", "metrics"] { #expect(await !allowed("jane", path)) }
  #expect(await !allowed("jane", "/metrics", "post"))
  #expect(await !allowed("bob", "/metrics"))
}

@Test func mastersAreNotAskedAbout() async throws {
  let decision = await UnionAuthorizer([AlwaysDenyAuthorizer()]).authorize(
    AuthorizationAttributes(user: admin, verb: "get", resource: "pods"))
  #expect(decision.isAllowed && decision.reason.isEmpty)
  let refused = await UnionAuthorizer([AlwaysDenyAuthorizer(), AlwaysDenyAuthorizer()]).authorize(
    AuthorizationAttributes(user: jane, verb: "get", resource: "pods"))
  #expect(refused.reason == "Everything is forbidden.\nEverything is forbidden.")
}

@Test func refusalsAreWordedLikeTheRealServers() {
  func message(_ attributes: AuthorizationAttributes, _ reason: String = "") -> String {
    StatusError.forbidden(attributes, reason: reason).message
  }
  var attributes = AuthorizationAttributes(
    user: jane, verb: "get", namespace: "ns", apiGroup: "apps", resource: "deployments", subresource: "scale",
    name: "web")
  #expect(
    message(attributes) == "deployments.apps \"web\" is forbidden: User \"jane\" cannot get resource "
      + "\"deployments/scale\" in API group \"apps\" in the namespace \"ns\"")
  attributes.namespace = ""
  attributes.user.name = "<b>\"&"
  #expect(
    message(attributes, "a < b")
      == "deployments.apps \"web\" is forbidden: User \"&lt;b&gt;\\\"&amp;\" cannot get "
      + "resource \"deployments/scale\" in API group \"apps\" at the cluster scope: a < b")
  let path = AuthorizationAttributes(user: jane, verb: "get", path: "/metrics")
  let error = StatusError.forbidden(path, reason: "")
  #expect(error.message == "forbidden: User \"jane\" cannot get path \"/metrics\"")
  #expect(error.details == StatusError.Details())
}
