@testable import Controllers
import Schema
import Testing
import Values

struct NamespaceTests {
  private func condition(_ cluster: Cluster, _ type: String) -> Value? {
    cluster.get(.namespaces, "test", in: "")?["status"]?["conditions"]?.array?.first {
      $0["type"]?.string == type
    }
  }

  @Test func hasItsAccountAndItsCertificate() async throws {
    try await Cluster.run { cluster in
      await cluster.eventually { cluster.get(.serviceAccounts, "default") != nil }
      await cluster.eventually { cluster.get(.configMaps, "kube-root-ca.crt") != nil }
      try await cluster.client.delete(.configMaps, namespace: "test", name: "kube-root-ca.crt")
      await cluster.eventually {
        cluster.get(.configMaps, "kube-root-ca.crt")?["data"]?["ca.crt"]?.string
          == cluster.server.certificateAuthority
      }
    }
  }

  @Test func goesWithAllThatIsInIt() async throws {
    try await Cluster.run { cluster in
      await cluster.eventually { cluster.get(.serviceAccounts, "default") != nil }
      try await cluster.make(
        .claims,
        [
          "metadata": ["name": "c", "finalizers": ["kubernetes.io/pvc-protection"]],
          "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
        ])
      try await cluster.make(
        .pods, ["metadata": ["name": "p"], "spec": ["containers": [["name": "c", "image": "i"]]]])
      try await cluster.client.delete(.namespaces, name: "test")
      await cluster.isGone(.namespaces, "test", in: "")
      for resource in [GroupResource.claims, .pods, .serviceAccounts, .configMaps] {
        #expect(cluster.store.list(resource, namespace: "test").count == 0)
      }
    }
  }

  @Test func goesWithCustomResources() async throws {
    try await Cluster.run { cluster in
      try await cluster.makeDefinition()
      try await cluster.make(.ships, ["metadata": ["name": "s"]])
      try await cluster.client.delete(.namespaces, name: "test")
      await cluster.isGone(.namespaces, "test", in: "")
      #expect(cluster.store.list(.ships, namespace: "test").count == 0)
    }
  }

  @Test func nothingIsWrittenWhileNothingChanges() async throws {
    try await Cluster.run { cluster in
      await cluster.eventually { cluster.get(.configMaps, "kube-root-ca.crt") != nil }
      await cluster.eventually { cluster.get(.serviceAccounts, "default") != nil }
      await cluster.pause()
      let revision = cluster.store.revision
      try await Task.sleep(for: .seconds(1))
      #expect(cluster.store.revision == revision)
    }
  }

  @Test func tellsWhatHoldsIt() async throws {
    try await Cluster.run { cluster in
      try await cluster.make(.configMaps, ["metadata": ["name": "a", "finalizers": ["example.com/f"]]])
      try await cluster.make(
        .secrets, ["metadata": ["name": "b", "finalizers": ["example.com/f", "example.com/g"]]])
      try await cluster.client.delete(.namespaces, name: "test")
      await cluster.eventually { condition(cluster, "NamespaceFinalizersRemaining")?["status"] == "True" }
      await cluster.eventually {
        condition(cluster, "NamespaceContentRemaining")?["message"]
          == .string(
            "Some resources are remaining: configmaps. has 1 resource instances, "
              + "secrets. has 1 resource instances")
      }
      #expect(
        condition(cluster, "NamespaceFinalizersRemaining")?["message"]?.string
          == "Some content in the namespace has finalizers remaining: "
          + "example.com/f in 2 resource instances, example.com/g in 1 resource instances")
      #expect(condition(cluster, "NamespaceDeletionContentFailure")?["status"] == "False")
      let namespace = cluster.get(.namespaces, "test", in: "")
      await cluster.pause()
      #expect(cluster.get(.namespaces, "test", in: "") == namespace, "not written while nothing changes")
      for resource in [GroupResource.configMaps, .secrets] {
        try await cluster.client.update(resource, namespace: "test", name: resource == .secrets ? "b" : "a") {
          var object = $0
          object["metadata"]?["finalizers"] = nil
          return object
        }
      }
      await cluster.isGone(.namespaces, "test", in: "")
    }
  }

  @Test func podsGoFirstAndThoseOnMissingNodesGoWhenTheirTimeIsOver() async throws {
    try await Cluster.run { cluster in
      await cluster.eventually { cluster.get(.serviceAccounts, "default") != nil }
      try await cluster.make(
        .pods,
        [
          "metadata": ["name": "p"],
          "spec": [
            "nodeName": "nowhere", "terminationGracePeriodSeconds": 1,
            "containers": [["name": "c", "image": "i"]],
          ],
        ])
      try await cluster.make(.configMaps, ["metadata": ["name": "a"]])
      try await cluster.client.delete(.namespaces, name: "test")
      await cluster.eventually { cluster.get(.pods, "p")?["metadata"]?["deletionTimestamp"] != nil }
      await cluster.eventually { condition(cluster, "NamespaceContentRemaining")?["status"] == "True" }
      #expect(cluster.get(.configMaps, "a") != nil)
      await cluster.isGone(.namespaces, "test", in: "")
    }
  }

  @Test func anOldConditionOfTheSameStatusKeepsItsTime() {
    let time = Timestamp(seconds: 0)
    let first = NamespaceConditions.merged(NamespaceConditions.conditions([], []), into: [], now: time)
    #expect(first.map { $0["status"]?.string } == Array(repeating: "False", count: 5))
    let remainder = NamespaceController.Remainder(resource: .pods, count: 2, finalizers: [:])
    let second = NamespaceConditions.merged(
      NamespaceConditions.conditions([remainder], []), into: first, now: Timestamp(seconds: 60))
    #expect(
      second.map { $0["lastTransitionTime"]?.string }.filter { $0 == "1970-01-01T00:01:00Z" }.count == 1)
    #expect(second[3]["reason"] == "SomeResourcesRemain")
  }
}
