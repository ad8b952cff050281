import Authentication
import Schema
import Testing
import Values

@testable import Admission

/// ValidatingAdmissionPolicies, as a client that writes objects meets them.
@Suite struct ValidatingAdmissionPolicyTests {
  /// A cluster with a policy `p` over ConfigMaps and a binding `b`.
  static func cluster(
    _ spec: Object, binding: Object = [:], grants: Set<String> = [], prefix: String = "Validating"
  ) throws -> Cluster {
    let cluster = try Cluster(grants: grants)
    var spec = spec
    if spec["matchConstraints"] == nil {
      spec["matchConstraints"] = [
        "resourceRules": [
          ["operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]]
        ]
      ]
    }
    var binding = binding
    binding["policyName"] = "p"
    if binding["validationActions"] == nil, prefix == "Validating" { binding["validationActions"] = ["Deny"] }
    for (kind, name, spec) in [("Policy", "p", spec), ("PolicyBinding", "b", binding)] {
      cluster.put([
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": .string("\(prefix)Admission\(kind)"),
        "metadata": ["name": .string(name)], "spec": .object(spec),
      ])
    }
    return cluster
  }

  static func map(_ name: String, _ data: Object = [:], labels: Object = [:]) -> Value {
    [
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": ["name": .string(name), "namespace": "team", "labels": .object(labels)],
      "data": .object(data),
    ]
  }

  static let denied = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: "

  @Test func refusesInTheWordsOfTheRule() async throws {
    let cluster = try Self.cluster([
      "validations": [["expression": "object.metadata.name != 'bad'", "reason": "Forbidden"]]
    ])
    try await cluster.create(Self.map("good"))
    var refusal: StatusError?
    do { try await cluster.create(Self.map("bad")) } catch { refusal = error }
    #expect(refusal?.code == 403)
    #expect(refusal?.reason == "Forbidden")
    #expect(
      refusal?.details?.causes.map(\.message) == [
        "\(Self.denied)failed expression: object.metadata.name != 'bad'"
      ])
  }

  @Test(arguments: [
    (#"{"message": "no"}"#, "no"),
    (#"{"message": "no", "messageExpression": "'is ' + object.metadata.name"}"#, "is m"),
    (#"{"message": "no", "messageExpression": "'a\\nb'"}"#, "no"),
    (#"{"message": "no", "messageExpression": "object.nothing"}"#, "no"),
  ])
  func computesMessages(_ fields: String, _ expected: String) async throws {
    var validation = try JSON.parse(Array(fields.utf8))
    validation["expression"] = "false"
    let cluster = try Self.cluster(["validations": [validation]])
    let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(Self.map("m")) }
    #expect(refusal == Self.denied + expected)
  }

  @Test func warnsAndAnnotatesInstead() async throws {
    let cluster = try Self.cluster(
      [
        "validations": [["expression": "false", "message": "no"]],
        "auditAnnotations": [["key": "keys", "valueExpression": "string(size(object.data))"]],
      ], binding: ["validationActions": ["Warn", "Audit"]])
    try await cluster.create(Self.map("m", ["a": ""]))
    #expect(
      cluster.notes.warnings == [
        "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no"
      ])
    #expect(cluster.notes.annotations["p/keys"] == "1")
    #expect(
      cluster.notes.annotations["validation.policy.admission.k8s.io/validation_failure"]
        == #"[{"message":"no","policy":"p","binding":"b","expressionIndex":0,"validationActions":["Warn","Audit"]}]"#
    )
  }

  @Test(arguments: [("Fail", true), ("Ignore", false)])
  func leavesErrorsToTheFailurePolicy(_ policy: String, _ refuses: Bool) async throws {
    let cluster = try Self.cluster([
      "failurePolicy": .string(policy),
      "variables": [["name": "n", "expression": "int(object.data.n)"]],
      "validations": [["expression": "variables.n < 3"]],
    ])
    let refusal = await cluster.refusal { () throws(StatusError) in
      try await cluster.create(Self.map("m", ["n": "many"]))
    }
    let expected =
      Self.denied + "expression 'variables.n < 3' resulted in error: composited variable \"n\" fails to "
      + "evaluate: type conversion error from 'string' to 'int'"
    #expect(refusal == (refuses ? expected : nil))
  }

  @Test func skipsWhatItsConditionsExempt() async throws {
    let cluster = try Self.cluster([
      "matchConditions": [["name": "free", "expression": "!object.metadata.name.startsWith('free')"]],
      "validations": [["expression": "false"]],
    ])
    try await cluster.create(Self.map("free-1"))
    let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(Self.map("m")) }
    #expect(refusal == "\(Self.denied)failed expression: false")
  }

