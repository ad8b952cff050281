import Admission
import Audit
import Schema
import Synchronization
import Testing
import Values

@testable import APIServer

/// Keeps what is recorded.
private final class Recorder: AuditSink {
  private let taken = Mutex<[Value]>([])
  let isBroken: Bool

  init(isBroken: Bool = false) { self.isBroken = isBroken }

  var events: [Value] { taken.withLock { $0 } }

  func process(_ event: AuditEvent) async -> Bool {
    let value = (try? JSON.parse(AuditEventEncoder.encode(event))) ?? .null
    taken.withLock { $0.append(value) }
    return !isBroken
  }

  func shutdown(within grace: Duration) async {}
}

/// What is recorded of requests on their way through the chain.
@Suite struct AuditTests {
  private func prepared(
    _ rules: String, grants: Set<String> = [], isBroken: Bool = false
  ) throws -> (TestAPI, Recorder) {
    let recorder = Recorder(isBroken: isBroken)
    let policy = try AuditPolicy(
      yaml: Array("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n\(rules)".utf8))
    let api = try TestAPI(grants: grants) {
      $0.auditor = Auditor(policy: policy, sinks: [recorder])
    }
    return (api, recorder)
  }

  private static let configMaps = "/api/v1/namespaces/default/configmaps"

  @Test("a request makes an event when it comes and one when it is answered")
  func stages() async throws {
    let (api, recorder) = try prepared("- level: Metadata")
    let reply = await api.ask(
      "GET", "\(Self.configMaps)/none?pretty=true",
      [("Audit-ID", "mine"), ("User-Agent", "test"), ("X-Forwarded-For", "192.0.2.7, junk, 2001:DB8::0:1")])
    #expect(reply[header: "Audit-Id"] == "mine")
    let events = recorder.events
    #expect(events.map { $0["stage"]?.string } == ["RequestReceived", "ResponseComplete"])
    let first = events[0]
    #expect(first["responseStatus"] == nil)
    #expect(first["requestReceivedTimestamp"] == first["stageTimestamp"])
    let last = events[1]
    #expect(last["auditID"] == "mine" && last["verb"] == "get" && last["userAgent"] == "test")
    #expect(last["requestURI"] == "/api/v1/namespaces/default/configmaps/none?pretty=true")
    #expect(last["user"]?["username"] == "admin")
    #expect(last["sourceIPs"]?.strings == ["192.0.2.7", "2001:db8::1"])
    #expect(
      last["objectRef"] == [
        "resource": "configmaps", "namespace": "default", "name": "none", "apiVersion": "v1",
      ])
    #expect(last["responseStatus"]?["reason"] == "NotFound" && last["responseStatus"]?["code"] == 404)
    #expect(last["responseStatus"]?["details"]?["kind"] == "configmaps")
    #expect(last["annotations"]?["authorization.k8s.io/decision"] == "allow")
  }

  @Test("objects are recorded where the policy says, with their defaults and as they were answered")
  func objects() async throws {
    let (api, recorder) = try prepared(
      """
      - {level: RequestResponse, omitStages: [RequestReceived], resources: [{group: '', resources: [pods]}]}
      - {level: Request, omitStages: [RequestReceived], resources: [{group: '', resources: [services]}]}
      - {level: Metadata, omitStages: [RequestReceived], resources: [{group: '', resources: [secrets]}]}
      """)
    _ = await api.create("/api/v1/namespaces/default/pods", Example.pod("web"))
    _ = await api.create(
      "/api/v1/namespaces/default/services", Example.service("web", ["ports": [["port": 80]]]))
    _ = await api.create(
      "/api/v1/namespaces/default/secrets",
      [
        "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"],
        "stringData": ["password": "hunter2"],
      ])
    _ = await api.create(Self.configMaps, Example.configMap("unrecorded"))
    let events = recorder.events
    try #require(events.count == 3)
    #expect(events[0]["requestObject"]?["spec"]?["restartPolicy"] == "Always")
    #expect(events[0]["requestObject"]?["metadata"]?["uid"] == nil)
    #expect(events[0]["responseObject"]?["metadata"]?["uid"]?.string != nil)
    #expect(events[0]["responseObject"]?["kind"] == "Pod")
    #expect(events[0]["objectRef"]?["name"] == "web")
    #expect(events[1]["requestObject"]?["spec"]?["type"] == "ClusterIP" && events[1]["responseObject"] == nil)
    #expect(events[2]["requestObject"] == nil && events[2]["objectRef"]?["name"] == "s")
    #expect(!JSON.text(.array(events)).contains("hunter2"))
  }

  @Test("a patch is recorded as it was sent, a delete with its options")
  func patches() async throws {
    let (api, recorder) = try prepared(
      "- {level: RequestResponse, omitStages: [RequestReceived], verbs: [patch, delete]}")
    _ = await api.create(Self.configMaps, Example.configMap("a"))
    _ = await api.merge("\(Self.configMaps)/a", ["data": ["x": "1"]])
    _ = await api.delete("\(Self.configMaps)/a", ["propagationPolicy": "Background"])
    let events = recorder.events
    try #require(events.count == 2)
    #expect(events[0]["requestObject"] == ["data": ["x": "1"]])
    #expect(events[0]["responseObject"]?["data"] == ["x": "1"])
    #expect(events[1]["requestObject"]?["propagationPolicy"] == "Background")
    #expect(events[1]["responseStatus"]?["status"] == "Success")
    #expect(events[1]["responseStatus"]?["details"]?["name"] == "a")
  }

  @Test("what shows parts of objects is recorded where objects are")
  func contents() async throws {
    struct Tell: ValidatingAdmissionPlugin {
      let name = "Tell"
      func handles(_ operation: AdmissionOperation) -> Bool { true }
      func validate(_ request: AdmissionRequest) async throws(StatusError) {
        request.annotate("plain", "p")
        request.annotateContent("patch", request.name)
      }
    }
    let recorder = Recorder()
    let policy = try AuditPolicy(
      yaml: Array(
        """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - {level: Request, verbs: [create]}
        - {level: Metadata}
        """.utf8))
    let api = try TestAPI(plugins: [Tell()]) { $0.auditor = Auditor(policy: policy, sinks: [recorder]) }
    _ = await api.create(Self.configMaps, Example.configMap("a"))
    _ = await api.merge("\(Self.configMaps)/a", ["data": ["a": "b"]])
    let notes = recorder.events.map { $0["annotations"] }
    #expect(notes.map { $0?["plain"] } == ["p", "p"])
    #expect(notes.map { $0?["patch"] } == ["a", nil])
  }

  @Test("under impersonation both users are told, and a refusal with its reason")
  func users() async throws {
    let (api, recorder) = try prepared("- {level: Metadata, omitStages: [RequestReceived]}")
    _ = await api.get(Self.configMaps, [("Impersonate-User", "jane"), ("Impersonate-Group", "dev")])
    let event = try #require(recorder.events.first)
    #expect(event["user"]?["username"] == "admin")
    #expect(event["impersonatedUser"]?["username"] == "jane")
    #expect(event["impersonatedUser"]?["groups"]?.strings == ["dev", "system:authenticated"])
    #expect(event["responseStatus"]?["code"] == 403)
    #expect(event["responseStatus"]?["reason"] == "Forbidden")
    #expect(event["annotations"]?["authorization.k8s.io/decision"] == "forbid")
    _ = await api.get(Self.configMaps, [("X-Test-User", "jane"), ("Impersonate-User", "joe")])
    #expect(recorder.events.last?["impersonatedUser"] == nil)
    #expect(recorder.events.last?["responseStatus"]?["code"] == 403)
  }

  @Test("who fails to log in is recorded without what was tried")
  func failedAuthentication() async throws {
    let (api, recorder) = try prepared("- level: Metadata")
    let reply = await api.get(
      "\(Self.configMaps)?access_token=not-hex",
      [("X-Test-User", "nobody"), ("Authorization", "Bearer secret")])
    #expect(reply.status == 401)
    let events = recorder.events
    try #require(events.count == 1)
    #expect(events[0]["stage"] == "ResponseStarted")
    #expect(events[0]["responseStatus"]?["code"] == 401)
    #expect(
      events[0]["responseStatus"]?["message"] == "Authentication failed, attempted: bearer, access_token")
    #expect(events[0]["user"] == [:])
    #expect(!JSON.text(events[0]).contains("secret") && !JSON.text(events[0]).contains("not-hex"))
    #expect(events[0]["requestURI"]?.string?.hasSuffix("?access_token=REDACTED") == true)
  }

  @Test("a watch makes an event when it starts and one when it ends")
  func watches() async throws {
    let (api, recorder) = try prepared("- level: Metadata")
    let reader = try #require(WatchReader(await api.get("\(Self.configMaps)?watch=true&timeoutSeconds=1")))
    #expect(recorder.events.map { $0["stage"]?.string } == ["RequestReceived", "ResponseStarted"])
    #expect(recorder.events.last?["responseStatus"]?["code"] == 200)
    _ = await reader.rest()
    #expect(recorder.events.last?["stage"] == "ResponseComplete")
    #expect(recorder.events.count == 3)
    _ = await api.ask("HEAD", "\(Self.configMaps)?watch=true")
    #expect(recorder.events.last?["stage"] == "ResponseComplete")
  }

  @Test("where events have to be kept and can't be, requests are refused")
  func strict() async throws {
    let (api, recorder) = try prepared("- level: Metadata", isBroken: true)
    let reply = await api.create(Self.configMaps, Example.configMap("a"))
    #expect(reply.status == 500)
    #expect(reply.message == "Internal error occurred: failed to store audit event")
    #expect(await api.get("/metrics").status == 500)
    #expect(recorder.events.allSatisfy { $0["stage"] == "RequestReceived" })
    #expect(api.server.auditor?.counters.rejectedRequests == 2)
  }

  @Test("deprecated kinds are marked, and what nobody decides about is not recorded")
  func deprecated() async throws {
    let (api, recorder) = try prepared("- {level: Metadata, verbs: [list], omitStages: [RequestReceived]}")
    _ = await api.get("/api/v1/componentstatuses")
    #expect(recorder.events.last?["annotations"]?["k8s.io/deprecated"] == "true")
    _ = await api.get("/version")
    #expect(recorder.events.count == 1)
    let metrics = await api.get("/metrics").text
    #expect(metrics.contains("\napiserver_audit_event_total 1\n"))
    #expect(metrics.contains(#"apiserver_audit_level_total{level="Metadata"} 1"#))
    #expect(metrics.contains(#"apiserver_audit_level_total{level="None"} 2"#))
    #expect(
      metrics.contains(
        #"apiserver_requested_deprecated_apis{group="",version="v1",resource="componentstatuses",subresource="",removed_release=""} 1"#
      ))
  }
}

