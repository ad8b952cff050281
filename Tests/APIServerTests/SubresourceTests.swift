import Authentication
import Schema
import Security
import Store
import Testing
import Values

@testable import APIServer

/// Paths below objects.
@Suite struct SubresourceTests {
  private static let deployments = "/apis/apps/v1/namespaces/default/deployments"
  private static let pods = "/api/v1/namespaces/default/pods"

  // MARK: - status

  @Test("status and the rest are written apart")
  func status() async throws {
    let api = try TestAPI()
    var sent = Example.deployment("d")
    sent["status"] = ["replicas": 7]
    let made = await api.create(Self.deployments, sent)
    #expect(made.json["status"] == [:])
    let path = "\(Self.deployments)/d"
    let status = await api.merge("\(path)/status", ["spec": ["replicas": 9], "status": ["replicas": 3]])
    #expect(status.status == 200)
    #expect(status.json["spec"]?["replicas"] == 1)
    #expect(status.json["status"]?["replicas"] == 3)
    #expect(status.json["metadata"]?["generation"] == 1)
    let spec = await api.merge(path, ["spec": ["replicas": 2], "status": ["replicas": 8]])
    #expect(spec.json["status"]?["replicas"] == 3)
    #expect(spec.json["metadata"]?["generation"] == 2)
    #expect(await api.get("\(path)/status").json == spec.json)
    let entries = spec.json["metadata"]?["managedFields"]?.array ?? []
    #expect(entries.contains { $0["subresource"]?.string == "status" })
  }

  // MARK: - scale

