import Authentication
import Schema
import Testing
import Values

@testable import Authorization

private func policy() throws -> Policy {
  let policy = try Policy(bootstrap: true)
  try policy.role("r", [rule(["list", "get"], ["pods"])], namespace: "ns")
  try policy.bind("b", "Role/r", to: [user("jane")], namespace: "ns")
  return policy
}

private let reason: Value = "RBAC: allowed by RoleBinding \"b/ns\" of Role \"r\" to User \"jane\""

private func review(_ spec: Value, metadata: Value = [:]) async throws -> Value {
  try await AccessReviewer(authorizer: policy().authorizer).subjectAccessReview(
    ["spec": spec, "metadata": metadata])
}

private func listPods(_ more: (String, Value)...) -> Value {
  var attributes: Object = ["verb": "list", "resource": "pods", "namespace": "ns"]
  for (key, value) in more { attributes[key] = value }
  return ["user": "jane", "resourceAttributes": .object(attributes)]
}

/// The text behind `is invalid: `.
private func problem(_ spec: Value, metadata: Value = [:]) async throws -> String? {
  do {
    _ = try await review(spec, metadata: metadata)
    return nil
  } catch let error as StatusError {
    #expect(error.code == 422)
    #expect(error.details?.group == "authorization.k8s.io" && error.details?.kind == "")
    let lead = ".authorization.k8s.io \"\" is invalid: "
    #expect(error.message.hasPrefix(lead))
    return String(error.message.dropFirst(lead.count))
  }
}

@Test func reviewsAnswerWithTheReason() async throws {
  #expect(try await review(listPods()) == ["allowed": true, "reason": reason])
  #expect(try await review(listPods(("verb", "delete"))) == ["allowed": false])
  #expect(
    try await review(["groups": ["system:masters"], "resourceAttributes": ["verb": "get", "resource": "x"]])
      == ["allowed": true])
}

@Test func selectorsThatCantBeReadAreIgnored() async throws {
  let fieldError: Value = "spec.resourceAttributes.fieldSelector ignored due to parse error"
  let labelError: Value = "spec.resourceAttributes.labelSelector ignored due to parse error"
  let cases: [(key: String, selector: Value, error: Value?)] = [
    ("fieldSelector", ["rawSelector": "spec.nodeName=n1"], nil),
    ("fieldSelector", ["requirements": [["key": "a", "operator": "In", "values": ["b"]]]], nil),
    ("fieldSelector", ["rawSelector": "a in"], fieldError),
    (
      "fieldSelector",
      [
        "requirements": [
          ["key": "a", "operator": "In", "values": ["b", "c"]],
          ["key": "a", "operator": "In", "values": ["b"]],
        ]
      ], "spec.resourceAttributes.fieldSelector partially ignored due to parse error"
    ),
    ("labelSelector", ["rawSelector": "app=x"], nil), ("labelSelector", ["rawSelector": "a b"], labelError),
    ("labelSelector", ["requirements": [["key": "a", "operator": "Near", "values": ["x"]]]], labelError),
  ]
  for c in cases {
    let status = try await review(listPods((c.key, c.selector)))
    #expect(status["evaluationError"] == c.error)
    #expect(status["allowed"] == true)
  }
}

@Test func reviewsAreValidated() async throws {
  let exactly =
    "spec.resourceAttributes: Invalid value: null: "
    + "exactly one of nonResourceAttributes or resourceAttributes must be specified"
  let noUser = "spec.user: Invalid value: \"\": at least one of user or group must be specified"
  #expect(try await problem(.null) == "[\(exactly), \(noUser)]")
  #expect(try await problem(["user": "a"]) == exactly)
  #expect(try await problem(["resourceAttributes": ["verb": "get"]]) == noUser)
  var both = listPods()
  both["nonResourceAttributes"] = ["path": "/", "verb": "get"]
  #expect(
    try await problem(both)
      == "spec.nonResourceAttributes: Invalid value: {\"Path\":\"/\",\"Verb\":\"get\"}: "
      + "cannot be specified in combination with resourceAttributes")
  #expect(
    try await problem(listPods(), metadata: ["managedFields": [], "name": "x"])
      == "metadata: Invalid value: {\"name\":\"x\",\"managedFields\":[]}: must be empty")
  let path = "spec.resourceAttributes"
  let requirement: (Value) -> Value = { ["requirements": [$0]] }
  let selectors: [(key: String, selector: Value, text: String)] = [
    (
      "fieldSelector", [:],
      ".requirements: Required value: when \(path).fieldSelector is specified, "
        + "requirements or rawSelector is required"
    ),
    (
      "labelSelector", ["rawSelector": "a=b", "requirements": [["key": "a", "operator": "Exists"]]],
      ".rawSelector: Invalid value: \"a=b\": may not specified at the same time as requirements"
    ),
    (
      "labelSelector", requirement(["key": "a", "operator": "In"]),
      ".requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"
    ),
    (
      "labelSelector", requirement(["key": "a", "operator": "Exists", "values": ["x"]]),
      ".requirements[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    ),
    (
      "fieldSelector", requirement(["key": "", "operator": "In", "values": ["x"]]),
      ".requirements[0].key: Required value: must be specified"
    ),
  ]
  for c in selectors {
    #expect(try await problem(listPods((c.key, c.selector))) == "\(path).\(c.key)\(c.text)")
  }
}

@Test func localReviewsStayInTheirNamespace() async throws {
  let reviewer = try AccessReviewer(authorizer: policy().authorizer)
  func local(_ spec: Value) async throws -> Value {
    try await reviewer.localSubjectAccessReview(
      ["metadata": ["namespace": "ns"], "spec": spec], namespace: "ns")
  }
  #expect(try await local(listPods()) == ["allowed": true, "reason": reason])
  await #expect(throws: StatusError.self) { _ = try await local(listPods(("namespace", "other"))) }
  await #expect(throws: StatusError.self) {
    _ = try await local(["user": "jane", "nonResourceAttributes": ["path": "/x", "verb": "get"]])
  }
}

@Test func callersAskAboutThemselves() async throws {
  let policy = try policy()
  let reviewer = AccessReviewer(authorizer: policy.authorizer)
  let discovery =
    "RBAC: allowed by ClusterRoleBinding \"system:discovery\" of ClusterRole \"system:discovery\" "
    + "to Group \"system:authenticated\""
  let healthz: Value = ["spec": ["nonResourceAttributes": ["path": "/healthz", "verb": "get"]]]
  #expect(
    try await reviewer.selfSubjectAccessReview(healthz, user: jane) == [
      "allowed": true, "reason": .string(discovery),
    ])
  let rules = RulesReviewer(resolver: policy.authorizer)
  let status = try await rules.selfSubjectRulesReview(["spec": ["namespace": "ns"]], user: jane)
  #expect(
    status["resourceRules"] == [
      [
        "verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
      ],
      ["verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]],
      ["verbs": ["list", "get"], "apiGroups": [""], "resources": ["pods"]],
    ])
  #expect(status["incomplete"] == false)
  await #expect(throws: StatusError.badRequest("no namespace on request")) {
    _ = try await rules.selfSubjectRulesReview(["spec": ["namespace": ""]], user: jane)
  }
}