/// What slow requests tell.
@Suite("latency annotations", .timeLimit(.minutes(1)))
struct LatencyAnnotationTests {
  @Test("a request over half a second says what took the time, a quick one does not")
  func slow() async throws {
    let recorder = Recorder()
    let policy = try AuditPolicy(
      yaml: Array(
        "{apiVersion: audit.k8s.io/v1, kind: Policy, omitStages: [RequestReceived], rules: [{level: Metadata}]}"
          .utf8))
    let gate = GatePlugin()
    let api = try TestAPI(plugins: [gate]) { $0.auditor = Auditor(policy: policy, sinks: [recorder]) }
    let maps = "/api/v1/namespaces/default/configmaps"
    #expect(await api.get(maps).status == 200)
    async let answer = api.ask(
      "POST", maps, bytes: Array(#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"#.utf8))
    try await Task.sleep(for: .milliseconds(600))
    gate.open()
    #expect(await answer.status == 201)
    let keys = recorder.events.map { event in
      Set(
        (event["annotations"]?.object ?? [:]).map(\.key).filter { $0.hasPrefix("apiserver.latency.k8s.io/") })
    }
    #expect(keys.first?.isEmpty == true)
    let expected = ["total", "authentication", "authorization", "etcd", "serialize-response-object"]
    #expect(keys.last?.isSuperset(of: expected.map { "apiserver.latency.k8s.io/\($0)" }) == true, "\(keys)")
    let total = recorder.events.last?["annotations"]?["apiserver.latency.k8s.io/total"]?.string ?? ""
    #expect(try GoDuration.parse(total) > .milliseconds(500))
  }
}