  @Test("scale shows an object's replicas and changes them")
  func scale() async throws {
    let api = try TestAPI()
    _ = await api.create("\(Self.deployments)?fieldManager=maker", Example.deployment("d"))
    let path = "\(Self.deployments)/d/scale"
    let shown = await api.get(path)
    #expect(shown.status == 200)
    #expect(shown.json["kind"]?.string == "Scale")
    #expect(shown.json["apiVersion"]?.string == "autoscaling/v1")
    #expect(shown.json["spec"] == ["replicas": 1])
    #expect(shown.json["status"] == ["replicas": 0, "selector": "app=a"])
    var wanted = shown.json
    wanted["spec"] = ["replicas": 3]
    let updated = await api.update(path, wanted)
    #expect(updated.status == 200)
    #expect(updated.json["spec"]?["replicas"] == 3)
    #expect(await api.update(path, wanted).status == 409)
    let patched = await api.merge(path, ["spec": ["replicas": 4]])
    #expect(patched.json["spec"]?["replicas"] == 4)
    #expect(await api.get("\(Self.deployments)/d").json["spec"]?["replicas"] == 4)
    let negative = await api.merge(path, ["spec": ["replicas": -1]])
    #expect(negative.status == 422)
    #expect(
      negative.message
        == #"Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0"#
    )
    #expect(await api.get("\(Self.deployments)/none/scale").status == 404)
  }

  @Test("who scales owns the replicas, as part of the object")
  func scaleOwnership() async throws {
    let api = try TestAPI()
    _ = await api.apply("\(Self.deployments)/d?fieldManager=applier", Example.deployment("d"))
    _ = await api.merge("\(Self.deployments)/d/scale?fieldManager=scaler", ["spec": ["replicas": 5]])
    let object = await api.get("\(Self.deployments)/d").json
    let entries = object["metadata"]?["managedFields"]?.array ?? []
    let scaler = try #require(entries.first { $0["manager"]?.string == "scaler" })
    #expect(scaler["subresource"]?.string == "scale")
    #expect(scaler["apiVersion"]?.string == "apps/v1")
    #expect(scaler["operation"]?.string == "Update")
    #expect(scaler["fieldsV1"] == ["f:spec": ["f:replicas": [:]]])
    let applier = try #require(entries.first { $0["manager"]?.string == "applier" })
    #expect(applier["fieldsV1"]?["f:spec"]?["f:replicas"] == nil)
    // The applier now conflicts with the scaler.
    let conflict = await api.apply("\(Self.deployments)/d?fieldManager=applier", Example.deployment("d"))
    #expect(conflict.status == 409)
    #expect(
      conflict.message.contains(
        #"conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas"#))
  }

  @Test("scale can be applied")
  func scaleApply() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.deployments, Example.deployment("d"))
    let scale: Value = [
      "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": ["name": "d", "namespace": "default"],
      "spec": ["replicas": 6],
    ]
    let conflict = await api.apply("\(Self.deployments)/d/scale?fieldManager=hpa", scale)
    #expect(conflict.status == 409)
    let forced = await api.apply("\(Self.deployments)/d/scale?fieldManager=hpa&force=true", scale)
    #expect(forced.status == 200)
    #expect(forced.json["spec"]?["replicas"] == 6)
    let entries = await api.get("\(Self.deployments)/d").json["metadata"]?["managedFields"]?.array ?? []
    let hpa = try #require(entries.first { $0["manager"]?.string == "hpa" })
    #expect(hpa["operation"]?.string == "Apply")
    #expect(hpa["fieldsV1"] == ["f:spec": ["f:replicas": [:]]])
  }

  @Test("scales at once all count")
  func concurrentScales() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.deployments, Example.deployment("d"))
    let statuses = await WriteTests.concurrently(20) { i in
      await api.merge("\(Self.deployments)/d/scale", ["spec": ["replicas": .int(Int64(i))]]).status
    }
    #expect(statuses == Array(repeating: 200, count: 20))
  }

  // MARK: - binding

  @Test("a binding puts a pod on a node, once")
  func binding() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.pods, Example.pod("p"))
    let binding: Value = [
      "apiVersion": "v1", "kind": "Binding",
      "metadata": ["name": "p", "annotations": ["a": "b"], "labels": ["c": "d"]],
      "target": ["kind": "Node", "name": "n1"],
    ]
    let bound = await api.create("\(Self.pods)/p/binding", binding)
    #expect(bound.status == 201)
    #expect(
      bound.json == ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201])
    let pod = await api.get("\(Self.pods)/p").json
    #expect(pod["spec"]?["nodeName"]?.string == "n1")
    #expect(pod["metadata"]?["annotations"]?["a"]?.string == "b")
    #expect(pod["metadata"]?["labels"]?["c"]?.string == "d")
    let condition = pod["status"]?["conditions"]?.array?.first { $0["type"]?.string == "PodScheduled" }
    #expect(condition?["status"]?.string == "True")
    let again = await api.create("/api/v1/namespaces/default/bindings", binding)
    #expect(again.status == 409)
    #expect(
      again.message
        == #"Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1""#)
  }

  @Test("a binding needs a node, and the pod that it means")
  func badBindings() async throws {
    let api = try TestAPI()
    let made = await api.create(Self.pods, Example.pod("p"))
    let path = "\(Self.pods)/p/binding"
    let none = await api.create(
      path, ["apiVersion": "v1", "kind": "Binding", "metadata": ["name": "p"], "target": [:]])
    #expect(none.status == 500)
    #expect(none.message == "target.name: Required value")
    let pod = await api.create(
      path,
      [
        "apiVersion": "v1", "kind": "Binding", "metadata": ["name": "p"],
        "target": ["kind": "Pod", "name": "x"],
      ])
    #expect(pod.status == 500)
    let unnamed = await api.create(path, ["target": ["name": "x"]])
    #expect(unnamed.status == 400)
    #expect(unnamed.message == "name in URL does not match name in Binding object")
    let other = await api.create(
      path,
      [
        "apiVersion": "v1", "kind": "Binding", "metadata": ["name": "p", "uid": "other"],
        "target": ["name": "n"],
      ])
    #expect(other.status == 409)
    #expect(other.message.contains(made.json["metadata"]?["uid"]?.string ?? "?"))
    #expect(
      await api.create("\(Self.pods)/none/binding", ["metadata": ["name": "none"], "target": ["name": "n"]])
        .status == 404)
  }

  // MARK: - eviction

  private static let eviction: Value = [
    "apiVersion": "policy/v1", "kind": "Eviction", "metadata": ["name": "p"],
  ]

  private func runningPod(_ api: TestAPI) async {
    _ = await api.create(Self.pods, Example.pod("p", node: "n"))
    _ = await api.merge("\(Self.pods)/p", ["metadata": ["labels": ["app": "a"]]])
    _ = await api.merge(
      "\(Self.pods)/p/status",
      ["status": ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]])
  }

  private func budget(_ api: TestAPI, _ status: Value, named name: String = "b") async {
    let path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    _ = await api.create(
      path,
      [
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": ["name": .string(name)],
        "spec": ["minAvailable": 1, "selector": ["matchLabels": ["app": "a"]]],
      ])
    _ = await api.merge("\(path)/\(name)/status", ["status": status])
  }

  @Test("an eviction deletes a pod that no budget holds")
  func evict() async throws {
    let api = try TestAPI()
    await runningPod(api)
    let dry = await api.create("\(Self.pods)/p/eviction?dryRun=All", Self.eviction)
    #expect(dry.status == 201)
    let evicted = await api.create("\(Self.pods)/p/eviction", Self.eviction)
    #expect(evicted.status == 201)
    #expect(evicted.json["status"]?.string == "Success")
    #expect(await api.get("\(Self.pods)/p").json["metadata"]?["deletionTimestamp"] != nil)
  }

  @Test("a budget without room holds a pod up; one with room is charged")
  func budgets() async throws {
    let api = try TestAPI()
    await runningPod(api)
    let full: Value = [
      "observedGeneration": 1, "disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1,
      "expectedPods": 1,
    ]
    await budget(api, full)
    let held = await api.create("\(Self.pods)/p/eviction", Self.eviction)
    #expect(held.status == 429)
    #expect(held.reason == "TooManyRequests")
    #expect(held.message == "Cannot evict pod as it would violate the pod's disruption budget.")
    #expect(
      held.json["details"]?["causes"] == [
        [
          "reason": "DisruptionBudget",
          "message": "The disruption budget b needs 1 healthy pods and has 1 currently",
        ]
      ])
    let path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/b"
    _ = await api.merge("\(path)/status", ["status": ["disruptionsAllowed": 1]])
    #expect(await api.create("\(Self.pods)/p/eviction", Self.eviction).status == 201)
    let charged = await api.get(path).json["status"]
    #expect(charged?["disruptionsAllowed"] == 0)
    #expect(charged?["disruptedPods"]?["p"]?.string != nil)
  }

  @Test("a budget that nobody has looked at yet holds a pod up")
  func newBudget() async throws {
    let api = try TestAPI()
    await runningPod(api)
    await budget(api, ["disruptionsAllowed": 5])
    let held = await api.create("\(Self.pods)/p/eviction", Self.eviction)
    #expect(held.status == 429)
    #expect(held[header: "Retry-After"] == "10")
    #expect(
      held.json["details"]?["causes"]?.array?.first?["message"]?.string
        == "The disruption budget b is still being processed by the server.")
  }

  @Test("a pod under two budgets can't be evicted")
  func twoBudgets() async throws {
    let api = try TestAPI()
    await runningPod(api)
    let room: Value = [
      "observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": 1, "desiredHealthy": 0,
      "expectedPods": 1,
    ]
    await budget(api, room, named: "b1")
    await budget(api, room, named: "b2")
    let reply = await api.create("\(Self.pods)/p/eviction", Self.eviction)
    // The real server sends the failure in the place of the object that was to be made.
    #expect(reply.status == 201)
    #expect(reply.json["status"]?.string == "Failure")
    #expect(reply.json["code"] == 500)
    #expect(reply.message.contains("does not support"))
    #expect(await api.get("\(Self.pods)/p").json["metadata"]?["deletionTimestamp"] == nil)
  }

  // MARK: - token

  @Test("a token for a service account")
  func token() async throws {
    let store = ObjectStore()
    let key = try PrivateKey.ecdsa(.p256)
    let api = try TestAPI(store: store) { components in
      let issuer = ServiceAccountTokenIssuer(
        store: store, key: key, configuration: .init(issuer: "https://issuer", apiAudiences: ["api"]))
      components.tokenIssuer = { issuer }
    }
    let path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    let request: Value = [
      "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["expirationSeconds": 600],
    ]
    let issued = await api.create(path, request)
    #expect(issued.status == 201)
    #expect(issued.json["status"]?["token"]?.string?.split(separator: ".").count == 3)
    #expect(issued.json["spec"]?["audiences"] == ["api"])
    #expect(issued.json["metadata"]?["name"]?.string == "default")
    var short = request
    short["spec"] = ["expirationSeconds": 5]
    let refused = await api.create(path, short)
    #expect(refused.status == 422)
    #expect(refused.message.contains("may not specify a duration less than 10 minutes"))
    #expect(await api.create("/api/v1/namespaces/default/serviceaccounts/none/token", request).status == 404)
    #expect(await api.get(path).status == 405)
  }

  // MARK: - finalize

  @Test("a namespace goes when its finalizers are gone")
  func finalize() async throws {
    let api = try TestAPI()
    let made = await api.create(
      "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "n"]])
    #expect(made.json["spec"]?["finalizers"] == ["kubernetes"])
    let deleted = await api.delete("/api/v1/namespaces/n")
    #expect(deleted.json["status"]?["phase"]?.string == "Terminating")
    let refused = await api.create("/api/v1/namespaces/n/configmaps", Example.configMap("a"))
    #expect(refused.status == 403)
    #expect(refused.message.contains("because it is being terminated"))
    var object = await api.get("/api/v1/namespaces/n").json
    object["spec"]?["finalizers"] = []
    let finalized = await api.update("/api/v1/namespaces/n/finalize", object)
    #expect(finalized.status == 200)
    #expect(await api.get("/api/v1/namespaces/n").status == 404)
  }

  // MARK: - what a kubelet would answer

  @Test(
    "logs and the like: there is no node to ask",
    arguments: ["log", "exec", "attach", "portforward"])
  func connect(subresource: String) async throws {
    let api = try TestAPI()
    _ = await api.create(Self.pods, Example.pod("nowhere"))
    _ = await api.create(Self.pods, Example.pod("p", node: "n"))
    let nowhere = await api.get("\(Self.pods)/nowhere/\(subresource)")
    #expect(nowhere.status == 400)
    #expect(nowhere.message == "pod nowhere does not have a host assigned")
    let reply = await api.get("\(Self.pods)/p/\(subresource)")
    #expect(reply.status == 503)
    #expect(reply.reason == "ServiceUnavailable")
    #expect(await api.get("\(Self.pods)/none/\(subresource)").status == 404)
  }

  @Test("a proxy asks the pod itself: without an address there is nobody to ask")
  func proxyWithoutAddress() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.pods, Example.pod("p", node: "n"))
    let reply = await api.get("\(Self.pods)/p/proxy")
    #expect(reply.status == 400)
    #expect(reply.message == "address not allowed")
    #expect(await api.get("\(Self.pods)/none/proxy").status == 404)
  }
}
