import Schema
import Testing
import Values

@testable import Admission

/// The plugins that decide where and how pods run.
@Suite struct SchedulingPluginTests {
  private static func priorityClass(_ name: String, _ value: Int64, global: Bool = false) -> Value {
    [
      "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": ["name": .string(name)],
      "value": .int(value), "globalDefault": .bool(global), "preemptionPolicy": "Never",
    ]
  }

  @Test func podsGetThePriorityOfTheirClass() async throws {
    let cluster = try Cluster()
    let plain = try await cluster.create(.pod("a"))
    #expect(plain["spec"]?["priority"] == 0)
    #expect(plain["spec"]?["preemptionPolicy"] == "PreemptLowerPriority")
    try await cluster.create(Self.priorityClass("high", 1000))
    let high = try await cluster.create(.pod("b", spec: ["priorityClassName": "high"]))
    #expect(high["spec"]?["priority"] == 1000)
    #expect(high["spec"]?["preemptionPolicy"] == "Never")
    try await cluster.create(Self.priorityClass("usual", 7, global: true))
    let usual = try await cluster.create(.pod("c"))
    #expect(usual["spec"]?["priorityClassName"] == "usual")
    #expect(usual["spec"]?["priority"] == 7)
  }

  @Test(
    arguments: [
      (["priorityClassName": "ghost"], "no PriorityClass with name ghost was found"),
      (
        ["priorityClassName": "high", "priority": 3],
        "the integer value of priority (3) must not be provided in pod spec; priority admission controller "
          + "computed 1000 from the given PriorityClass name"
      ),
      (
        ["priorityClassName": "high", "preemptionPolicy": "PreemptLowerPriority"],
        "the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; "
          + "priority admission controller computed Never from the given PriorityClass name"
      ),
      (["priorityClassName": "high", "priority": 1000], nil),
    ] as [(Object, String?)])
  func priorityByHand(_ spec: Object, _ expected: String?) async throws {
    let cluster = try Cluster()
    cluster.put(Self.priorityClass("high", 1000))
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(.pod(spec: spec))
    }
    #expect(message == expected)
  }

  @Test func thereIsOneDefaultClass() async throws {
    let cluster = try Cluster()
    try await cluster.create(Self.priorityClass("a", 1, global: true))
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(Self.priorityClass("b", 2, global: true))
    }
    #expect(message == "PriorityClass a is already marked as default. Only one default can exist")
    try await cluster.update(Self.priorityClass("a", 1, global: true))
  }

  @Test func updatesKeepThePriority() async throws {
    let cluster = try Cluster()
    var pod = try await cluster.create(.pod())
    pod.set(nil, at: ["spec", "priority"])
    #expect(try await cluster.update(pod)["spec"]?["priority"] == 0)
  }

  @Test func nodesThatFailAreToleratedForAWhile() async throws {
    let cluster = try Cluster { $0.notReadyTolerationSeconds = 20 }
    let given: Value = ["key": "node.kubernetes.io/unreachable", "operator": "Exists"]
    let pod = try await cluster.create(.pod(spec: ["tolerations": [given]]))
    #expect(
      pod["spec"]?["tolerations"] == [
        given,
        [
          "key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute",
          "tolerationSeconds": 20,
        ],
      ])
  }

  @Test func runtimeClassesBringOverheadAndConstraints() async throws {
    let cluster = try Cluster()
    cluster.put([
      "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": ["name": "kata"], "handler": "kata",
      "overhead": ["podFixed": ["cpu": "100m"]],
      "scheduling": [
        "nodeSelector": ["kata": "yes"], "tolerations": [["key": "kata", "operator": "Exists"]],
      ],
    ])
    let pod = try await cluster.create(
      .pod("a", spec: ["runtimeClassName": "kata", "overhead": ["cpu": "0.1"], "nodeSelector": ["a": "b"]]))
    #expect(pod["spec"]?["overhead"] == ["cpu": "100m"])
    #expect(pod["spec"]?["nodeSelector"] == ["a": "b", "kata": "yes"])
    #expect(pod["spec"]?["tolerations"]?.array?.count == 3)
    for (spec, expected) in [
      (
        ["runtimeClassName": "kata", "overhead": ["cpu": "1"]],
        "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
      ),
      (
        ["runtimeClassName": "kata", "nodeSelector": ["kata": "no"]],
        "conflict: runtimeClass.scheduling.nodeSelector[kata] = yes; pod.spec.nodeSelector[kata] = no"
      ),
      (["runtimeClassName": "ghost"], #"pod rejected: RuntimeClass "ghost" not found"#),
      (
        ["overhead": ["cpu": "1"]],
        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
      ),
    ] as [(Object, String)] {
      let message = await cluster.refusal { () async throws(StatusError) in
        try await cluster.create(.pod("b", spec: spec))
      }
      #expect(message == expected)
    }
  }

  @Test func newNodesAreTainted() async throws {
    let cluster = try Cluster()
    let taint: Value = ["key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"]
    let node = try await cluster.create([
      "apiVersion": "v1", "kind": "Node", "metadata": ["name": "n"], "spec": [:],
    ])
    #expect(node["spec"]?["taints"] == [taint])
    let again = try await cluster.create([
      "apiVersion": "v1", "kind": "Node", "metadata": ["name": "m"], "spec": ["taints": [taint]],
    ])
    #expect(again["spec"]?["taints"] == [taint])
  }

  @Test func podsKnowTheZoneOfTheirNode() async throws {
    let cluster = try Cluster()
    cluster.put([
      "apiVersion": "v1", "kind": "Node",
      "metadata": ["name": "n", "labels": ["topology.kubernetes.io/zone": "z", "other": "x"]],
    ])
    let pod = try await cluster.create(.pod(spec: ["nodeName": "n"]))
    #expect(pod["metadata"]?["labels"] == ["topology.kubernetes.io/zone": "z"])
    let waiting = try await cluster.create(.pod("b"))
    #expect(waiting["metadata"]?["labels"] == nil)
    // What a pod says itself stays; a Binding's labels become the pod's.
    var own = Value.pod("c", spec: ["nodeName": "n"])
    own.set("mine", at: ["metadata", "labels", "topology.kubernetes.io/zone"])
    #expect(
      try await cluster.create(own)["metadata"]?["labels"] == ["topology.kubernetes.io/zone": "mine"])
    for (kind, labels) in [("Node", ["topology.kubernetes.io/zone": "z"] as Value), ("", nil)] {
      let binding: Value = [
        "apiVersion": "v1", "kind": "Binding", "metadata": ["name": "b", "namespace": "team"],
        "target": ["kind": .string(kind), "name": "n"],
      ]
      let bound = try await cluster.create(
        binding, subresource: "binding", of: .init(group: "", version: "v1", resource: "pods"))
      #expect(bound["metadata"]?["labels"] == labels)
    }
  }

  @Test func mergedTolerationsKeepTheWiderOne() {
    let wide: Value = ["operator": "Exists"]
    let narrow: Value = ["key": "a", "operator": "Equal", "value": "b", "effect": "NoSchedule"]
    #expect(Tolerations.merged([narrow], [wide]) == [wide])
    #expect(Tolerations.merged([wide], [narrow]) == [wide])
    #expect(Tolerations.merged([narrow], [narrow]) == [narrow])
    let short = Tolerations.exists("a", effect: "NoExecute", seconds: 5)
    let long = Tolerations.exists("a", effect: "NoExecute", seconds: 50)
    #expect(Tolerations.covers(long, short))
    #expect(!Tolerations.covers(short, long))
    #expect(Tolerations.covers(Tolerations.exists("a", effect: "NoExecute"), long))
  }
}
