import Schema
import Store
import Testing
import Values

@testable import Admission

@Suite struct ResourceQuotaTests {
  private static func cluster(_ hard: Object, spec more: Object = [:]) throws -> Cluster {
    let cluster = try Cluster()
    var spec = more
    spec["hard"] = .object(hard)
    cluster.put([
      "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "q", "namespace": "team"],
      "spec": .object(spec),
    ])
    cluster.countQuotas()
    return cluster
  }

  private static func used(_ cluster: Cluster) -> Value? {
    cluster.stored("ResourceQuota", "q")?["status"]?["used"]
  }

  @Test func chargesUntilThereIsNoRoom() async throws {
    let cluster = try Self.cluster(["requests.cpu": "1", "limits.memory": "1Gi", "pods": "3"])
    func pod(_ name: String, _ cpu: Value, _ memory: Value) -> Value {
      .pod(name, spec: ["containers": [.container(requests: ["cpu": cpu], limits: ["memory": memory])]])
    }
    try await cluster.create(pod("a", "300m", "100Mi"))
    #expect(Self.used(cluster) == ["limits.memory": "100Mi", "pods": "1", "requests.cpu": "300m"])
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(pod("b", "3", "2Gi"))
    }
    #expect(
      message == "exceeded quota: q, requested: limits.memory=2Gi,requests.cpu=3, "
        + "used: limits.memory=100Mi,requests.cpu=300m, limited: limits.memory=1Gi,requests.cpu=1")
    try await cluster.create(pod("c", "700m", "1Mi"), dryRun: true)
    #expect(Self.used(cluster)?["pods"] == "1")
  }

  @Test func podsMustSayWhatIsLimited() async throws {
    let cluster = try Self.cluster(["requests.cpu": "1", "limits.memory": "1Gi"])
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(
        .pod(spec: ["containers": [.container("d"), .container("c", requests: ["cpu": "1m"])]]))
    }
    #expect(message == "failed quota: q: must specify limits.memory for: c,d; requests.cpu for: d")
    // What a pod says as a whole is enough.
    try await cluster.create(
      .pod(spec: ["resources": ["requests": ["cpu": "1m"], "limits": ["memory": "1Mi"]]]))
    #expect(Self.used(cluster)?["limits.memory"] == "1Mi")
  }

  @Test func concurrentRequestsNeverExceed() async throws {
    let cluster = try Self.cluster(["pods": "10"])
    let made = await withTaskGroup(of: Bool.self) { group in
      for index in 0..<40 {
        group.addTask {
          await cluster.refusal { () async throws(StatusError) in
            try await cluster.create(.pod("p\(index)"))
          } == nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(made == 10)
    #expect(Self.used(cluster)?["pods"] == "10")
  }

  @Test func updatesAreChargedForWhatTheyAdd() async throws {
    let cluster = try Self.cluster([
      "services.loadbalancers": "0", "services": "1", "services.nodeports": "1",
    ])
    var service = try await cluster.create([
      "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s", "namespace": "team"],
      "spec": ["ports": [["port": 1]]],
    ])
    service.set("LoadBalancer", at: ["spec", "type"])
    let balanced = service
    let message = await cluster.refusal { () async throws(StatusError) in try await cluster.update(balanced) }
    #expect(
      message == "exceeded quota: q, requested: services.loadbalancers=1, used: services.loadbalancers=0, "
        + "limited: services.loadbalancers=0")
    service.set("NodePort", at: ["spec", "type"])
    try await cluster.update(service)
    #expect(
      Self.used(cluster) == ["services": "1", "services.loadbalancers": "0", "services.nodeports": "1"])
  }

  @Test func claimsCountByTheirClass() {
    let claim: Value = ["spec": ["storageClassName": "gold", "resources": ["requests": ["storage": "1.5"]]]]
    let usage = ClaimQuota().usage(of: claim)
    #expect(usage["gold.storageclass.storage.k8s.io/requests.storage"]?.description == "2")
    #expect(usage["gold.storageclass.storage.k8s.io/persistentvolumeclaims"]?.description == "1")
    #expect(usage["requests.storage"]?.description == "2")
    #expect(ClaimQuota().counts("gold.storageclass.storage.k8s.io/requests.storage"))
  }

  @Test func objectsOfAnyKindAreCounted() async throws {
    let cluster = try Self.cluster(["count/deployments.apps": "0", "configmaps": "1"])
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create([
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d", "namespace": "team"],
      ])
    }
    #expect(
      message == "exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=0, "
        + "limited: count/deployments.apps=0")
    try await cluster.create([
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c", "namespace": "team"],
    ])
    #expect(Self.used(cluster)?["configmaps"] == "1")
  }

  @Test func scopesChooseTheObjects() async throws {
    let cluster = try Self.cluster(["pods": "1"], spec: ["scopes": ["BestEffort"]])
    try await cluster.create(.pod("a", spec: ["containers": [.container(requests: ["cpu": "1"])]]))
    #expect(Self.used(cluster)?["pods"] == "0")
    try await cluster.create(.pod("b"))
    #expect(Self.used(cluster)?["pods"] == "1")
    #expect(
      QuotaUsage.used(of: try #require(cluster.stored("ResourceQuota", "q")), in: cluster.store)["pods"]?
        .value == 1)
  }

  @Test(arguments: [
    (QuotaScope("PriorityClass", operation: "In", values: ["high"]), true),
    (QuotaScope("PriorityClass", operation: "NotIn", values: ["high"]), false),
    (QuotaScope("PriorityClass"), true),
    (QuotaScope("PriorityClass", operation: "DoesNotExist"), false),
    (QuotaScope("Terminating"), false),
    (QuotaScope("NotTerminating"), true),
    (QuotaScope("CrossNamespacePodAffinity"), false),
    (QuotaScope("Unheard"), false),
  ])
  func scopeOfAPod(_ scope: QuotaScope, _ expected: Bool) {
    #expect(PodQuota().isInScope(.pod(spec: ["priorityClassName": "high"]), scope) == expected)
  }

  @Test func quotaThatIsNotCountedYetRefuses() async throws {
    let cluster = try Self.cluster(["pods": "1"])
    var quota = try #require(cluster.stored("ResourceQuota", "q"))
    quota.set([:], at: ["status", "used"])
    cluster.put(quota)
    let message = await cluster.refusal { () async throws(StatusError) in try await cluster.create(.pod()) }
    #expect(message == "status unknown for quota: q, resources: pods")
  }

  @Test func endedPodsUseNothingButTheirPlace() {
    var pod = Value.pod(spec: ["containers": [.container(requests: ["cpu": "1", "example.com/gpu": "2"])]])
    #expect(PodQuota().usage(of: pod)["requests.example.com/gpu"]?.value == 2)
    #expect(PodQuota().usage(of: pod)["cpu"]?.value == 1)
    pod.set("Succeeded", at: ["status", "phase"])
    #expect(PodQuota().usage(of: pod) == ["count/pods": Quantity(1)])
  }

  @Test func devicesAreChargedByTheirClass() async throws {
    let cluster = try Self.cluster([
      "gpu.deviceclass.resource.k8s.io/devices": "4", "count/resourceclaims.resource.k8s.io": "5",
    ])
    func claim(_ name: String, _ requests: Value...) -> Value {
      [
        "apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim",
        "metadata": ["name": .string(name), "namespace": "team"],
        "spec": ["devices": ["requests": .array(requests)]],
      ]
    }
    try await cluster.create(
      claim(
        "a", ["name": "one", "exactly": ["deviceClassName": "gpu"]],
        [
          "name": "some",
          "firstAvailable": [
            ["name": "x", "deviceClassName": "gpu", "count": 2], ["name": "y", "deviceClassName": "gpu"],
            ["name": "z", "deviceClassName": "other"],
          ],
        ]))
    #expect(
      Self.used(cluster) == [
        "count/resourceclaims.resource.k8s.io": "1", "gpu.deviceclass.resource.k8s.io/devices": "3",
      ])
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(
        claim("b", ["name": "all", "exactly": ["deviceClassName": "gpu", "allocationMode": "All"]]))
    }
    #expect(
      message == "exceeded quota: q, requested: gpu.deviceclass.resource.k8s.io/devices=32, "
        + "used: gpu.deviceclass.resource.k8s.io/devices=3, limited: gpu.deviceclass.resource.k8s.io/devices=4"
    )
    #expect(
      QuotaUsage.used(of: try #require(cluster.stored("ResourceQuota", "q")), in: cluster.store)[
        "gpu.deviceclass.resource.k8s.io/devices"] == Quantity(3))
  }

  /// The status of a claim tells how much storage it has got; nobody can refuse that.
  @Test func whatIsAllocatedAlreadyIsChargedWithoutALimit() async throws {
    let cluster = try Self.cluster(["requests.storage": "2Gi"])
    var claim = try await cluster.create([
      "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": "c", "namespace": "team"],
      "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
    ])
    claim.set(["storage": "5Gi"], at: ["status", "allocatedResources"])
    try await cluster.update(claim, subresource: "status")
    #expect(Self.used(cluster) == ["requests.storage": "5Gi"])
  }
}
