import Schema
import Testing
import Values

@testable import Admission

@Suite struct NodeDeclaredFeatureTests {
  private static func pod(cpu: Value, qos: Value = "Guaranteed", whole: Value? = nil) -> Value {
    var spec: Object = [
      "nodeName": "n", "containers": [.container(requests: ["cpu": cpu], limits: ["cpu": cpu])],
    ]
    spec["resources"] = whole
    var pod = Value.pod(spec: spec)
    pod["status"] = ["qosClass": qos]
    return pod
  }

  private static func node(_ features: Value) -> Value {
    ["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n"], "status": ["declaredFeatures": features]]
  }

  private func refusal(_ old: Value, _ new: Value, node: Value?) async throws -> String? {
    let cluster = try Cluster()
    if let node { cluster.put(node) }
    let plugin = NodeDeclaredFeatureValidator(store: cluster.store)
    let request = AdmissionRequest(
      operation: .update, resource: .init(group: "", version: "v1", resource: "pods"), subresource: "resize",
      kind: .init(group: "", version: "v1", kind: "Pod"), namespace: "team", name: "p", object: new,
      oldObject: old, user: .init(name: "admin"))
    return await cluster.refusal { () async throws(StatusError) in try await plugin.validate(request) }
  }

  @Test func processorsOfGuaranteedPodsChangeWhereTheNodeCanDoIt() async throws {
    let (old, new) = (Self.pod(cpu: "1"), Self.pod(cpu: "2"))
    #expect(
      try await refusal(old, new, node: Self.node([]))
        == "pod update requires features GuaranteedQoSPodCPUResize which are not available on node \"n\"")
    #expect(try await refusal(old, new, node: Self.node(["GuaranteedQoSPodCPUResize"])) == nil)
    #expect(try await refusal(old, new, node: nil) == "node \"n\" not found")
    #expect(
      try await refusal(Self.pod(cpu: "1", qos: "Burstable"), Self.pod(cpu: "2", qos: "Burstable"), node: nil)
        == nil)
    #expect(try await refusal(old, Self.pod(cpu: "1000m"), node: nil) == nil)
  }

  @Test func resourcesOfThePodItselfNeedAFeatureOfTheirOwn() async throws {
    let new = Self.pod(cpu: "2", whole: ["requests": ["cpu": "3"]])
    #expect(
      try await refusal(Self.pod(cpu: "1"), new, node: Self.node(["Other"]))
        == "pod update requires features GuaranteedQoSPodCPUResize, InPlacePodLevelResourcesVerticalScaling "
        + "which are not available on node \"n\"")
  }
}
