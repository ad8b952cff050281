import Authentication
import Schema
import Store
import Synchronization
import Testing
import Values

@testable import Admission

/// The plugins that are off unless a flag names them.
@Suite struct OptionalPluginTests {
  @Test func imagesAreAlwaysPulled() async throws {
    let cluster = try Cluster(enabled: ["AlwaysPullImages"])
    let pod = try await cluster.create(
      .pod(spec: ["containers": [["name": "c", "image": "i:1", "imagePullPolicy": "Never"]]]))
    #expect(pod["spec"]?["containers"]?.array?[0]["imagePullPolicy"] == "Always")
  }

  @Test func everythingIsDenied() async throws {
    let cluster = try Cluster(enabled: ["AlwaysDeny"])
    let message = await cluster.refusal { () async throws(StatusError) in try await cluster.create(.pod()) }
    #expect(message == "admission control is denying all modifications")
  }

  @Test func externalAddressesStayAsTheyAre() async throws {
    let cluster = try Cluster(enabled: ["DenyServiceExternalIPs"])
    func service(_ addresses: [String]) -> Value {
      [
        "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s", "namespace": "team"],
        "spec": ["externalIPs": Value(addresses), "ports": [["port": 1]]],
      ]
    }
    cluster.put(service(["1.1.1.1", "2.2.2.2"]))
    try await cluster.update(service(["1.1.1.1"]))
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.update(service(["3.3.3.3"]))
    }
    #expect(message == "Use of external IPs is denied by admission control")
  }

  @Test func vendorsResourcesAreTolerated() async throws {
    let cluster = try Cluster(enabled: ["ExtendedResourceToleration"])
    let pod = try await cluster.create(
      .pod(spec: ["containers": [.container(requests: ["example.com/gpu": "1", "cpu": "1"])]]))
    #expect(
      pod["spec"]?["tolerations"]?.array?.last == [
        "key": "example.com/gpu", "operator": "Exists", "effect": "NoSchedule",
      ])
    #expect(pod["spec"]?["tolerations"]?.array?.count == 3)
  }

  @Test func podsClaimNodesOnlyForThemselves() async throws {
    let cluster = try Cluster(enabled: ["LimitPodHardAntiAffinityTopology"])
    let term: Value = ["topologyKey": "zone"]
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(
        .pod(spec: [
          "affinity": ["podAntiAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [term]]]
        ]))
    }
    #expect(
      message == "affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key "
        + "kubernetes.io/hostname is allowed")
  }

  private static func namespace(_ annotations: Object) -> Value {
    var all = Object()
    for (key, value) in annotations { all["scheduler.alpha.kubernetes.io/\(key)"] = value }
    return [
      "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "team", "annotations": .object(all)],
    ]
  }

  @Test func namespacesChooseNodes() async throws {
    let cluster = try Cluster(enabled: ["PodNodeSelector"])
    cluster.put(Self.namespace(["node-selector": "env=test, disk=ssd"]))
    let pod = try await cluster.create(.pod())
    #expect(pod["spec"]?["nodeSelector"] == ["env": "test", "disk": "ssd"])
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(.pod("b", spec: ["nodeSelector": ["env": "live"]]))
    }
    #expect(message == "pod node label selector conflicts with its namespace node label selector")
    cluster.put(Self.namespace(["node-selector": "env=test,disk"]))
    let unreadable = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(.pod("c"))
    }
    #expect(unreadable == "invalid selector: [disk]")
  }

  @Test func namespacesLimitTolerations() async throws {
    let cluster = try Cluster(enabled: ["PodTolerationRestriction"])
    cluster.put(
      Self.namespace([
        "defaultTolerations": #"[{"key":"a","operator":"Exists"}]"#,
        "tolerationsWhitelist":
          #"[{"key":"a","operator":"Exists"},{"operator":"Exists","effect":"NoExecute"}]"#,
      ]))
    let pod = try await cluster.create(.pod())
    #expect(pod["spec"]?["tolerations"]?.array?.contains(["key": "a", "operator": "Exists"]) == true)
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(.pod("b", spec: ["tolerations": [["key": "z", "operator": "Exists"]]]))
    }
    #expect(
      message == "pod tolerations (possibly merged with namespace default tolerations) conflict with its "
        + "namespace whitelist")
  }

  @Test func ownersAreSetByThoseWhoMay() async throws {
    let cluster = try Cluster(
      enabled: ["OwnerReferencesPermissionEnforcement"], grants: ["jane update deployments/finalizers d"])
    func configMap(_ name: String, _ ownerKind: String) -> Value {
      let owner: Value = [
        "apiVersion": "apps/v1", "kind": .string(ownerKind), "name": "d", "uid": "u",
        "blockOwnerDeletion": true,
      ]
      return [
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": ["name": .string(name), "namespace": "team", "ownerReferences": [owner]],
      ]
    }
    let jane = UserInfo(name: "jane")
    try await cluster.create(configMap("a", "Deployment"), as: jane)
    #expect(
      await cluster.refusal { () async throws(StatusError) in
        try await cluster.create(configMap("b", "ReplicaSet"), as: jane)
      }
        == "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set "
        + "finalizers on: "
        + "no rule, <nil>")
    #expect(
      await cluster.refusal { () async throws(StatusError) in
        try await cluster.update(configMap("a", "ReplicaSet"), as: jane)
      } == "cannot set an ownerRef on a resource you can't delete: no rule, <nil>")
    #expect(
      await cluster.refusal { () async throws(StatusError) in
        try await cluster.create(configMap("c", "Odd"), as: jane)
      }
        == "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for "
        + "APIVersion apps/v1 "
        + #"Kind Odd: no matches for kind "Odd" in version "apps/v1""#)
  }

  @Test func eventsComeAtTheirRate() async throws {
    let time = Mutex(Timestamp(seconds: 100))
    let plugin = EventRateLimit(
      limits: [.init(.namespace, queriesPerSecond: 1, burst: 2)], now: { time.withLock { $0 } })
    func send(_ namespace: String) async -> Bool {
      let request = AdmissionRequest(
        operation: .create, resource: .init(group: "", version: "v1", resource: "events"),
        kind: .init(group: "", version: "v1", kind: "Event"), namespace: namespace, name: "e", object: [:],
        oldObject: nil, user: UserInfo(name: "jane"))
      do {
        try await plugin.validate(request)
        return true
      } catch {
        #expect(error.code == 429)
        return false
      }
    }
    #expect(await send("a"))
    #expect(await send("a"))
    #expect(await !send("a"))
    #expect(await send("b"))
    time.withLock { $0 = $0.adding(seconds: 1) }
    #expect(await send("a"))
    #expect(await !send("a"))
  }
}
