import Testing
import Values

@testable import APIServer

/// The four forms of patches.
@Suite struct PatchTests {
  private static let path = "/api/v1/namespaces/default/configmaps/a"
  private static let deployment = "/apis/apps/v1/namespaces/default/deployments/d"

  private func prepared() async throws -> TestAPI {
    let api = try TestAPI()
    _ = await api.create(
      "/api/v1/namespaces/default/configmaps", Example.configMap("a", data: ["x": "1", "y": "2"]))
    _ = await api.create("/apis/apps/v1/namespaces/default/deployments", Example.deployment("d"))
    return api
  }

  @Test("JSON patch: operations, carried out in order or not at all")
  func json() async throws {
    let api = try await prepared()
    let type = "application/json-patch+json"
    let done = await api.send(
      "PATCH", Self.path,
      [
        ["op": "test", "path": "/data/x", "value": "1"], ["op": "replace", "path": "/data/x", "value": "9"],
        ["op": "remove", "path": "/data/y"], ["op": "add", "path": "/metadata/labels", "value": ["l": "1"]],
        ["op": "copy", "from": "/metadata/labels/l", "path": "/metadata/labels/a~1b"],
      ], type: type)
    #expect(done.status == 200)
    #expect(done.json["data"] == ["x": "9"])
    #expect(done.json["metadata"]?["labels"] == ["l": "1", "a/b": "1"])
  }

