import Admission
import Schema
import Synchronization
import Testing
import Values

@testable import APIServer

/// What admission is shown of requests that are about more than an object itself.
@Suite struct AdmittedObjectsTests {
  /// Keeps the requests that it is shown, and changes their objects.
  final class Recorder: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
    let name = "Recorder"
    private let change: @Sendable (inout AdmissionRequest) -> Void
    private let requests = Mutex<(admitted: [AdmissionRequest], validated: [AdmissionRequest])>(([], []))

    init(_ change: @escaping @Sendable (inout AdmissionRequest) -> Void = { _ in }) { self.change = change }

    var admitted: [AdmissionRequest] { requests.withLock { $0.admitted } }
    var validated: [AdmissionRequest] { requests.withLock { $0.validated } }

    func handles(_ operation: AdmissionOperation) -> Bool { true }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
      let seen = request
      requests.withLock { $0.admitted.append(seen) }
      change(&request)
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
      requests.withLock { $0.validated.append(request) }
      if request.object?["spec"]?["replicas"] == 13 { throw request.forbidden("not 13") }
    }

    /// Requests for a subresource.
    func seen(_ subresource: String) -> (admitted: [AdmissionRequest], validated: [AdmissionRequest]) {
      requests.withLock { state in
        (
          state.admitted.filter { $0.subresource == subresource },
          state.validated.filter { $0.subresource == subresource }
        )
      }
    }
  }

  private static let deployments = "/apis/apps/v1/namespaces/default/deployments"
  private static let pods = "/api/v1/namespaces/default/pods"

  // MARK: - scale

  @Test("a scale is admitted as the Scale that it is")
  func scale() async throws {
    let recorder = Recorder { request in
      guard request.subresource == "scale" else { return }
      let asked = request.object?["spec"]?["replicas"]?.int ?? 0
      request.object?.set(.int(min(asked, 20)), at: ["spec", "replicas"])
    }
    let api = try TestAPI(plugins: [recorder])
    _ = await api.create(Self.deployments, Example.deployment("d"))
    let path = "\(Self.deployments)/d/scale"
    let scaled = await api.merge("\(path)?fieldManager=me", ["spec": ["replicas": 90]])
    #expect(scaled.json["spec"]?["replicas"] == 20)
    #expect(await api.get("\(Self.deployments)/d").json["spec"]?["replicas"] == 20)

    let (admitted, validated) = recorder.seen("scale")
    #expect(admitted.count == 1)
    #expect(validated.count == 1)
    let before = try #require(admitted.first)
    #expect(before.operation == .update)
    #expect(before.resource == .init(group: "apps", version: "v1", resource: "deployments"))
    #expect(before.kind == .init(group: "autoscaling", version: "v1", kind: "Scale"))
    #expect(before.object?["kind"] == "Scale")
    #expect(before.object?["spec"] == ["replicas": 90])
    #expect(before.oldObject?["spec"] == ["replicas": 1])
    #expect(
      before.options == [
        "kind": "UpdateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "me",
      ])
    #expect(validated.first?.object?["spec"] == ["replicas": 20])
    #expect(validated.first?.object?["kind"] == "Scale")
    #expect(validated.first?.oldObject?["status"] == ["replicas": 0, "selector": "app=a"])

    let refused = await api.merge(path, ["spec": ["replicas": 13]])
    #expect(refused.message == #"deployments.apps "d" is forbidden: not 13"#)
  }

  // MARK: - connections

  @Test("connections are admitted with their options")
  func connections() async throws {
    let recorder = Recorder { request in
      guard request.subresource == "exec" else { return }
      request.object?.set(["false"], at: ["command"])
    }
    let api = try TestAPI(plugins: [recorder])
    _ = await api.create(Self.pods, Example.pod("p", node: "n"))
    for target in [
      "\(Self.pods)/p/exec?command=ls&command=-l&container=c&stdout=1&tty=true", "\(Self.pods)/p/attach",
      "\(Self.pods)/p/portforward?ports=80&ports=443", "\(Self.pods)/p/proxy/a/b/?x=1",
    ] { _ = await api.ask("POST", target) }
    api.put("nodes", ["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n"]])
    _ = await api.get("/api/v1/nodes/n/proxy")
    _ = await api.get("/api/v1/namespaces/default/services/s:web/proxy/x")

    let seen = recorder.admitted.filter { $0.operation == .connect }
    #expect(
      seen.map(\.object) == [
        [
          "kind": "PodExecOptions", "apiVersion": "v1", "stdout": true, "tty": true, "container": "c",
          "command": ["ls", "-l"],
        ], ["kind": "PodAttachOptions", "apiVersion": "v1", "stdout": true, "stderr": true],
        ["kind": "PodPortForwardOptions", "apiVersion": "v1", "ports": [80, 443]],
        ["kind": "PodProxyOptions", "apiVersion": "v1", "path": "/a/b/"],
        ["kind": "NodeProxyOptions", "apiVersion": "v1"],
        ["kind": "ServiceProxyOptions", "apiVersion": "v1", "path": "/x"],
      ])
    #expect(seen.allSatisfy { $0.kind.kind == $0.object?["kind"]?.string && $0.oldObject == nil })
    #expect(seen.map(\.name) == ["p", "p", "p", "p", "n", "s:web"])
    #expect(seen.map(\.namespace) == ["default", "default", "default", "default", "", "default"])
    #expect(recorder.seen("exec").validated.first?.object?["command"] == ["false"])

    let dry = await api.ask("POST", "\(Self.pods)/p/exec?command=ls&dryRun=All")
    #expect(dry.status == 400)
    #expect(dry.message == "dryRun is not supported")
  }

  // MARK: - other subresources

  @Test("bindings, evictions and parts of objects are admitted as what is sent")
  func posted() async throws {
    let recorder = Recorder()
    let api = try TestAPI(plugins: [recorder])
    for name in ["p", "q"] { _ = await api.create(Self.pods, Example.pod(name)) }
    func binding(_ name: String) -> Value {
      [
        "apiVersion": "v1", "kind": "Binding", "metadata": ["name": .string(name)],
        "target": ["kind": "Node", "name": "n"],
      ]
    }
    #expect(await api.create("\(Self.pods)/p/binding", binding("p")).status == 201)
    #expect(await api.create("/api/v1/namespaces/default/bindings", binding("q")).status == 201)
    let status = await api.merge("\(Self.pods)/p/status", ["status": ["phase": "Running"]])
    #expect(status.status == 200)
    let ephemeral = await api.merge(
      "\(Self.pods)/p/ephemeralcontainers",
      ["spec": ["ephemeralContainers": [["name": "e", "image": "example.com/e"]]]])
    #expect(ephemeral.status == 200)
    let resize = await api.send(
      "PATCH", "\(Self.pods)/p/resize",
      ["spec": ["containers": [["name": "c", "resources": ["requests": ["cpu": "1"]]]]]],
      type: "application/strategic-merge-patch+json")
    #expect(resize.status == 200 || resize.status == 422)
    let eviction = await api.create(
      "\(Self.pods)/q/eviction",
      ["apiVersion": "policy/v1", "kind": "Eviction", "metadata": ["name": "q"]])
    #expect(eviction.status == 201)

    func facts(_ request: AdmissionRequest) -> [String] {
      [
        request.operation.rawValue, "\(request.resource.resource)/\(request.subresource)", request.kind.kind,
        request.kind.apiVersion, request.name,
      ]
    }
    let seen = recorder.admitted.dropFirst(2).map(facts)
    #expect(
      seen == [
        ["CREATE", "pods/binding", "Binding", "v1", "p"], ["CREATE", "bindings/", "Binding", "v1", "q"],
        ["UPDATE", "pods/status", "Pod", "v1", "p"],
        ["UPDATE", "pods/ephemeralcontainers", "Pod", "v1", "p"],
        ["UPDATE", "pods/resize", "Pod", "v1", "p"],
        ["CREATE", "pods/eviction", "Eviction", "policy/v1", "q"],
      ])
  }

  @Test("deletions are admitted with their options, those of a collection one by one and without a name")
  func deletions() async throws {
    let recorder = Recorder()
    let api = try TestAPI(plugins: [recorder])
    let path = "/api/v1/namespaces/default/configmaps"
    for name in ["a", "b", "c"] { _ = await api.create(path, Example.configMap(name)) }
    _ = await api.delete("\(path)/a?gracePeriodSeconds=0&propagationPolicy=Background")
    _ = await api.delete(path, ["kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Orphan"])
    let seen = recorder.validated.filter { $0.operation == .delete }
    #expect(seen.map(\.name) == ["a", "", ""])
    #expect(seen.map { $0.oldObject?["metadata"]?["name"] } == ["a", "b", "c"])
    #expect(seen.allSatisfy { $0.object == nil })
    #expect(seen.first?.options == ["gracePeriodSeconds": 0, "propagationPolicy": "Background"])
    #expect(seen.last?.options["propagationPolicy"] == "Orphan")
  }

  @Test("a patch is an update, a patch that makes an object is a create")
  func patches() async throws {
    let recorder = Recorder()
    let api = try TestAPI(plugins: [recorder])
    let path = "/api/v1/namespaces/default/configmaps/a"
    _ = await api.apply("\(path)?fieldManager=me&force=true&fieldValidation=Strict", Example.configMap("a"))
    _ = await api.merge("\(path)?dryRun=All", ["data": ["a": "b"]])
    let seen = recorder.admitted
    #expect(seen.map(\.operation) == [.create, .update])
    #expect(
      seen.map(\.options) == [
        [
          "kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "me",
          "fieldValidation": "Strict",
        ], ["kind": "UpdateOptions", "apiVersion": "meta.k8s.io/v1", "dryRun": ["All"]],
      ])
  }

  // MARK: - After admission

  @Test("managedFields that admission spoils are put back, with a warning")
  func spoiltManagedFields() async throws {
    let recorder = Recorder { request in
      request.object?.set(
        [["manager": "x", "operation": "Neither", "fieldsType": "FieldsV1", "fieldsV1": [:]]],
        at: ["metadata", "managedFields"])
    }
    let api = try TestAPI(plugins: [recorder])
    let made = await api.create(
      "/api/v1/namespaces/default/configmaps?fieldManager=me", Example.configMap("a", data: ["a": "b"]))
    #expect(made.status == 201)
    #expect(made.json["metadata"]?["managedFields"]?.array?.first?["manager"] == "me")
    #expect(
      made.warnings.first?.contains(
        ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated "
          + "mutating admission controller; please fix your requests: ") == true)
  }

  @Test("owners that admission repeats are told apart from those that the client repeats")
  func repeatedOwners() async throws {
    let owner: Value = ["apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"]
    let recorder = Recorder { $0.object?.set([owner, owner], at: ["metadata", "ownerReferences"]) }
    let api = try TestAPI(plugins: [recorder])
    let made = await api.create("/api/v1/namespaces/default/configmaps", Example.configMap("a"))
    #expect(made.json["metadata"]?["ownerReferences"]?.array?.count == 1)
    #expect(
      made.warnings.first?.contains("contains duplicate entries after mutating admission happens;") == true)
  }

  @Test("owners that a patch repeats are told of like those of admission; differing ones stay")
  func ownersOfPatches() async throws {
    let api = try TestAPI()
    let path = "/api/v1/namespaces/default/configmaps"
    let owner: Value = ["apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"]
    var other = owner
    other["name"] = "q"
    var object = Example.configMap("a")
    object["metadata"]?["ownerReferences"] = [owner, owner, other]
    let made = await api.create(path, object)
    #expect(made.json["metadata"]?["ownerReferences"] == [owner, other])
    #expect(
      made.warnings.first?.contains(".metadata.ownerReferences contains duplicate entries; API server")
        == true)
    let patched = await api.merge("\(path)/a", ["metadata": ["ownerReferences": [owner, owner]]])
    #expect(patched.json["metadata"]?["ownerReferences"] == [owner])
    #expect(
      patched.warnings.first?.contains("contains duplicate entries after mutating admission happens;") == true
    )
  }
}
