import Authentication
import Schema
import Testing
import Values

@testable import Admission

@Suite struct NodeRestrictionTests {
  private static let node = UserInfo(name: "system:node:n1", groups: ["system:nodes"])

  private static func cluster(grants: Set<String> = []) throws -> Cluster {
    let cluster = try Cluster(enabled: ["NodeRestriction"], grants: grants) {
      $0.requestedSubject = { _ in .init(commonName: "system:node:other", organizations: ["system:nodes"]) }
    }
    cluster.put(node("n1"))
    return cluster
  }

  private static func node(_ name: String, labels: Object = [:], taints: [Value] = []) -> Value {
    [
      "apiVersion": "v1", "kind": "Node",
      "metadata": ["name": .string(name), "uid": "u1", "labels": .object(labels)],
      "spec": ["taints": .array(taints)],
    ]
  }

  @Test func nodesKeepToTheirOwnNode() async throws {
    let cluster = try Self.cluster()
    #expect(
      await cluster.refusal { () async throws(StatusError) in
        try await cluster.update(Self.node("n2"), as: Self.node)
      } == #"node "n1" is not allowed to modify node "n2""#)
    #expect(
      await cluster.refusal { () async throws(StatusError) in
        try await cluster.update(
          Self.node("n1", taints: [["key": "a", "effect": "NoSchedule"]]), as: Self.node)
      } == #"node "n1" is not allowed to modify taints"#)
    // People and other accounts are not its business.
    try await cluster.update(Self.node("n1", taints: [["key": "a", "effect": "NoSchedule"]]))
  }

  @Test(arguments: [
    ("kubernetes.io/hostname", true), ("node.kubernetes.io/x", true), ("sub.kubelet.kubernetes.io/x", true),
    ("example.com/x", true), ("plain", true), ("node-restriction.kubernetes.io/x", false),
    ("a.node-restriction.kubernetes.io/x", false), ("kubernetes.io/role", false), ("x.k8s.io/y", false),
  ])
  func labelsOfANode(_ label: String, _ isAllowed: Bool) async throws {
    let cluster = try Self.cluster()
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.update(Self.node("n1", labels: [label: "v"]), as: Self.node)
    }
    #expect(message == (isAllowed ? nil : "is not allowed to modify labels: \(label)"))
  }

  @Test func nodesMakeMirrorPodsOfTheirOwnOnly() async throws {
    let cluster = try Self.cluster()
    func pod(_ spec: Object, mirror: Bool = true, owner: Value? = nil) -> Value {
      var pod = Value.pod(spec: spec, annotations: mirror ? ["kubernetes.io/config.mirror": "x"] : [:])
      if let owner { pod.set([owner], at: ["metadata", "ownerReferences"]) }
      return pod
    }
    let owner: Value = ["apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "u1", "controller": true]
    for (pod, expected) in [
      (
        pod([:], mirror: false),
        #"pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods"#
      ),
      (pod(["nodeName": "n2"]), #"node "n1" can only create pods with spec.nodeName set to itself"#),
      (pod(["nodeName": "n1"]), #"node "n1" can only create pods with an owner reference set to itself"#),
      (
        pod(["nodeName": "n1", "volumes": [["name": "v", "configMap": ["name": "c"]]]], owner: owner),
        #"node "n1" can not create pods that reference configmaps"#
      ),
      (pod(["nodeName": "n1"], owner: owner), nil),
    ] as [(Value, String?)] {
      let message = await cluster.refusal { () async throws(StatusError) in
        try await cluster.create(pod, as: Self.node)
      }
      #expect(message == expected)
    }
  }

  @Test func nodesAskForTokensOfTheirPodsOnly() async throws {
    let cluster = try Self.cluster(grants: [
      "system:node:n1 request-serviceaccounts-token-audience special default"
    ])
    var pod = Value.pod(spec: [
      "nodeName": "n1",
      "volumes": [["name": "v", "projected": ["sources": [["serviceAccountToken": ["audience": "vault"]]]]]],
    ])
    pod.set("u2", at: ["metadata", "uid"])
    cluster.put(pod)
    func ask(_ audience: String, uid: String = "u2", name: String = "p") async -> String? {
      await cluster.refusal { () async throws(StatusError) in
        try await cluster.create(
          [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "metadata": ["name": "default", "namespace": "team"],
            "spec": [
              "audiences": [.string(audience)],
              "boundObjectRef": [
                "apiVersion": "v1", "kind": "Pod", "name": .string(name), "uid": .string(uid),
              ],
            ],
          ], as: Self.node, subresource: "token",
          of: .init(group: "", version: "v1", resource: "serviceaccounts"))
      }
    }
    #expect(await ask("vault") == nil)
    #expect(await ask("special") == nil)
    #expect(
      await ask("other")
        == #"audience "other" not found in pod spec volume, system:node:n1 is not authorized "#
        + "to request tokens for this audience")
    #expect(await ask("vault", uid: "") == "node requested token with a pod binding without a uid")
    #expect(await ask("vault", name: "") == "node requested token not bound to a pod")
    #expect(await ask("vault", name: "ghost") == #"pods "ghost" not found"#)
  }

  @Test func nodesAskForTheirOwnCertificate() async throws {
    let cluster = try Self.cluster()
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(
        [
          "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
          "metadata": ["name": "r"],
          "spec": ["request": "cGVt", "signerName": "kubernetes.io/kubelet-serving"],
        ], as: Self.node)
    }
    #expect(message == "can only create a node CSR with CN=system:node:n1")
  }

  @Test func leasesAreInTheirNamespace() async throws {
    let cluster = try Self.cluster()
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(
        [
          "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
          "metadata": ["name": "n1", "namespace": "team"],
        ], as: Self.node)
    }
    #expect(message == #"can only access leases in the "kube-node-lease" system namespace"#)
  }
}
