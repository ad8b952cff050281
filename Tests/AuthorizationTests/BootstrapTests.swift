import Authentication
import Schema
import Testing
import Values

@testable import Authorization

@Test func gatheredRulesComeFromMatchingRolesOnce() throws {
  func role(_ name: String, _ labels: Value, _ rules: [Value]) -> Value {
    ["metadata": ["name": .string(name), "labels": labels], "rules": .array(rules)]
  }
  let get = rule(["get"], ["pods"])
  let list = rule(["list"], ["pods"])
  let all = [
    role("c", ["to": "x"], [get]), role("b", ["to": "x"], [list, get]), role("a", ["to": "y"], [list]),
    role("sum", ["to": "x"], [rule(["*"], ["*"])]),
  ]
  var sum = all[3]
  #expect(AggregatedRoles.rules(for: sum, among: all) == nil)
  sum["aggregationRule"] = ["clusterRoleSelectors": [["matchLabels": ["to": "x"]]]]
  #expect(AggregatedRoles.rules(for: sum, among: all) == [list, get])
}

@Test func theDefaultRolesHoldFromTheStart() async throws {
  let policy = try Policy(bootstrap: true)
  try policy.bind("v", "ClusterRole/view", to: [user("v")])
  try policy.bind("a", "ClusterRole/admin", to: [user("a")], namespace: "ns")
  let viewer = UserInfo(name: "v")
  #expect(await policy.decide(viewer, "list", "pods").isAllowed)
  #expect(await !policy.decide(viewer, "list", "secrets").isAllowed)
  let administrator = UserInfo(name: "a")
  #expect(await policy.decide(administrator, "list", "secrets", namespace: "ns").isAllowed)
  #expect(await policy.decide(administrator, "watch", "pods", namespace: "ns").isAllowed)
  #expect(await !policy.decide(administrator, "list", "secrets").isAllowed)
  for (_, object) in RBACBootstrap.objects() {
    #expect(object["apiVersion"] == "rbac.authorization.k8s.io/v1")
    #expect(RBACBootstrap.reconciled(object, with: object) == nil)
  }
}

@Test func defaultRolesAreRepairedUnlessTheyOptOut() {
  let wanted: Value = [
    "metadata": ["name": "r", "labels": ["l": "1"]], "rules": [rule(["get", "list"], ["pods"])],
  ]
  let existing: Value = [
    "metadata": ["name": "r"], "rules": [rule(["get"], ["pods"]), rule(["get"], ["nodes"])],
  ]
  let repaired = RBACBootstrap.reconciled(existing, with: wanted)
  #expect(repaired?[path: "metadata", "labels"] == ["l": "1"])
  #expect(
    repaired?["rules"] == [rule(["get"], ["pods"]), rule(["get"], ["nodes"]), rule(["list"], ["pods"])])
  var optedOut = existing
  optedOut.set("false", at: ["metadata", "annotations", "rbac.authorization.kubernetes.io/autoupdate"])
  #expect(RBACBootstrap.reconciled(optedOut, with: wanted) == nil)
}

@Test func defaultBindingsGetTheirSubjectsBack() {
  let wanted: Value = ["metadata": ["name": "b"], "roleRef": ["name": "r"], "subjects": [group("g")]]
  var existing = wanted
  existing["subjects"] = [user("u")]
  #expect(RBACBootstrap.reconciled(existing, with: wanted)?["subjects"] == [user("u"), group("g")])
}