  @Test(
    "patches that are none, or not of the object",
    arguments: [
      ("merge", "", 400, "error decoding patch: unexpected end of JSON input"),
      (
        "merge", "[]", 400,
        "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
      ),
      ("merge", "null", 400, "Invalid JSON Patch"),
      ("strategic-merge", "", 400, "unexpected end of JSON input"),
      (
        "strategic-merge", "1", 400,
        "json: cannot unmarshal number into Go value of type map[string]interface {}"
      ),
      ("strategic-merge", "null", 200, ""), ("strategic-merge", #"{"kind":"Other"}"#, 200, ""),
      (
        "strategic-merge", #"{"data":{"x":1}}"#, 422,
        #" "" is invalid: patch: Invalid value: "map[data:map[x:1]]": cannot convert int64 to string"#
      ),
    ])
  func unreadable(form: String, patch: String, status: Int, message: String) async throws {
    let reply = await (try await prepared()).ask(
      "PATCH", Self.path, [("Content-Type", "application/\(form)-patch+json")], bytes: Array(patch.utf8))
    #expect(reply.status == status)
    if status != 200 { #expect(reply.message == message) }
  }

  @Test("a patch makes no other kind of an object")
  func anotherKind() async throws {
    let api = try await prepared()
    let unknown = await api.merge(Self.path, ["kind": "Other"])
    #expect(unknown.status == 422)
    #expect(
      unknown.message.hasSuffix(
        #"no kind "Other" is registered for version "v1" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30""#
      ))
    let other = await api.merge(Self.path, ["kind": "Pod"])
    #expect(other.message.hasSuffix("converting (v1.Pod) to (core.ConfigMap): unknown conversion"))
  }

  @Test("JSON patch: what does not apply, is too long or is none")
  func badJSON() async throws {
    let api = try await prepared()
    let type = "application/json-patch+json"
    let failed = await api.send(
      "PATCH", Self.path, [["op": "test", "path": "/data/x", "value": "2"]], type: type)
    #expect(failed.status == 422)
    #expect(failed.message == "the server rejected our request due to an error in our request")
    let many = Value.array(Array(repeating: ["op": "test", "path": "/data/x", "value": "1"], count: 10_001))
    let long = await api.send("PATCH", Self.path, many, type: type)
    #expect(long.status == 413)
    #expect(long.message == "The allowed maximum operations in a JSON patch is 10000, got 10001")
    let none = await api.send("PATCH", Self.path, ["a": 1], type: type)
    #expect(none.status == 400)
    let broken = await api.ask("PATCH", Self.path, [("Content-Type", type)], bytes: Array("[".utf8))
    #expect(broken.status == 400)
  }

  @Test("JSON patch: copies of copies find an end")
  func copies() async throws {
    let api = try await prepared()
    let grow = Value.array(
      [["op": "add", "path": "/data/z", "value": .string(String(repeating: "z", count: 1000))]]
        + (0..<9000).map { ["op": "copy", "from": "/data", "path": .string("/data/c\($0)")] })
    let reply = await api.send("PATCH", Self.path, grow, type: "application/json-patch+json")
    #expect(reply.status == 422)
  }

  @Test("merge patch: null removes")
  func merge() async throws {
    let api = try await prepared()
    let done = await api.merge(Self.path, ["data": ["x": .null, "z": "3"]])
    #expect(done.status == 200)
    #expect(done.json["data"] == ["y": "2", "z": "3"])
    let array = await api.merge(Self.path, [1])
    #expect(array.status == 400)
  }

  @Test("strategic merge patch: lists of objects by their keys")
  func strategic() async throws {
    let api = try await prepared()
    let patch: Value = [
      "spec": [
        "template": [
          "spec": ["containers": [["name": "c", "image": "example.com/new"], ["name": "d", "image": "e"]]]
        ]
      ]
    ]
    let done = await api.send("PATCH", Self.deployment, patch, type: "application/strategic-merge-patch+json")
    #expect(done.status == 200)
    let containers = done.json["spec"]?["template"]?["spec"]?["containers"]?.array ?? []
    #expect(containers.map { $0["image"]?.string } == ["example.com/new", "e"])
    #expect(done.json["metadata"]?["generation"] == 2)
  }

  @Test("apply: makes, owns, conflicts, takes over, lets go")
  func apply() async throws {
    let api = try TestAPI()
    let made = await api.apply(
      "\(Self.path)?fieldManager=one", Example.configMap("a", data: ["x": "1", "y": "1"]))
    #expect(made.status == 201)
    let conflict = await api.apply("\(Self.path)?fieldManager=two", Example.configMap("a", data: ["x": "2"]))
    #expect(conflict.status == 409)
    #expect(conflict.message == #"Apply failed with 1 conflict: conflict with "one": .data.x"#)
    #expect(
      conflict.json["details"]?["causes"] == [
        ["reason": "FieldManagerConflict", "message": #"conflict with "one""#, "field": ".data.x"]
      ])
    let forced = await api.apply(
      "\(Self.path)?fieldManager=two&force=true", Example.configMap("a", data: ["x": "2"]))
    #expect(forced.json["data"] == ["x": "2", "y": "1"])
    let less = await api.apply("\(Self.path)?fieldManager=one", Example.configMap("a"))
    #expect(less.json["data"] == ["x": "2"])
  }

  @Test("apply: the body must be of the kind, of the name, and without managed fields")
  func badApply() async throws {
    let api = try TestAPI()
    let query = "?fieldManager=one"
    let pod = await api.apply(
      "\(Self.path)\(query)", ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "a"]])
    #expect(pod.status == 400)
    #expect(pod.message == "invalid object type: /v1, Kind=Pod")
    let other = await api.apply("\(Self.path)\(query)", Example.configMap("b"))
    #expect(other.message == "the name of the object (b) does not match the name on the URL (a)")
    var managed = Example.configMap("a")
    managed["metadata"]?["managedFields"] = []
    #expect(await api.apply("\(Self.path)\(query)", managed).message == "metadata.managedFields must be nil")
    // An unchanged apply is no write.
    let first = await api.apply("\(Self.path)\(query)", Example.configMap("a", data: ["x": "1"]))
    let second = await api.apply("\(Self.path)\(query)", Example.configMap("a", data: ["x": "1"]))
    #expect(first.resourceVersion == second.resourceVersion)
  }

  @Test("an object can't be patched to any size")
  func growth() async throws {
    let api = try await prepared()
    let names = Value.array((0..<15_000).map { .string("n\($0)\(String(repeating: "x", count: 120))") })
    let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/r"
    let rule: Value = ["apiGroups": [""], "resources": ["pods"], "verbs": ["get"], "resourceNames": names]
    let role: Value = [
      "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": ["name": "r"],
      "rules": [rule],
    ]
    let made = await api.create("/apis/rbac.authorization.k8s.io/v1/clusterroles", role)
    #expect(made.status == 201)
    let more = await api.send(
      "PATCH", path, [["op": "add", "path": "/rules/-", "value": rule]], type: "application/json-patch+json")
    #expect(more.status == 500)
    #expect(more.message == "etcdserver: request is too large")
    #expect(await api.get(path).resourceVersion == made.resourceVersion)
  }

  @Test("strict field validation looks at the patch, too")
  func strict() async throws {
    let api = try await prepared()
    let json = await api.send(
      "PATCH", "\(Self.path)?fieldValidation=Strict",
      [["op": "replace", "path": "/data/x", "value": "9", "why": "because"]],
      type: "application/json-patch+json")
    #expect(json.status == 422)
    #expect(json.message.hasSuffix(#"strict decoding error: json patch unknown field "[0].why""#))
    let warned = await api.send(
      "PATCH", Self.path, [["op": "replace", "path": "/data/x", "value": "9", "why": "because"]],
      type: "application/json-patch+json")
    #expect(warned.status == 200)
    #expect(warned.warnings == [#"299 - "json patch unknown field \"[0].why\"""#])
    let merge = await api.ask(
      "PATCH", "\(Self.path)?fieldValidation=Strict", [("Content-Type", "application/merge-patch+json")],
      bytes: Array(#"{"data":{"x":"1","x":"2"}}"#.utf8))
    #expect(merge.status == 422)
    #expect(merge.message.hasSuffix(#"strict decoding error: duplicate field "data.x""#))
    let applied = await api.ask(
      "PATCH", "\(Self.path)?fieldValidation=Strict&fieldManager=one&force=true",
      [("Content-Type", "application/apply-patch+yaml")],
      bytes: Array("apiVersion: v1\nkind: ConfigMap\ndata:\n  x: \"1\"\n  x: \"2\"\n".utf8))
    #expect(applied.status == 400)
    #expect(
      applied.message.hasPrefix(
        "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:"))
  }

  @Test("an unknown form of patch")
  func unknownForm() async throws {
    let reply = await (try await prepared()).send("PATCH", Self.path, [:], type: "application/json")
    #expect(reply.status == 415)
    #expect(reply.message == "415: Unsupported Media Type")
  }

  @Test("patches of one object at once all count: none is lost, none conflicts")
  func concurrentPatches() async throws {
    let api = try await prepared()
    let statuses = await WriteTests.concurrently(60) { i in
      await api.merge(Self.path, ["data": ["k\(i)": "v"]]).status
    }
    #expect(statuses == Array(repeating: 200, count: 60))
    let data = await api.get(Self.path).json["data"]?.object ?? [:]
    #expect(data.count == 62)
  }

  @Test("a patch that names a version conflicts with any other")
  func conditionalPatch() async throws {
    let api = try await prepared()
    let reply = await api.merge(Self.path, ["metadata": ["resourceVersion": "1"], "data": ["x": "5"]])
    #expect(reply.status == 409)
  }

  @Test("appliers who make one object at once share it")
  func concurrentApplies() async throws {
    let api = try TestAPI()
    let statuses = await WriteTests.concurrently(40) { i in
      await api.apply(
        "\(Self.path)?fieldManager=m\(i)", Example.configMap("a", data: .object(["k\(i)": "v"]))
      ).status
    }
    #expect(statuses.filter { $0 == 201 }.count == 1)
    #expect(statuses.allSatisfy { $0 == 200 || $0 == 201 })
    #expect(await api.get(Self.path).json["data"]?.object?.count == 40)
  }

  @Test("lists of many thousands are merged in reasonable time")
  func largeLists() async throws {
    let api = try await prepared()
    let ports = Value.array((1...20_000).map { ["containerPort": .int($0), "protocol": "TCP"] })
    let patch: Value = ["spec": ["template": ["spec": ["containers": [["name": "c", "ports": ports]]]]]]
    let clock = ContinuousClock()
    let time = await clock.measure {
      let done = await api.send(
        "PATCH", Self.deployment, patch, type: "application/strategic-merge-patch+json")
      #expect(done.status == 200)
    }
    #expect(time < .seconds(20))
  }
}
