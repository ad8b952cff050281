import Authentication
import Schema
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
