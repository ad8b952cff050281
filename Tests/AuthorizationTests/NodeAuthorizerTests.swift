import Authentication
import Schema
import Store
import Testing
import Values

@testable import Authorization

private let node = UserInfo(name: "system:node:n1", groups: ["system:nodes", "system:authenticated"])

/// A node with one pod, and the authorizer.
private struct NodePolicy {
  let store = ObjectStore()
  let graph: NodeGraph
  let authorizer: NodeAuthorizer

  init() throws {
    graph = NodeGraph(store: store)
    let rules = RBACBootstrap.objects().first { $0.object[path: "metadata", "name"] == "system:node" }?.object
    authorizer = NodeAuthorizer(graph: graph, rules: PolicyRule.list(rules ?? [:]))
    try put(
      "pods", "p", namespace: "ns",
      [
        "spec": [
          "nodeName": "n1", "serviceAccountName": "app", "imagePullSecrets": [["name": "pull"]],
          "containers": [
            [
              "env": [["valueFrom": ["secretKeyRef": ["name": "env"]]]],
              "envFrom": [["configMapRef": ["name": "from"]]],
            ]
          ],
          "volumes": [
            ["name": "a", "secret": ["secretName": "mounted"]],
            ["name": "b", "projected": ["sources": [["configMap": ["name": "projected"]]]]],
            ["name": "c", "persistentVolumeClaim": ["claimName": "claim"]], ["name": "d", "ephemeral": [:]],
          ],
        ]
      ])
    try put(
      "persistentvolumes", "pv", namespace: "",
      [
        "spec": [
          "claimRef": ["namespace": "ns", "name": "claim"],
          "csi": [
            "nodeStageSecretRef": ["name": "stage"], "controllerExpandSecretRef": ["name": "for-controllers"],
          ],
        ]
      ])
  }

  func put(_ resource: String, _ name: String, namespace: String, _ object: Value) throws {
    _ = try store.create(
      GroupResource(group: "", resource: resource), ObjectKey(namespace: namespace, name: name), object)
  }

  func decide(
    _ verb: String, _ resource: String, _ name: String = "", namespace: String = "ns", group: String = "",
    subresource: String = "", nodeName: String? = nil, user: UserInfo = node
  ) async -> AuthorizationDecision {
    await authorizer.authorize(
      AuthorizationAttributes(
        user: user, verb: verb, namespace: namespace, apiGroup: group, resource: resource,
        subresource: subresource, name: name,
        fieldSelector: nodeName.map { [.init("spec.nodeName", .equals, $0)] } ?? []))
  }
}

@Test func nodesReadWhatTheirPodsUse() async throws {
  let policy = try NodePolicy()
  let readable = [
    ("secrets", "pull"), ("secrets", "env"), ("secrets", "mounted"), ("secrets", "stage"),
    ("configmaps", "from"), ("configmaps", "projected"), ("persistentvolumeclaims", "claim"),
    ("persistentvolumeclaims", "p-d"), ("pods", "p"), ("serviceaccounts", "app"),
  ]
  for (resource, name) in readable {
    #expect(await policy.decide("get", resource, name).isAllowed, "\(name)")
  }
  #expect(await policy.decide("get", "persistentvolumes", "pv", namespace: "").isAllowed)
  #expect(await policy.decide("create", "serviceaccounts", "app", subresource: "token").isAllowed)
  let other = await policy.decide("get", "secrets", "other")
  #expect(other.reason == "no relationship found between node 'n1' and this object")
  #expect(other.verdict == .noOpinion)
  #expect(await !policy.decide("get", "secrets", "for-controllers").isAllowed)

  _ = try policy.store.delete(
    GroupResource(group: "", resource: "pods"), ObjectKey(namespace: "ns", name: "p"), ifRevision: nil,
    final: nil)
  for (resource, name) in readable {
    #expect(await !policy.decide("get", resource, name).isAllowed, "\(name)")
  }
}

@Test func refusalsSayWhy() async throws {
  let policy = try NodePolicy()
  func reason(
    _ verb: String, _ resource: String, _ name: String = "", namespace: String = "ns", group: String = "",
    subresource: String = ""
  ) async -> String {
    await policy.decide(
      verb, resource, name, namespace: namespace, group: group, subresource: subresource
    ).reason
  }
  #expect(await reason("list", "secrets") == "No Object name found")
  #expect(await reason("get", "pods") == "No Object name found")
  #expect(await reason("update", "secrets", "pull") == "can only read resources of this type")
  #expect(await reason("list", "persistentvolumeclaims") == "can only get individual resources of this type")
  #expect(await reason("list", "pods") == "can only list/watch pods with spec.nodeName field selector")
  #expect(
    await reason("list", "nodes", namespace: "")
      == "node 'n1' cannot read all nodes, only its own Node object")
  #expect(
    await reason("get", "nodes", "n2", namespace: "")
      == "node 'n1' cannot read 'n2', only its own Node object")
  #expect(
    await reason("get", "leases", "n1", group: "coordination.k8s.io")
      == "can only access leases in the \"kube-node-lease\" system namespace")
  #expect(await reason("get", "deployments", "x", group: "apps") == "")
  #expect(
    await policy.decide("get", "pods", "p", user: UserInfo(name: "system:node:", groups: ["system:nodes"]))
      .reason
      == "unknown node for user \"system:node:\"")
}

