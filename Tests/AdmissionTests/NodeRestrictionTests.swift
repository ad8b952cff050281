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

  /// What a node does wrong with a pod, and how it is told.
  @Test func podsOfOthersAndReferencesAreRefused() async throws {
    let owner: Value = ["apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "u1", "controller": true]
    func mirror(_ spec: Object = [:], owners: [Value]) -> Value {
      var all = spec
      all["nodeName"] = "n1"
      var pod = Value.pod(spec: all, annotations: ["kubernetes.io/config.mirror": "x"])
      pod.set(.array(owners), at: ["metadata", "ownerReferences"])
      return pod
    }
    func owned(_ changes: Object) -> Value {
      var all = owner.object ?? [:]
      for (key, value) in changes { all[key] = value }
      return .object(all)
    }
    func volume(_ source: Object) -> Object {
      var all: Object = ["name": "v"]
      for (key, value) in source { all[key] = value }
      return ["volumes": [.object(all)]]
    }
    let reference = "can not create pods that reference"
    for (pod, expected) in [
      (
        mirror(owners: [owner, owned(["uid": "u9", "controller": false])]),
        "can only create pods with a single owner reference set to itself"
      ),
      (
        mirror(owners: [owned(["name": "n2"])]),
        "can only create pods with an owner reference set to itself"
      ),
      (
        mirror(owners: [owned(["controller": false])]),
        "can only create pods with a controller owner reference set to itself"
      ),
      (
        mirror(owners: [owned(["blockOwnerDeletion": true])]),
        "must not set blockOwnerDeletion on an owner reference"
      ),
      (mirror(["serviceAccountName": "default"], owners: [owner]), "\(reference) a service account"),
      (mirror(volume(["secret": ["secretName": "s"]]), owners: [owner]), "\(reference) secrets"),
      (
        mirror(
          volume(["projected": ["sources": [["clusterTrustBundle": ["name": "b", "path": "p"]]]]]),
          owners: [owner]), "\(reference) clustertrustbundles"
      ),
      (
        mirror(volume(["persistentVolumeClaim": ["claimName": "c"]]), owners: [owner]),
        "\(reference) persistentvolumeclaims"
      ),
    ] as [(Value, String)] {
      #expect(await Self.refusal(pod, .create) == "node \"n1\" \(expected)")
    }
    #expect(
      await Self.refusal(mirror(owners: [owned(["uid": "u9"])]), .create)
        == "node n1 UID mismatch: expected u9 got u1")
  }

  /// Asks the plugin alone, so that no other one speaks first.
  private static func refusal(
    _ object: Value?, _ operation: AdmissionOperation, _ resource: String = "pods",
    _ subresource: String = "", old: Value? = nil, group: String = "", name: String = "p",
    store: [Value] = [], as user: UserInfo = node
  ) async -> String? {
    guard let cluster = try? cluster() else { return "no cluster" }
    for object in store { cluster.put(object) }
    let plugin = NodeRestriction(
      store: cluster.store, authorizer: Cluster.Grants(), requestedSubject: { _ in nil })
    let kind = GroupVersionKind(group: group, version: "v1", kind: object?["kind"]?.string ?? "")
    var request = AdmissionRequest(
      operation: operation, resource: .init(group: group, version: "v1", resource: resource),
      subresource: subresource, kind: kind, namespace: "team", name: name, object: object, oldObject: old,
      user: user)
    return await cluster.refusal { () async throws(StatusError) in try await plugin.admit(&request) }
  }

  @Test func partsOfPodsAreForTheirNode() async throws {
    func pod(_ node: String, labels: Object = [:], claims: Value? = nil) -> Value {
      var pod = Value.pod(spec: ["nodeName": .string(node)])
      pod.set(.object(labels), at: ["metadata", "labels"])
      if let claims { pod.set(claims, at: ["status", "resourceClaimStatuses"]) }
      return pod
    }
    let (own, other) = (pod("n1"), pod("n2"))
    #expect(await Self.refusal(own, .update, "pods", "status", old: own) == nil)
    #expect(
      await Self.refusal(other, .update, "pods", "status", old: other)
        == #"node "n1" can only update pod status for pods with spec.nodeName set to itself"#)
    #expect(
      await Self.refusal(pod("n1", labels: ["a": "b"]), .update, "pods", "status", old: own)
        == #"node "n1" cannot update labels through pod status"#)
    #expect(
      await Self.refusal(
        pod("n1", claims: [["name": "c", "resourceClaimName": "d"]]), .update, "pods", "status", old: own)
        == #"node "n1" cannot update resource claim statues"#)
    #expect(
      await Self.refusal(own, .create, "pods", "status", old: nil) == #"unexpected operation "CREATE""#)
    #expect(
      await Self.refusal(own, .update, old: own)
        == #"unexpected operation "UPDATE", node "n1" can only create and delete mirror pods"#)
    #expect(
      await Self.refusal(nil, .delete, old: other, store: [other])
        == #"node "n1" can only delete pods with spec.nodeName set to itself"#)
    #expect(await Self.refusal(nil, .delete, old: own, store: [own]) == nil)
    #expect(await Self.refusal(nil, .delete, old: own, name: "ghost") == #"pods "ghost" not found"#)
    #expect(
      await Self.refusal([:], .create, "pods", "eviction", store: [other])
        == "node n1 can only evict pods with spec.nodeName set to itself")
    #expect(await Self.refusal([:], .create, "pods", "eviction", store: [own]) == nil)
    #expect(
      await Self.refusal([:], .update, "pods", "eviction", store: [own]) == "unexpected operation UPDATE")
    #expect(
      await Self.refusal(own, .update, "pods", "resize", old: own)
        == #"unexpected pod subresource "resize", only 'status' and 'eviction' are allowed"#)
  }

  @Test func otherKindsAreBoundToTheNodeToo() async throws {
    let claim: Value = ["metadata": ["name": "c"], "status": ["phase": "Bound"]]
    var grown = claim
    grown.set(["storage": "2Gi"], at: ["status", "capacity"])
    var labelled = grown
    labelled.set("b", at: ["metadata", "labels", "a"])
    let claims = "persistentvolumeclaims"
    #expect(await Self.refusal(grown, .update, claims, "status", old: claim) == nil)
    #expect(
      await Self.refusal(labelled, .update, claims, "status", old: claim)
        == #"node "n1" is not allowed to update fields other than status.quantity and status.conditions"#)
    #expect(await Self.refusal(claim, .create, claims) == "may only update PVC status")
    #expect(
      await Self.refusal(["metadata": ["name": "n2"]], .create, "csinodes", group: "storage.k8s.io")
        == "can only access CSINode with the same name as the requesting node")
    let slice: Value = ["spec": ["nodeName": "n2"]]
    for (operation, verb) in [(AdmissionOperation.create, "create"), (.delete, "delete")] {
      #expect(
        await Self.refusal(
          operation == .create ? slice : nil, operation, "resourceslices", old: slice,
          group: "resource.k8s.io")
          == "can only \(verb) ResourceSlice with the same NodeName as the requesting node")
    }
    #expect(
      await Self.refusal(
        Self.node("n1", labels: ["kubernetes.io/role": "x", "a.k8s.io/b": "c"]), .create, "nodes", name: "n1")
        == #"node "n1" is not allowed to set the following labels: a.k8s.io/b, kubernetes.io/role"#)
    var owned = Self.node("n1")
    owned.set([["kind": "Pod"]], at: ["metadata", "ownerReferences"])
    #expect(
      await Self.refusal(owned, .update, "nodes", old: Self.node("n1"), name: "n1")
        == #"node "n1" is not allowed to modify ownerReferences"#)
    #expect(
      await Self.refusal(
        [:], .create, as: UserInfo(name: "system:node:", groups: ["system:nodes"]))
        == #"could not determine node from user "system:node:""#)
  }
}
