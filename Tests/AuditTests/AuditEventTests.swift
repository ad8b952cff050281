import Authentication
import Testing
import Values

@testable import Audit

/// What is written of an event.
@Suite struct AuditEventTests {
  private func event(_ level: AuditLevel = .metadata) -> AuditEvent {
    var event = AuditEvent(
      level: level, auditID: "id", requestURI: "/api/v1/namespaces/a/pods?x=\"1\"", verb: "create",
      user: UserInfo(name: "jane", uid: "7", groups: ["dev"], extra: ["b": ["2"], "a": ["1"]]))
    event.stage = .responseComplete
    event.sourceIPs = ["192.0.2.1"]
    event.userAgent = "kubectl"
    event.objectReference = .init(
      resource: "pods", namespace: "a", name: "web", apiGroup: "", apiVersion: "v1", subresource: "")
    event.response = .init(code: 201, body: .bytes(Array("{\"kind\":\"Pod\",\"metadata\":{}}\n".utf8), .json))
    event.requestObject = .value(["kind": "Pod", "metadata": ["managedFields": [], "name": "web"]])
    event.requestReceived = Timestamp(seconds: 1_767_322_445, nanoseconds: 6_000)
    event.stageTime = event.requestReceived
    event.annotations = [
      ("authorization.k8s.io/reason", "r"), ("authorization.k8s.io/decision", "allow"),
      ("authorization.k8s.io/decision", "forbid"),
    ]
    return event
  }

  private func text(_ event: AuditEvent) -> String {
    String(decoding: AuditEventEncoder.encode(event), as: UTF8.self)
  }

  @Test("keys stand in the real server's order, annotations in their own, and the first of a key counts")
  func wholeEvent() {
    var event = event()
    event.impersonatedUser = UserInfo(name: "joe")
    event.impersonationConstraint = "impersonate:user-info"
    #expect(
      text(event)
        == #"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"id","#
        + #""stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a/pods?x=\"1\"","verb":"create","#
        + #""user":{"username":"jane","uid":"7","groups":["dev"],"extra":{"a":["1"],"b":["2"]}},"#
        + #""impersonatedUser":{"username":"joe"},"#
        + #""authenticationMetadata":{"impersonationConstraint":"impersonate:user-info"},"#
        + #""sourceIPs":["192.0.2.1"],"userAgent":"kubectl","#
        + #""objectRef":{"resource":"pods","namespace":"a","name":"web","apiVersion":"v1"},"#
        + #""responseStatus":{"metadata":{},"code":201},"#
        + #""requestReceivedTimestamp":"2026-01-02T02:54:05.000006Z","#
        + #""stageTimestamp":"2026-01-02T02:54:05.000006Z","#
        + #""annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"r"}}"#)
  }

  @Test("objects are shown from their levels on")
  func levels() throws {
    #expect(!text(event(.metadata)).contains("Object\":"))
    let request = try JSON.parse(text(event(.request)))
    #expect(request["requestObject"]?["metadata"]?["name"] == "web")
    #expect(request["responseObject"] == nil)
    let both = try JSON.parse(text(event(.requestResponse)))
    #expect(both["responseObject"]?["kind"] == "Pod")
  }

  @Test("managed fields are left out of objects, lists and tables where the policy says so")
  func managedFields() throws {
    var event = event(.requestResponse)
    event.omitsManagedFields = true
    event.response?.body = .bytes(
      Array(
        #"{"kind":"Table","items":[{"metadata":{"managedFields":[1],"name":"x"}}],"rows":[{"object":{"metadata":{"managedFields":[1]}}}]}"#
          .utf8), .json)
    let text = text(event)
    #expect(!text.contains("managedFields"))
    #expect(text.contains(#""items":[{"metadata":{"name":"x"}}]"#))
    event.omitsManagedFields = false
    #expect(self.text(event).contains("managedFields"))
  }

  @Test("bodies of other formats become JSON")
  func formats() throws {
    var event = event(.requestResponse)
    event.requestObject = .bytes(Array("kind: Pod\nspec: {a: 1}\n".utf8), .yaml)
    event.response?.body = .bytes(Array("{\n  \"kind\": \"Pod\"\n}\n".utf8), .json)
    let text = text(event)
    #expect(text.contains(#""requestObject":{"kind":"Pod","spec":{"a":1}}"#))
    #expect(text.contains(#""responseObject":{"kind":"Pod"}"#))
    event.requestObject = .bytes(Array("{\"a\"".utf8), .json)
    #expect(self.text(event).contains(#""requestObject":null"#))
  }

  @Test("a Status as the answer is told at every level")
  func status() throws {
    var event = event()
    let status =
      #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"no","reason":"Forbidden","details":{"kind":"pods"},"code":403}"#
    event.response = .init(code: 403, body: .bytes(Array(status.utf8), .json))
    #expect(
      text(event).contains(
        #""responseStatus":{"metadata":{},"status":"Failure","message":"no","reason":"Forbidden","details":{"kind":"pods"},"code":403}"#
      ))
    event.response = .init(code: 403, body: .bytes(Array(YAML.encode(try JSON.parse(status)).utf8), .yaml))
    #expect(text(event).contains(#""reason":"Forbidden""#))
  }

  @Test func longUserAgentsAreCut() {
    var event = event()
    event.userAgent = String(repeating: "a", count: 2000)
    #expect(text(event).contains(String(repeating: "a", count: 1024) + "...TRUNCATED\""))
  }

  @Test func legacyLine() {
    var event = event()
    event.impersonatedUser = UserInfo(name: "joe", groups: ["x", "y"])
    #expect(
      AuditLegacyFormat.line(event)
        == #"2026-01-02T02:54:05.000006Z AUDIT: id="id" stage="ResponseComplete" ip="192.0.2.1" "#
        + #"method="create" user="jane" groups="\"dev\"" as="joe" asgroups="\"x\",\"y\"" "#
        + #"user-agent="kubectl" namespace="a" uri="/api/v1/namespaces/a/pods?x=\"1\"" response="201""#)
  }

  @Test("an event that is too large loses its objects, and one that still is too large is lost")
  func truncation() throws {
    var limits = AuditTruncation()
    limits.maxEventSize = 1_000
    var event = event(.requestResponse)
    event.requestObject = .value(.string(String(repeating: "x", count: 2_000)))
    let text = try #require(AuditTruncation.text(event, within: limits, isListItem: false))
    let value = try JSON.parse(text)
    #expect(value["requestObject"] == nil && value["responseObject"] == nil)
    #expect(value["annotations"]?["audit.k8s.io/truncated"] == "true")
    #expect(value["responseStatus"]?["code"] == 201)
    limits.maxEventSize = 100
    #expect(AuditTruncation.text(event, within: limits, isListItem: false) == nil)
  }
}
