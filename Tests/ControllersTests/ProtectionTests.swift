import Schema
import Testing
import Values

struct ProtectionTests {
  private let claim: Value = [
    "metadata": ["name": "c", "finalizers": ["kubernetes.io/pvc-protection"]],
    "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
  ]

  private func pod(node: String?) -> Value {
    var spec: Value = [
      "containers": [["name": "c", "image": "i"]],
      "volumes": [["name": "v", "persistentVolumeClaim": ["claimName": "c"]]],
    ]
    if let node { spec["nodeName"] = .string(node) }
    return ["metadata": ["name": "p"], "spec": spec]
  }

  @Test func aClaimGoesWithItsLastPod() async throws {
    try await Cluster.run { cluster in
      await cluster.eventually { cluster.get(.serviceAccounts, "default") != nil }
      try await cluster.make(.claims, claim)
      try await cluster.make(.pods, pod(node: "n"))
      try await cluster.client.delete(.claims, namespace: "test", name: "c")
      await cluster.pause()
      #expect(cluster.get(.claims, "c")?["metadata"]?["deletionTimestamp"] != nil)
      try await cluster.client.delete(.pods, namespace: "test", name: "p", gracePeriodSeconds: 0)
      await cluster.isGone(.claims, "c")
    }
  }

  @Test func aPodWithoutANodeUsesNoClaim() async throws {
    try await Cluster.run { cluster in
      await cluster.eventually { cluster.get(.serviceAccounts, "default") != nil }
      try await cluster.make(.claims, claim)
      try await cluster.make(.pods, pod(node: nil))
      try await cluster.client.delete(.claims, namespace: "test", name: "c")
      await cluster.isGone(.claims, "c")
    }
  }

  @Test func aVolumeGoesWhenItIsNotBound() async throws {
    try await Cluster.run { cluster in
      try await cluster.make(
        .volumes,
        [
          "metadata": ["name": "v", "finalizers": ["kubernetes.io/pv-protection"]],
          "spec": [
            "capacity": ["storage": "1Gi"], "accessModes": ["ReadWriteOnce"], "hostPath": ["path": "/x"],
          ],
        ], in: "")
      func setPhase(_ phase: String) async throws {
        try await cluster.client.update(.volumes, name: "v", subresource: "status") { volume in
          var volume = volume
          volume.set(.string(phase), at: ["status", "phase"])
          return volume
        }
      }
      try await setPhase("Bound")
      try await cluster.client.delete(.volumes, name: "v")
      await cluster.pause()
      #expect(cluster.get(.volumes, "v", in: "") != nil)
      try await setPhase("Released")
      await cluster.isGone(.volumes, "v", in: "")
    }
  }
}
