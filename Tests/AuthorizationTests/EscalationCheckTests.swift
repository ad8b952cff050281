import Authentication
import Schema
import Testing
import Values

@testable import Authorization

/// Jane may write roles in `ns` and has a few permissions there.
private func policy(extra: [Value] = []) throws -> Policy {
  let policy = try Policy()
  try policy.role(
    "own",
    [
      rule(["get", "list"], ["pods"]), rule(["get"], ["secrets"], names: ["mine"]),
      rule(["update"], ["deployments/scale"], groups: ["apps"]),
    ] + extra, namespace: "ns")
  try policy.bind("own", "Role/own", to: [user("jane")], namespace: "ns")
  return policy
}

/// What writing a role of the rules fails with.
private func failure(
  _ rules: [Value], _ policy: Policy, user: UserInfo = jane, old: Value? = nil, aggregation: Value? = nil
) async -> StatusError? {
  var object: Value = ["metadata": ["name": "x", "namespace": "ns"], "rules": .array(rules)]
  object["aggregationRule"] = aggregation
  let check = EscalationCheck(authorizer: policy.authorizer, index: policy.index)
  do throws(StatusError) {
    try await check.role(
      object, old: old, resource: .roles, user: user, namespace: "ns", requestName: old == nil ? "" : "x")
    return nil
  } catch {
    return error
  }
}

private let lead =
  "roles.rbac.authorization.k8s.io \"x\" is forbidden: user \"jane\" "
  + "(groups=[\"developers\" \"qa\" \"system:authenticated\"]) is attempting to grant RBAC permissions "
  + "not currently held:\n"

@Test func whatOneHasOneMayGrant() async throws {
  let policy = try policy()
  let fine = [
    rule(["get"], ["pods"]), rule(["get"], ["secrets"], names: ["mine"]),
    rule(["update"], ["deployments/scale"], groups: ["apps"]),
  ]
  #expect(await failure(fine, policy) == nil)
  #expect(await failure([], policy) == nil)
}

@Test func whatOneLacksIsListed() async throws {
  let cases: [([Value], String)] = [
    ([rule(["get"], ["secrets"])], "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}"),
    (
      [rule(["get"], ["secrets"], names: ["mine", "yours"])],
      "{APIGroups:[\"\"], Resources:[\"secrets\"], ResourceNames:[\"yours\"], Verbs:[\"get\"]}"
    ),
    (
      [rule(["get", "list", "delete"], ["pods", "services"])],
      "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\"]}\n"
        + "{APIGroups:[\"\"], Resources:[\"services\"], Verbs:[\"get\" \"list\" \"delete\"]}"
    ),
    (
      PolicyRule.fullAuthority.map(\.value),
      "{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}\n{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}"
    ),
    ([rule(["get"], ["pods/log"])], "{APIGroups:[\"\"], Resources:[\"pods/log\"], Verbs:[\"get\"]}"),
    (
      [rule(["update"], ["deployments/scale"], groups: ["extensions"])],
      "{APIGroups:[\"extensions\"], Resources:[\"deployments/scale\"], Verbs:[\"update\"]}"
    ),
  ]
  let policy = try policy()
  for (rules, lines) in cases {
    let error = await failure(rules, policy)
    #expect(error?.message == lead + lines)
    #expect(error?.code == 403)
  }
}

@Test func missingRolesAreMentioned() async throws {
  let policy = try policy()
  try policy.bind("lost", "Role/ghost", to: [user("jane")], namespace: "ns")
  let message = await failure([rule(["get"], ["nodes"])], policy)?.message
  #expect(
    message == lead + "{APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"get\"]}; resolution errors: "
      + "[role.rbac.authorization.k8s.io \"ghost\" not found]")
}

@Test func mastersAndEscalatorsMayGrantAnything() async throws {
  let beyond = [rule(["get"], ["nodes"])]
  #expect(await failure(beyond, try policy(), user: admin) == nil)
  let escalate = rule(["escalate"], ["roles"], groups: [rbacGroup])
  #expect(await failure(beyond, try policy(extra: [escalate])) == nil)
  let named = rule(["escalate"], ["roles"], groups: [rbacGroup], names: ["x"])
  #expect(await failure(beyond, try policy(extra: [named])) != nil, "a create names no object")
  let old: Value = ["metadata": ["name": "x", "namespace": "ns"], "rules": []]
  #expect(await failure(beyond, try policy(extra: [named]), old: old) == nil)
}

@Test func unchangedRulesAreCheckedExceptForGarbageCollection() async throws {
  let beyond = [rule(["get"], ["nodes"])]
  var old: Value = [
    "metadata": ["name": "x", "namespace": "ns", "labels": ["a": "b"]], "rules": .array(beyond),
  ]
  #expect(await failure(beyond, try policy(), old: old) != nil)
  old = ["metadata": ["name": "x", "namespace": "ns", "finalizers": ["f"]], "rules": .array(beyond)]
  #expect(await failure(beyond, try policy(), old: old) == nil)
}

@Test func aggregationNeedsFullAuthority() async throws {
  let selectors: Value = ["clusterRoleSelectors": [["matchLabels": ["a": "b"]]]]
  let text = "must have cluster-admin privileges to use the aggregationRule"
  #expect(await failure([], try policy(), aggregation: selectors)?.message.hasSuffix(text) == true)
  let everything = try policy(extra: PolicyRule.fullAuthority.map(\.value))
  #expect(await failure([], everything, aggregation: selectors) == nil)
}

@Test func bindingsGiveOnlyWhatTheBinderHas() async throws {
  let bind = rule(["bind"], ["clusterroles"], groups: [rbacGroup], names: ["view"])
  let policy = try policy(extra: [bind])
  try policy.role("view", [rule(["get"], ["services"])])
  try policy.role("edit", [rule(["delete"], ["pods"])])
  try policy.role("part", [rule(["get"], ["pods"])], namespace: "ns")
  let check = EscalationCheck(authorizer: policy.authorizer, index: policy.index)
  func failure(_ kind: String, _ name: String) async -> StatusError? {
    let object: Value = [
      "metadata": ["name": "x"], "roleRef": ["kind": .string(kind), "name": .string(name)],
    ]
    do throws(StatusError) {
      try await check.binding(object, old: nil, resource: .roleBindings, user: jane, namespace: "ns")
      return nil
    } catch {
      return error
    }
  }
  #expect(await failure("Role", "part") == nil)
  #expect(await failure("ClusterRole", "view") == nil, "the verb bind is enough")
  #expect(
    await failure("ClusterRole", "edit")?.message.hasPrefix("rolebindings.rbac.authorization.k8s.io \"x\" is")
      == true)
  #expect(await failure("Role", "ghost") == .notFound(.roleBindings, "ghost"))
}
