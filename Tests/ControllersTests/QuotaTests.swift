import Schema
import Testing
import Values

struct QuotaTests {
  private func used(_ cluster: Cluster, _ name: String = "q") -> Value? {
    cluster.get(.quotas, name)?["status"]?["used"]
  }

  private func makeQuota(_ cluster: Cluster, _ hard: Value) async throws {
    try await cluster.make(.quotas, ["metadata": ["name": "q"], "spec": ["hard": hard]])
  }

  private func makePod(_ cluster: Cluster, _ name: String, cpu: String) async throws {
    try await cluster.make(
      .pods,
      [
        "metadata": ["name": .string(name)],
        "spec": [
          "containers": [["name": "c", "image": "i", "resources": ["requests": ["cpu": .string(cpu)]]]]
        ],
      ])
  }

  @Test func whatIsThereIsCounted() async throws {
    try await Cluster.run { cluster in
      await cluster.eventually { cluster.get(.serviceAccounts, "default") != nil }
      try await makePod(cluster, "a", cpu: "300m")
      try await makeQuota(cluster, ["pods": "3", "requests.cpu": "1"])
      await cluster.eventually { used(cluster) == ["pods": "1", "requests.cpu": "300m"] }
      #expect(cluster.get(.quotas, "q")?["status"]?["hard"] == ["pods": "3", "requests.cpu": "1"])
      try await makePod(cluster, "b", cpu: "700m")
      await cluster.eventually { used(cluster) == ["pods": "2", "requests.cpu": "1"] }
      try await cluster.client.delete(.pods, namespace: "test", name: "a")
      await cluster.eventually { used(cluster) == ["pods": "1", "requests.cpu": "700m"] }
    }
  }

  @Test func aPodThatHasEndedUsesNothing() async throws {
    try await Cluster.run { cluster in
      await cluster.eventually { cluster.get(.serviceAccounts, "default") != nil }
      try await makePod(cluster, "a", cpu: "300m")
      try await makeQuota(cluster, ["pods": "3"])
      await cluster.eventually { used(cluster) == ["pods": "1"] }
      try await cluster.client.update(.pods, namespace: "test", name: "a", subresource: "status") { pod in
        var pod = pod
        pod.set("Succeeded", at: ["status", "phase"])
        return pod
      }
      await cluster.eventually { used(cluster) == ["pods": "0"] }
    }
  }

  @Test func aChangedLimitShows() async throws {
    try await Cluster.run { cluster in
      try await makeQuota(cluster, ["pods": "3"])
      await cluster.eventually { used(cluster) == ["pods": "0"] }
      try await cluster.client.update(.quotas, namespace: "test", name: "q") { quota in
        var quota = quota
        quota["spec"]?["hard"] = ["secrets": "1"]
        return quota
      }
      await cluster.eventually { used(cluster) == ["secrets": "0"] }
      #expect(cluster.get(.quotas, "q")?["status"]?["hard"] == ["secrets": "1"])
    }
  }

  @Test func aChargeForWhatNeverCameIsTakenBack() async throws {
    try await Cluster.run { cluster in
      try await makeQuota(cluster, ["secrets": "3"])
      await cluster.eventually { used(cluster) == ["secrets": "0"] }
      try await cluster.client.update(.quotas, namespace: "test", name: "q", subresource: "status") { quota in
        var quota = quota
        quota["status"]?["used"] = ["secrets": "2"]
        return quota
      }
      await cluster.eventually { used(cluster) == ["secrets": "0"] }
    }
  }
}
