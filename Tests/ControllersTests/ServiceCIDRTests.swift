import Schema
import Testing
import Values

/// Cluster IPs as objects, and the blocks that they are from.
struct ServiceCIDRTests {
  private let addresses = GroupResource(group: "networking.k8s.io", resource: "ipaddresses")
  private let blocks = GroupResource(group: "networking.k8s.io", resource: "servicecidrs")
  private let services = GroupResource(group: "", resource: "services")

  private func service(_ name: String, _ address: String) -> Value {
    ["metadata": ["name": .string(name)], "spec": ["clusterIP": .string(address), "ports": [["port": 80]]]]
  }

  private func ready(_ cluster: Cluster, _ name: String) -> Value? {
    cluster.get(blocks, name, in: "")?["status"]?["conditions"]?.array?.first
  }

  @Test func theServersOwnServiceHasAnAddressObject() async throws {
    try await Cluster.run { cluster in
      let object = try #require(cluster.get(addresses, "10.0.0.1", in: ""))
      #expect(
        object["spec"] == [
          "parentRef": ["resource": "services", "namespace": "default", "name": "kubernetes"]
        ])
      #expect(
        object["metadata"]?["labels"] == [
          "ipaddress.kubernetes.io/ip-family": "IPv4",
          "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
        ])
      #expect(object["metadata"]?["managedFields"]?.array?.first?["manager"] == "kube-apiserver")
      #expect(cluster.get(blocks, "kubernetes", in: "")?.uid.isEmpty == false)
      #expect(ready(cluster, "kubernetes")?["message"] == "Kubernetes default Service CIDR is ready")
    }
  }

  @Test func aBlockAddsARangeAndStaysWhileItIsUsed() async throws {
    try await Cluster.run { cluster in
      await #expect(throws: StatusError.self) { try await cluster.make(services, service("s", "10.9.0.7")) }
      try await cluster.make(
        blocks, ["metadata": ["name": "more"], "spec": ["cidrs": ["10.9.0.0/24"]]], in: "")
      await cluster.eventually("the block is ready") { ready(cluster, "more")?["status"] == "True" }
      #expect(ready(cluster, "more")?["message"] == "Kubernetes Service CIDR is ready")
      #expect(ready(cluster, "more")?["reason"] == "")
      #expect(
        cluster.get(blocks, "more", in: "")?["metadata"]?["finalizers"]
          == ["networking.k8s.io/service-cidr-finalizer"])
      try await cluster.make(services, service("s", "10.9.0.7"))
      #expect(cluster.get(addresses, "10.9.0.7", in: "") != nil)

      try await cluster.client.delete(blocks, name: "more")
      await cluster.eventually("the block is held") { ready(cluster, "more")?["reason"] == "Terminating" }
      #expect(ready(cluster, "more")?["status"] == "False")
      // Nothing is given of it any more.
      await #expect(throws: StatusError.self) { try await cluster.make(services, service("t", "10.9.0.8")) }
      try await cluster.client.delete(services, namespace: "test", name: "s")
      await cluster.isGone(blocks, "more", in: "")
      #expect(cluster.get(addresses, "10.9.0.7", in: "") == nil)
    }
  }

  @Test func aBlockWithinAnotherIsNotHeld() async throws {
    try await Cluster.run { cluster in
      for (name, range) in [("wide", "10.9.0.0/16"), ("narrow", "10.9.0.0/24")] {
        try await cluster.make(
          blocks, ["metadata": ["name": .string(name)], "spec": ["cidrs": [.string(range)]]], in: "")
        await cluster.eventually { ready(cluster, name)?["status"] == "True" }
      }
      try await cluster.make(services, service("s", "10.9.0.7"))
      try await cluster.client.delete(blocks, name: "narrow")
      await cluster.isGone(blocks, "narrow", in: "")
      try await cluster.client.delete(blocks, name: "wide")
      await cluster.eventually { ready(cluster, "wide")?["reason"] == "Terminating" }
      // A block that takes its place sets it free.
      try await cluster.make(
        blocks, ["metadata": ["name": "other"], "spec": ["cidrs": ["10.9.0.0/16"]]], in: "")
      await cluster.isGone(blocks, "wide", in: "")
    }
  }
}
