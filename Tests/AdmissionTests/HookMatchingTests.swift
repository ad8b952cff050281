import Schema
import Testing
import Values

@testable import Admission

@Suite struct HookMatchingTests {
  /// Whether a hook sees a request.
  private func isAsked(
    _ hook: Value, _ act: (Cluster) async throws(StatusError) -> Void
  ) async throws -> [Value] {
    let fake = FakeHooks(["/h": { _ in ["allowed": true] }])
    let cluster = try Cluster {
      $0.mutatingClients = fake
      $0.validatingClients = fake
    }
    cluster.put(.configuration("Validating", "v", [hook]))
    try await act(cluster)
    return fake.calls.map(\.request)
  }

  private func rule(_ fields: Object) -> Object {
    var rule: Object = [
      "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"],
    ]
    for (key, value) in fields { rule[key] = value }
    return ["rules": [.object(rule)]]
  }

  @Test func rulesChooseRequests() async throws {
    func asked(_ fields: Object) async throws -> Bool {
      try await !isAsked(.hook("h", rule(fields))) { cluster throws(StatusError) in
        try await cluster.create(.configMap())
      }.isEmpty
    }
    #expect(try await asked([:]))
    #expect(
      try await asked(["resources": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"]]))
    #expect(try await asked(["resources": ["configmaps/*"]]))
    #expect(try await asked(["scope": "Namespaced"]))
    #expect(try await !asked(["scope": "Cluster"]))
    #expect(try await !asked(["operations": ["UPDATE"]]))
    #expect(try await !asked(["apiGroups": ["apps"]]))
    #expect(try await !asked(["resources": ["configmaps/status"]]))
  }

  @Test func selectorsChooseObjects() async throws {
    func asked(_ fields: Object, _ object: Value) async throws -> Bool {
      try await !isAsked(.hook("h", fields, resources: ["*"])) { cluster throws(StatusError) in
        try await cluster.create(object)
      }.isEmpty
    }
    let mine: Value = ["matchLabels": ["hook": "me"]]
    #expect(try await asked(["objectSelector": mine], .configMap(labels: ["hook": "me"])))
    #expect(try await !asked(["objectSelector": mine], .configMap()))
    #expect(try await !asked(["namespaceSelector": mine], .configMap()))
    // A namespace goes by its own labels, other objects of the cluster are always concerned.
    let space: Value = [
      "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "n", "labels": ["hook": "me"]],
    ]
    #expect(try await asked(["namespaceSelector": mine], space))
    let node: Value = ["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n"]]
    #expect(try await asked(["namespaceSelector": mine], node))
  }

  @Test func equivalentResourcesAreShownInTheVersionAskedFor() async throws {
    let scaler: Value = [
      "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
      "metadata": ["name": "h", "namespace": "team"],
      "spec": [
        "maxReplicas": 3, "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "d"],
        "metrics": [
          [
            "type": "Resource",
            "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 50]],
          ]
        ],
      ],
    ]
    let rule = rule([
      "apiGroups": ["autoscaling"], "apiVersions": ["v1"], "resources": ["horizontalpodautoscalers"],
    ])
    let seen = try await isAsked(.hook("h", rule)) { cluster throws(StatusError) in
      try await cluster.create(scaler)
    }
    #expect(seen.first?["kind"]?["version"] == "v1")
    #expect(seen.first?["requestKind"]?["version"] == "v2")
    #expect(seen.first?["object"]?["apiVersion"] == "autoscaling/v1")
    #expect(seen.first?["object"]?["spec"]?["targetCPUUtilizationPercentage"] == 50)
    var exact = rule
    exact["matchPolicy"] = "Exact"
    #expect(
      try await isAsked(.hook("h", exact)) { cluster throws(StatusError) in
        try await cluster.create(scaler)
      }.isEmpty)
  }
}
