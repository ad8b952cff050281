import Schema
import Testing
import Values

@testable import Admission

@Suite struct StoragePluginTests {
  private static func claim(_ name: String, _ size: Value = "1Gi", spec more: Object = [:]) -> Value {
    var spec = more
    spec["resources"] = ["requests": ["storage": size]]
    return [
      "apiVersion": "v1", "kind": "PersistentVolumeClaim",
      "metadata": ["name": .string(name), "namespace": "team"], "spec": .object(spec),
    ]
  }

  private static func storageClass(_ name: String, made: Value, grows: Bool = false) -> Value {
    [
      "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "p",
      "allowVolumeExpansion": .bool(grows),
      "metadata": [
        "name": .string(name), "creationTimestamp": made,
        "annotations": ["storageclass.kubernetes.io/is-default-class": "true"],
      ],
    ]
  }

  @Test func newestDefaultClassIsTaken() async throws {
    let cluster = try Cluster()
    #expect(try await cluster.create(Self.claim("a"))["spec"]?["storageClassName"] == nil)
    cluster.put(Self.storageClass("new", made: "2026-02-01T00:00:00Z"))
    cluster.put(Self.storageClass("old", made: "2026-01-01T00:00:00Z"))
    #expect(try await cluster.create(Self.claim("b"))["spec"]?["storageClassName"] == "new")
    let none = try await cluster.create(Self.claim("c", spec: ["storageClassName": ""]))
    #expect(none["spec"]?["storageClassName"] == "")
  }

  @Test func storageObjectsAreProtected() async throws {
    let cluster = try Cluster()
    let claim = try await cluster.create(Self.claim("a"))
    #expect(claim["metadata"]?["finalizers"] == ["kubernetes.io/pvc-protection"])
    let volume = try await cluster.create([
      "apiVersion": "v1", "kind": "PersistentVolume",
      "metadata": ["name": "v", "finalizers": ["kubernetes.io/pv-protection"]],
    ])
    #expect(volume["metadata"]?["finalizers"] == ["kubernetes.io/pv-protection"])
  }

  @Test func claimsGrowWhereTheirClassCan() async throws {
    let cluster = try Cluster()
    cluster.put(Self.storageClass("stiff", made: "2026-01-01T00:00:00Z"))
    cluster.put(Self.storageClass("soft", made: "2026-01-01T00:00:00Z", grows: true))
    func grow(_ name: String, _ className: Value, bound: Bool) async -> String? {
      var claim = Self.claim(name, spec: ["storageClassName": className])
      claim.set(bound ? "Bound" : "Pending", at: ["status", "phase"])
      cluster.put(claim)
      let larger = Self.claim(name, "2Gi", spec: ["storageClassName": className])
      return await cluster.refusal { () async throws(StatusError) in try await cluster.update(larger) }
    }
    #expect(await grow("a", "soft", bound: true) == nil)
    #expect(await grow("b", "soft", bound: false) == "Only bound persistent volume claims can be expanded")
    #expect(
      await grow("c", "stiff", bound: true)
        == "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc "
        + "must support resize")
  }

  @Test func ingressesGetTheDefaultClass() async throws {
    let cluster = try Cluster()
    cluster.put([
      "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass",
      "metadata": ["name": "main", "annotations": ["ingressclass.kubernetes.io/is-default-class": "true"]],
    ])
    func ingress(_ name: String, _ annotations: Object = [:]) -> Value {
      [
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": ["name": .string(name), "namespace": "team", "annotations": .object(annotations)],
        "spec": [:],
      ]
    }
    #expect(try await cluster.create(ingress("a"))["spec"]?["ingressClassName"] == "main")
    let own = try await cluster.create(ingress("b", ["kubernetes.io/ingress.class": "x"]))
    #expect(own["spec"]?["ingressClassName"] == nil)
  }
}
