import Store
import Testing
import Values

@testable import APIServer

/// create, get and update.
@Suite struct WriteTests {
  private static let collection = "/api/v1/namespaces/default/configmaps"

  @Test("a new object gets its identity from the server and is there")
  func create() async throws {
    let api = try TestAPI()
    var sent = Example.configMap("a", data: ["x": "1"], labels: ["l": "v"])
    sent["metadata"]?["uid"] = "mine"
    sent["metadata"]?["creationTimestamp"] = "2001-01-01T00:00:00Z"
    sent["metadata"]?["selfLink"] = "/self"
    let made = await api.create(Self.collection, sent)
    #expect(made.status == 201)
    #expect(made[header: "Content-Type"] == "application/json")
    let metadata = try #require(made.json["metadata"])
    #expect(metadata["namespace"]?.string == "default")
    #expect(metadata["uid"]?.string?.count == 36)
    #expect(metadata["creationTimestamp"]?.string != "2001-01-01T00:00:00Z")
    #expect(metadata["selfLink"] == nil)
    #expect(metadata["labels"] == ["l": "v"])
    #expect(made.resourceVersion == String(api.store.revision))
    let got = await api.get("\(Self.collection)/a")
    #expect(got.status == 200)
    #expect(got.json == made.json)
    #expect(got.bytes.last == UInt8(ascii: "\n"))
  }