  @Test func asksTheAuthorizer() async throws {
    let cluster = try Self.cluster(
      [
        "validations": [
          ["expression": "authorizer.group('').resource('secrets').name('s').check('get').allowed()"]
        ]
      ], grants: ["mina get secrets s"])
    try await cluster.create(Self.map("m"), as: UserInfo(name: "mina"))
    let refusal = await cluster.refusal { () throws(StatusError) in
      try await cluster.create(Self.map("n"), as: UserInfo(name: "sami"))
    }
    #expect(refusal?.hasPrefix("\(Self.denied)failed expression: authorizer") == true)
  }

  @Test func readsTheRequestAndTheNamespace() async throws {
    let text =
      "[request.operation, request.resource.resource, request.kind.kind, request.namespace, "
      + "request.userInfo.username, namespaceObject.metadata.name, string(oldObject == null)].join('|')"
    let cluster = try Self.cluster([
      "validations": [["expression": "false", "messageExpression": .string(text)]]
    ])
    let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(Self.map("m")) }
    #expect(refusal == "\(Self.denied)CREATE|configmaps|ConfigMap|team|admin|team|true")
  }

  @Test func takesParametersByNameOrSelector() async throws {
    let spec: Object = [
      "paramKind": ["apiVersion": "v1", "kind": "ConfigMap"],
      "matchConstraints": [
        "resourceRules": [
          ["operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"]]
        ]
      ],
      "validations": [["expression": "size(object.data) <= int(params.data.max)"]],
    ]
    let secret: Value = [
      "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "namespace": "team"],
      "data": ["a": "", "b": ""],
    ]
    for (reference, maximum, expected) in [
      (["name": "limits"] as Object, "2", nil), (["name": "limits"], "1", "failed expression"),
      (["selector": ["matchLabels": ["is": "limit"]]], "1", "failed expression"),
      (["name": "none", "parameterNotFoundAction": "Allow"], "1", nil),
      (
        ["name": "none", "parameterNotFoundAction": "Deny"], "1",
        "failed to configure binding: no params found"
      ),
    ] as [(Object, String, String?)] {
      let cluster = try Self.cluster(spec, binding: ["paramRef": .object(reference)])
      cluster.put(Self.map("limits", ["max": .string(maximum)], labels: ["is": "limit"]))
      let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(secret) }
      if let expected {
        #expect(refusal?.hasPrefix(Self.denied + expected) == true)
      } else {
        #expect(refusal == nil)
      }
    }
  }

  @Test func endsWhereTheBudgetDoes() async throws {
    let cluster = try Self.cluster([
      "validations": [
        [
          "expression":
            "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))"
        ]
      ]
    ])
    let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(Self.map("m")) }
    #expect(refusal?.hasSuffix("operation cancelled: actual cost limit exceeded") == true)
  }

  @Test func neverAppliesToWhatConfiguresAdmission() async throws {
    let cluster = try Self.cluster([
      "matchConstraints": [
        "resourceRules": [
          ["operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"]]
        ]
      ], "validations": [["expression": "false"]],
    ])
    try await cluster.create([
      "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
      "metadata": ["name": "other"], "spec": ["policyName": "p", "validationActions": ["Deny"]],
    ])
  }
}

/// MutatingAdmissionPolicies, as a client that writes objects meets them.
@Suite struct MutatingAdmissionPolicyTests {
  private static func cluster(_ spec: Object) throws -> Cluster {
    try ValidatingAdmissionPolicyTests.cluster(spec, prefix: "Mutating")
  }

  private static func map(_ name: String, _ data: Object = [:], labels: Object = [:]) -> Value {
    ValidatingAdmissionPolicyTests.map(name, data, labels: labels)
  }

  private static func applying(_ text: String) -> Object {
    ["mutations": [["patchType": "ApplyConfiguration", "applyConfiguration": ["expression": .string(text)]]]]
  }

  private static func patching(_ text: String) -> Object {
    ["mutations": [["patchType": "JSONPatch", "jsonPatch": ["expression": .string(text)]]]]
  }

