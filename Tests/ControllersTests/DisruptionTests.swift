import Schema
import Testing
import Values

struct DisruptionTests {
  private func makePod(_ cluster: Cluster, _ name: String, isReady: Bool, owner: Value? = nil) async throws {
    var metadata: Value = ["name": .string(name), "labels": ["app": "a"]]
    if let owner { metadata["ownerReferences"] = [owner] }
    try await cluster.make(
      .pods, ["metadata": metadata, "spec": ["containers": [["name": "c", "image": "i"]]]])
    guard isReady else { return }
    try await cluster.client.update(.pods, namespace: "test", name: name, subresource: "status") { pod in
      var pod = pod
      pod.set("Running", at: ["status", "phase"])
      pod.set([["type": "Ready", "status": "True"]], at: ["status", "conditions"])
      return pod
    }
  }

  private func makeBudget(_ cluster: Cluster, _ rule: String, _ amount: Value) async throws {
    try await cluster.make(
      .budgets,
      [
        "metadata": ["name": "b"],
        "spec": [rule: amount, "selector": ["matchLabels": ["app": "a"]]],
      ])
  }

  private func status(_ cluster: Cluster, _ key: String) -> Value? {
    cluster.get(.budgets, "b")?["status"]?[key]
  }

  @Test func readyPodsBeyondTheNeedMayGo() async throws {
    try await Cluster.run { cluster in
      await cluster.eventually { cluster.get(.serviceAccounts, "default") != nil }
      for (name, isReady) in [("a", true), ("b", true), ("c", false)] {
        try await makePod(cluster, name, isReady: isReady)
      }
      try await makeBudget(cluster, "minAvailable", 1)
      await cluster.eventually { status(cluster, "disruptionsAllowed") == 1 }
      #expect(status(cluster, "expectedPods") == 3)
      #expect(status(cluster, "currentHealthy") == 2)
      #expect(status(cluster, "desiredHealthy") == 1)
      #expect(status(cluster, "observedGeneration") == 1)
      let condition = status(cluster, "conditions")?.array?.first
      #expect(condition?["type"] == "DisruptionAllowed")
      #expect(condition?["reason"] == "SufficientPods")
      try await cluster.client.delete(.pods, namespace: "test", name: "a")
      await cluster.eventually { status(cluster, "disruptionsAllowed") == 0 }
      #expect(status(cluster, "conditions")?.array?.first?["reason"] == "InsufficientPods")
    }
  }

  @Test func sharesAreOfWhatTheControllersWant() async throws {
    try await Cluster.run { cluster in
      await cluster.eventually { cluster.get(.serviceAccounts, "default") != nil }
      let set = try await cluster.make(
        GroupResource(group: "apps", resource: "replicasets"),
        [
          "metadata": ["name": "rs"],
          "spec": [
            "replicas": 4, "selector": ["matchLabels": ["app": "a"]],
            "template": [
              "metadata": ["labels": ["app": "a"]], "spec": ["containers": [["name": "c", "image": "i"]]],
            ],
          ],
        ])
      let owner: Value = [
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs", "uid": .string(set.uid),
        "controller": true,
      ]
      for name in ["a", "b", "c"] { try await makePod(cluster, name, isReady: true, owner: owner) }
      try await makeBudget(cluster, "maxUnavailable", "50%")
      await cluster.eventually { status(cluster, "disruptionsAllowed") == 1 }
      #expect(status(cluster, "expectedPods") == 4)
      #expect(status(cluster, "desiredHealthy") == 2)
    }
  }
}
