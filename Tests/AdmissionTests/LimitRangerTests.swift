import Schema
import Testing
import Values

@testable import Admission

@Suite struct LimitRangerTests {
  private static func range(_ name: String, _ limits: Value...) -> Value {
    [
      "apiVersion": "v1", "kind": "LimitRange", "metadata": ["name": .string(name), "namespace": "team"],
      "spec": ["limits": .array(limits)],
    ]
  }

  @Test func containersGetDefaults() async throws {
    let cluster = try Cluster()
    cluster.put(Self.range("r", ["type": "Container", "default": ["cpu": "500m"], "max": ["memory": "1Gi"]]))
    let pod = try await cluster.create(
      .pod(spec: [
        "containers": [.container("a"), .container("b", requests: ["cpu": "200m", "memory": "1Mi"])]
      ]))
    #expect(
      pod["spec"]?["containers"]?.array?[0]["resources"] == [
        "requests": ["cpu": "500m", "memory": "1Gi"], "limits": ["cpu": "500m", "memory": "1Gi"],
      ])
    #expect(
      pod.annotation("kubernetes.io/limit-ranger")
        == "LimitRanger plugin set: cpu, memory request for container a; cpu, memory limit for container a; "
        + "cpu, memory limit for container b")
  }

  @Test(
    arguments: [
      (
        ["type": "Container", "min": ["cpu": "1"]],
        "minimum cpu usage per Container is 1, but request is 100m"
      ),
      (
        ["type": "Container", "max": ["cpu": "150m"]],
        "maximum cpu usage per Container is 150m, but limit is 200m"
      ),
      (
        ["type": "Container", "max": ["example.com/x": "1"]],
        "maximum example.com/x usage per Container is 1.  No limit is specified"
      ),
      (
        ["type": "Pod", "min": ["example.com/x": "1"]],
        "minimum example.com/x usage per Pod is 1.  No request is specified"
      ),
      (
        ["type": "Pod", "maxLimitRequestRatio": ["cpu": "1500m"]],
        "cpu max limit to request ratio per Pod is 1500m, but provided ratio is 2.000000"
      ),
      (
        ["type": "Pod", "maxLimitRequestRatio": ["memory": "2"]],
        "memory max limit to request ratio per Pod is 2, but no request is specified or request is 0"
      ),
      (["type": "Pod", "max": ["cpu": "200m"]], nil),
    ] as [(Value, String?)])
  func boundsAreKept(_ limit: Value, _ expected: String?) {
    let pod = Value.pod(spec: [
      "containers": [.container(requests: ["cpu": "100m"], limits: ["cpu": "200m"])]
    ])
    #expect(LimitRangeCheck.pod(pod, Self.range("r", limit)) == (expected.map { [$0] } ?? []))
  }

  @Test func severalFindingsAreOneMessage() async throws {
    let cluster = try Cluster()
    cluster.put(Self.range("r", ["type": "PersistentVolumeClaim", "min": ["storage": "2Gi", "other": "1"]]))
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create([
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": "c", "namespace": "team"],
        "spec": ["resources": ["requests": ["storage": "1Gi"]]],
      ])
    }
    #expect(
      message == "[minimum other usage per PersistentVolumeClaim is 1.  No request is specified, "
        + "minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi]")
  }

  @Test func initContainersCountByTheirPeakAndSidecarsByTheirSum() {
    let spec: Value = [
      "initContainers": [
        ["name": "s", "restartPolicy": "Always", "resources": ["requests": ["cpu": "100m"]]],
        ["name": "i", "resources": ["requests": ["cpu": "600m"]]],
      ],
      "containers": [.container(requests: ["cpu": "200m"])],
      "overhead": ["cpu": "50m"],
    ]
    #expect(PodAmounts.ofContainers(spec, "requests")["cpu"]?.description == "700m")
    #expect(PodAmounts.ofPod(spec, "requests")["cpu"]?.description == "750m")
    #expect(PodAmounts.ofPod(spec, "limits").isEmpty)
  }

  @Test func oldPodsMayChange() async throws {
    let cluster = try Cluster()
    var pod = try await cluster.create(.pod())
    cluster.put(Self.range("r", ["type": "Container", "min": ["cpu": "1"]]))
    pod.set("b", at: ["metadata", "labels", "a"])
    try await cluster.update(pod)
  }
}