  @Test func mergesWhatIsApplied() async throws {
    let cluster = try Self.cluster(
      Self.applying("Object{metadata: Object.metadata{labels: {'added': request.operation}}}"))
    let made = try await cluster.create(Self.map("m", labels: ["own": "1"]))
    #expect(made["metadata"]?["labels"] == ["own": "1", "added": "CREATE"])
  }

  @Test func patches() async throws {
    let cluster = try Self.cluster(
      Self.patching(
        "[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('a/b'), value: 'x'}, "
          + "JSONPatch{op: 'add', path: '/metadata/labels', value: {'n': string(size(object.data))}}]"))
    let made = try await cluster.create(Self.map("m", ["own": "1"]))
    #expect(made["data"] == ["own": "1", "a/b": "x"])
    #expect(made["metadata"]?["labels"] == ["n": "1"])
  }

  @Test func leavesTheObjectWhereATestFails() async throws {
    let cluster = try Self.cluster(
      Self.patching(
        "[JSONPatch{op: 'test', path: '/data/own', value: '2'}, JSONPatch{op: 'remove', path: '/data/own'}]"))
    let made = try await cluster.create(Self.map("m", ["own": "1"]))
    #expect(made["data"] == ["own": "1"])
  }

  @Test(arguments: [
    (
      applying("Object{metadata: Object.metadata{labels: {'n': object.data.n}}}"),
      "expression 'Object{metadata: Object.metadata{labels: {'n': object.data.n}}}' resulted in error: no such "
        + "key: n"
    ),
    (
      applying("Object{metadata: Object.spec{}}"),
      "type mismatch: unexpected type name \"Object.spec\", expected \"Object.metadata\", which matches field "
        + "name path from root Object type"
    ),
  ])
  func refusesWhatFails(_ spec: Object, _ expected: String) async throws {
    let cluster = try Self.cluster(spec)
    let refusal = await cluster.refusal { () throws(StatusError) in
      try await cluster.create(Self.map("m", ["own": "1"]))
    }
    #expect(refusal == "policy 'p' with binding 'b' denied request: \(expected)")
  }

  @Test func keepsAtomicPartsWhole() async throws {
    var spec = Self.applying(
      "Object{spec: Object.spec{tolerations: [Object.spec.tolerations{key: 'a', operator: 'Exists'}]}}")
    spec["matchConstraints"] = [
      "resourceRules": [
        ["operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]]
      ]
    ]
    let cluster = try Self.cluster(spec)
    let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(.pod()) }
    #expect(
      refusal
        == "policy 'p' with binding 'b' denied request: error applying patch: invalid ApplyConfiguration: may "
        + "not mutate atomic arrays, maps or structs: .spec.tolerations")
  }
}

/// Match conditions of webhooks.
@Suite struct CELMatchConditionsTests {
  private static func holds(_ texts: [String], ignoresFailure: Bool = false) async throws(StatusError) -> Bool
  {
    let map = ValidatingAdmissionPolicyTests.map("m")
    let request = AdmissionRequest(
      operation: .create, resource: .init(group: "", version: "v1", resource: "configmaps"),
      kind: GroupVersion(group: "", version: "v1").kind("ConfigMap"), namespace: "team", name: "m",
      object: map,
      oldObject: nil, user: UserInfo(name: "mina"))
    return try await CELMatchConditions(authorizer: Cluster.Grants()).matches(
      texts.map { ["name": "n", "expression": .string($0)] }, request, request.kind, ignoresFailure)
  }

  @Test func allMustHold() async throws {
    #expect(try await Self.holds(["object.metadata.name == 'm'", "request.userInfo.username == 'mina'"]))
    #expect(try await !Self.holds(["true", "oldObject != null"]))
  }

  @Test func oneThatIsFalseOutweighsErrors() async throws {
    #expect(try await !Self.holds(["object.nothing == 1", "false"]))
    #expect(try await !Self.holds(["object.nothing == 1"], ignoresFailure: true))
    var refusal: StatusError?
    do { _ = try await Self.holds(["object.nothing == 1"]) } catch { refusal = error }
    #expect(
      refusal?.message
        == "configmaps \"m\" is forbidden: expression 'object.nothing == 1' resulted in error: no such key: "
        + "nothing")
  }
}