  @Test("a second object of the name conflicts")
  func exists() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.collection, Example.configMap("a"))
    let again = await api.create(Self.collection, Example.configMap("a"))
    #expect(again.status == 409)
    #expect(
      again.json == [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
        "message": #"configmaps "a" already exists"#, "reason": "AlreadyExists",
        "details": ["name": "a", "kind": "configmaps"], "code": 409,
      ])
  }

  @Test("generateName makes a name of at most 63 characters")
  func generateName() async throws {
    let api = try TestAPI()
    var names = Set<String>()
    for _ in 0..<20 {
      var object = Example.configMap("", data: [:])
      object["metadata"] = ["generateName": .string(String(repeating: "g", count: 70))]
      let made = await api.create(Self.collection, object)
      let name = made.json["metadata"]?["name"]?.string ?? ""
      #expect(name.hasPrefix(String(repeating: "g", count: 58)))
      #expect(name.count == 63)
      names.insert(name)
    }
    #expect(names.count == 20)
  }

  @Test(
    "bodies that are no object of the kind",
    arguments: [
      (
        "{",
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({)"
      ),
      (
        "",
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"
      ),
      (
        #"{"kind":"Pod","apiVersion":"v1"}"#,
        #"Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion"#
      ),
      (
        #"{"kind":"Pot","apiVersion":"v1"}"#,
        #"Pot in version "v1" cannot be handled as a ConfigMap: no kind "Pot" is registered for version "v1" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30""#
      ),
      (
        #"{"metadata":{"name":7}}"#,
        #"ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string"#
      ),
      (
        #"{"apiVersion":"a/b/c"}"#,
        #"the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})"#
      ),
      (
        #"{"kind":1}"#,
        #"the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})"#
      ),
      (
        #"{"metadata":{"name":"a","namespace":"other"}}"#,
        "the namespace of the provided object does not match the namespace sent on the request"
      ),
    ])
  func badBodies(body: String, message: String) async throws {
    let reply = await (try TestAPI()).ask("POST", Self.collection, bytes: Array(body.utf8))
    #expect(reply.status == 400)
    #expect(reply.message == message)
    #expect(reply.reason == "BadRequest")
  }

  @Test("nesting without end is refused, not followed")
  func deepBodies() async throws {
    let api = try TestAPI()
    for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
      let deep = String(repeating: open, count: 200_000) + "1" + String(repeating: close, count: 200_000)
      let reply = await api.ask("POST", Self.collection, bytes: Array(#"{"data":\#(deep)}"#.utf8))
      #expect(reply.status == 400)
    }
  }

  @Test("a body of more than three MiB is refused")
  func largeBodies() async throws {
    let api = try TestAPI()
    let reply = await api.ask(
      "POST", Self.collection, bytes: [UInt8](repeating: 0x20, count: 3 * 1024 * 1024 + 1))
    #expect(reply.status == 413)
    #expect(reply.reason == "RequestEntityTooLarge")
    #expect(reply.message == "Request entity too large: limit is 3145728")
  }

  @Test("a body in a format that is not known")
  func unknownFormat() async throws {
    let reply = await (try TestAPI()).send("POST", Self.collection, [:], type: "text/plain")
    #expect(reply.status == 415)
    #expect(reply.reason == "UnsupportedMediaType")
  }

  @Test("a dry run answers as a write does and leaves nothing")
  func dryRun() async throws {
    let api = try TestAPI()
    let before = api.store.revision
    let made = await api.create("\(Self.collection)?dryRun=All", Example.configMap("a"))
    #expect(made.status == 201)
    #expect(made.json["metadata"]?["uid"]?.string?.count == 36)
    #expect(made.json["metadata"]?["resourceVersion"] == nil)
    #expect(api.store.revision == before)

    _ = await api.create(Self.collection, Example.configMap("a"))
    let stored = api.store.revision
    #expect(await api.create("\(Self.collection)?dryRun=All", Example.configMap("a")).status == 409)
    let path = "\(Self.collection)/a?dryRun=All"
    #expect(await api.update(path, Example.configMap("a", data: ["x": "1"])).json["data"] == ["x": "1"])
    #expect(await api.merge(path, ["data": ["x": "2"]]).json["data"] == ["x": "2"])
    #expect(await api.delete(path).status == 200)
    #expect(await api.delete("\(Self.collection)?dryRun=All").status == 200)
    #expect(api.store.revision == stored)
  }

  @Test("an update on top of an older version conflicts")
  func staleUpdate() async throws {
    let api = try TestAPI()
    let made = await api.create(Self.collection, Example.configMap("a"))
    var first = made.json
    first["data"] = ["x": "1"]
    let path = "\(Self.collection)/a"
    #expect(await api.update(path, first).status == 200)
    let second = await api.update(path, first)
    #expect(second.status == 409)
    #expect(
      second.json == [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
        "message":
          #"Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again"#,
        "reason": "Conflict", "details": ["name": "a", "kind": "configmaps"], "code": 409,
      ])
    first["metadata"]?["resourceVersion"] = nil
    #expect(await api.update(path, first).status == 200)
  }

  @Test("of many updates on top of one version one wins; without a version all do")
  func concurrentUpdates() async throws {
    let api = try TestAPI()
    let made = await api.create(Self.collection, Example.configMap("a")).json
    let path = "\(Self.collection)/a"
    let statuses = await Self.concurrently(40) { i in
      var object = made
      object["data"] = ["x": .string("\(i)")]
      return await api.update(path, object).status
    }
    #expect(statuses.filter { $0 == 200 }.count == 1)
    #expect(statuses.filter { $0 == 409 }.count == 39)
    let unconditional = await Self.concurrently(40) { i in
      await api.update(path, Example.configMap("a", data: ["x": .string("y\(i)")])).status
    }
    #expect(unconditional == Array(repeating: 200, count: 40))
  }

  /// What came of so many tasks at once.
  static func concurrently<T: Sendable>(_ count: Int, _ work: @escaping @Sendable (Int) async -> T) async
    -> [T]
  {
    await withTaskGroup(of: T.self) { group in
      for i in 0..<count { group.addTask { await work(i) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  @Test("an update that changes nothing is no write")
  func unchanged() async throws {
    let api = try TestAPI()
    let made = await api.create(Self.collection, Example.configMap("a", data: ["x": "1"]))
    let again = await api.update("\(Self.collection)/a", made.json)
    #expect(again.resourceVersion == made.resourceVersion)
    #expect(again.json == made.json)
    let patched = await api.merge("\(Self.collection)/a?fieldManager=unknown", ["data": ["x": "1"]])
    #expect(patched.resourceVersion == made.resourceVersion)
  }

  @Test("a write can name the uid that it is about")
  func uidPrecondition() async throws {
    let api = try TestAPI()
    var object = await api.create(Self.collection, Example.configMap("a")).json
    object["metadata"]?["uid"] = "00000000-0000-0000-0000-000000000000"
    let reply = await api.update("\(Self.collection)/a", object)
    #expect(reply.status == 409)
    #expect(
      reply.message.contains("Precondition failed: UID in precondition: 00000000-0000-0000-0000-000000000000")
    )
  }

  @Test("PUT makes what is missing only where the kind allows it, and only if one may create")
  func createOnUpdate() async throws {
    let api = try TestAPI(grants: ["eve update leases"])
    #expect(await api.update("\(Self.collection)/a", Example.configMap("a")).status == 404)
    let lease: Value = [
      "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "l"], "spec": [:],
    ]
    let path = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l"
    let refused = await api.send("PUT", path, lease, [("X-Test-User", "eve")])
    #expect(refused.status == 403)
    #expect(refused.message.contains(#"cannot create resource "leases""#))
    #expect(await api.update(path, lease).status == 201)
    // Of this kind an update must say what it is based on.
    let blind = await api.update(path, lease)
    #expect(blind.status == 422)
    #expect(
      blind.message.contains("metadata.resourceVersion: Invalid value: 0: must be specified for an update"))
  }

  @Test("an update that names a uid never makes the object")
  func uidOfNothing() async throws {
    let api = try TestAPI()
    var lease: Value = [
      "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "l"], "spec": [:],
    ]
    lease["metadata"]?["uid"] = "u"
    let reply = await api.update("/apis/coordination.k8s.io/v1/namespaces/default/leases/l", lease)
    #expect(reply.status == 409)
    #expect(reply.message.hasSuffix("Precondition failed: UID in precondition: u, UID in object meta: "))
  }

  @Test(
    "methods that a path does not have",
    arguments: [
      ("PUT", collection, 405), ("PATCH", collection, 405), ("POST", "\(collection)/a", 405),
      ("OPTIONS", collection, 405), ("CONNECT", collection, 405), ("BREW", "\(collection)/a", 405),
      ("POST", "/api/v1/configmaps", 405), ("GET", "/api/v1/configmaps/a", 404),
      ("GET", "/api/v1/namespaces/default/nodes", 404),
      ("GET", "/api/v1/namespaces/default/configmaps/a/b", 404),
      ("GET", "/api/v1/namespaces/default/configmaps/a/status", 404),
      ("GET", "/apis/apps/v9/deployments", 404),
      ("GET", "/apis/none.example.com/v1/x", 404), ("GET", "/nowhere", 404), ("POST", "/version", 405),
      ("CONNECT", "/", 200), ("GET", "/api/v1/namespaces/default/pods/a/eviction", 405),
      ("POST", "/api/v1/watch/pods", 405), ("GET", "/api/v1/proxy/nodes/n", 404),
    ])
  func methods(method: String, path: String, status: Int) async throws {
    let reply = await (try TestAPI()).ask(method, path)
    #expect(reply.status == status)
  }
}