@Test func nodesManageThemselves() async throws {
  let policy = try NodePolicy()
  #expect(await policy.decide("create", "nodes", namespace: "").isAllowed)
  #expect(await policy.decide("get", "nodes", "n1", namespace: "").isAllowed)
  #expect(await policy.decide("list", "pods", namespace: "", nodeName: "n1").isAllowed)
  #expect(await !policy.decide("list", "pods", namespace: "", nodeName: "n2").isAllowed)
  let lease = await policy.decide(
    "update", "leases", "n1", namespace: "kube-node-lease", group: "coordination.k8s.io")
  #expect(lease.isAllowed)
  #expect(await policy.decide("list", "services", namespace: "").isAllowed, "by the rules of system:node")
  #expect(await !policy.decide("get", "pods", "p", user: jane).isAllowed)
  #expect(await !policy.decide("get", "pods", "p", user: UserInfo(name: "system:node:n1")).isAllowed)
}

@Test func mirrorPodsGiveNothing() async throws {
  let policy = try NodePolicy()
  try policy.put(
    "pods", "mirror", namespace: "ns",
    [
      "metadata": ["annotations": ["kubernetes.io/config.mirror": "x"]],
      "spec": ["nodeName": "n1", "imagePullSecrets": [["name": "grabbed"]]],
    ])
  #expect(await policy.decide("get", "pods", "mirror").isAllowed)
  #expect(await !policy.decide("get", "secrets", "grabbed").isAllowed)
}

@Test func podsAreListedByNodeOrByName() async throws {
  let policy = try NodePolicy()
  for verb in ["list", "watch"] {
    #expect(await policy.decide(verb, "pods", "p").isAllowed)
    #expect(
      await policy.decide(verb, "pods", "elsewhere").reason
        == "no relationship found between node 'n1' and this object")
    #expect(await policy.decide(verb, "pods", namespace: "", nodeName: "n1").isAllowed)
  }
}

@Test func slicesAndAttachmentsBelongToTheirNode() async throws {
  let policy = try NodePolicy()
  for (group, resource, name, node) in [
    ("resource.k8s.io", "resourceslices", "mine", "n1"),
    ("resource.k8s.io", "resourceslices", "theirs", "n2"),
    ("storage.k8s.io", "volumeattachments", "mine", "n1"),
    ("storage.k8s.io", "volumeattachments", "theirs", "n2"),
  ] {
    _ = try policy.store.create(
      GroupResource(group: group, resource: resource), ObjectKey(namespace: "", name: name),
      ["spec": ["nodeName": .string(node)]])
  }
  let slices = "resource.k8s.io"
  for verb in ["get", "update", "patch", "delete"] {
    #expect(await policy.decide(verb, "resourceslices", "mine", namespace: "", group: slices).isAllowed)
    #expect(await !policy.decide(verb, "resourceslices", "theirs", namespace: "", group: slices).isAllowed)
  }
  #expect(await policy.decide("create", "resourceslices", namespace: "", group: slices).isAllowed)
  for verb in ["list", "watch", "deletecollection"] {
    #expect(
      await policy.decide(verb, "resourceslices", namespace: "", group: slices, nodeName: "n1").isAllowed)
    #expect(
      await policy.decide(verb, "resourceslices", namespace: "", group: slices, nodeName: "n2").reason
        == "can only list/watch/deletecollection resourceslices with nodeName field selector")
  }
  let storage = "storage.k8s.io"
  #expect(await policy.decide("get", "volumeattachments", "mine", namespace: "", group: storage).isAllowed)
  #expect(await !policy.decide("get", "volumeattachments", "theirs", namespace: "", group: storage).isAllowed)
  #expect(await policy.decide("create", "csinodes", namespace: "", group: storage).isAllowed)
  #expect(await policy.decide("patch", "csinodes", "n1", namespace: "", group: storage).isAllowed)
  #expect(
    await policy.decide("get", "csinodes", "n2", namespace: "", group: storage).reason
      == "can only access CSINode with the same name as the requesting node")
}
