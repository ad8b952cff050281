import Schema
import Testing
import Values

@testable import Controllers

@Suite("The status of policies")
struct PolicyStatusTests {
  private static let policies = GroupResource(
    group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicies")

  private static func policy(_ expression: String, _ groups: Value, _ versions: Value, _ resources: Value)
    -> Value
  {
    [
      "metadata": ["name": "p"],
      "spec": [
        "matchConstraints": [
          "resourceRules": [
            [
              "apiGroups": groups, "apiVersions": versions, "resources": resources, "operations": ["CREATE"],
            ]
          ]
        ],
        "validations": [
          ["expression": "true"],
          ["expression": .string(expression), "messageExpression": "'x' + object.none"],
        ],
      ],
    ]
  }

  @Test("expressions that don't fit a kind are told, and told no more when they are mended")
  func warnings() async throws {
    try await Cluster.run { cluster in
      try await cluster.make(
        Self.policies, Self.policy("object.replicas > 1", ["apps"], ["v1"], ["deployments"]), in: "")
      func status() -> Value? { cluster.get(Self.policies, "p", in: "")?["status"] }
      await cluster.eventually("it is checked") { status()?["observedGeneration"] == 1 }
      let warnings = status()?["typeChecking"]?["expressionWarnings"]?.array ?? []
      #expect(
        warnings.first == [
          "fieldRef": "spec.validations[1].expression",
          "warning": .string(
            "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n"
              + " | object.replicas > 1\n | ......^\n"),
        ])
      #expect(warnings.map { $0["fieldRef"]?.string ?? "" }.last == "spec.validations[1].messageExpression")
      #expect(warnings.count == 2)
      let managers = cluster.get(Self.policies, "p", in: "")?["metadata"]?["managedFields"]?.array ?? []
      #expect(
        managers.contains {
          $0["manager"] == "validatingadmissionpolicy-status-controller" && $0["operation"] == "Apply"
            && $0["subresource"] == "status"
        })

      try await cluster.client.update(Self.policies, name: "p") { policy in
        var policy = policy
        policy["spec"]?["validations"] = [["expression": "object.spec.replicas > 1"]]
        return policy
      }
      await cluster.eventually("it is checked again") { status()?["observedGeneration"] == 2 }
      #expect(status()?["typeChecking"]?["expressionWarnings"] == nil)
    }
  }

  @Test("kinds that are defined count too")
  func customKinds() async throws {
    try await Cluster.run { cluster in
      try await cluster.makeDefinition()
      try await cluster.make(
        Self.policies, Self.policy("object.hull == 1", ["example.com"], ["v1"], ["ships"]), in: "")
      await cluster.eventually("it is checked") {
        let status = cluster.get(Self.policies, "p", in: "")?["status"]
        return status?["typeChecking"]?["expressionWarnings"]?.array?.first?["warning"]?.string?.hasPrefix(
          "example.com/v1, Kind=Ship: ERROR: <input>:1:7: undefined field 'hull'") == true
      }
    }
  }

  @Test(
    "which kinds a policy is checked with",
    arguments: [
      (
        ["apps"], ["v1"], ["deployments", "deployments/scale", "*/status", "DaemonSet"],
        ["DaemonSet", "Deployment"]
      ),
      (["*"], ["v1"], ["deployments"], []), (["apps"], ["v1", "*"], ["deployments"], []),
      (["apps"], ["v1"], ["*"], []), (["apps"], ["v7"], ["deployments"], []),
      (["apps"], ["v1"], ["pods"], []),
      // The core group's name matches any group.
      ([""], ["v1"], ["events"], ["Event", "Event"]),
      (["batch", "apps"], ["v1"], ["jobs", "daemonsets"], ["DaemonSet", "Job"]),
      (
        [""], ["v1"],
        [
          "pods", "secrets", "services", "endpoints", "nodes", "namespaces", "configmaps", "limitranges",
          "persistentvolumes", "bindings", "serviceaccounts", "resourcequotas",
        ],
        [
          "Binding", "ConfigMap", "Endpoints", "LimitRange", "Namespace", "Node", "PersistentVolume", "Pod",
          "ResourceQuota", "Secret",
        ]
      ),
    ] as [([String], [String], [String], [String])])
  func matchedKinds(_ groups: [String], _ versions: [String], _ resources: [String], _ kinds: [String]) {
    let rule: Value = [
      "apiGroups": Value(groups), "apiVersions": Value(versions), "resources": Value(resources),
    ]
    let found = ValidatingAdmissionPolicyStatusController.kinds([rule], .builtIn)
    #expect(found.map(\.kind) == kinds)
  }
}
