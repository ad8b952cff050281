import ServerSupport
import Synchronization
import TestSupport
import Testing
import Values

/// Spans of requests at a collector that stands in for one.
@Suite("tracing", .timeLimit(.minutes(2)))
struct TracingTests {
  private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  private func spans(_ collector: StandInServer) -> [Value] {
    collector.requests.flatMap { request in
      request.json["resourceSpans"]?.array?.first?["scopeSpans"]?.array?.first?["spans"]?.array ?? []
    }
  }

  private func configuration(_ collector: StandInServer, rate: Int, _ folder: TemporaryFolder) throws
    -> String
  {
    try folder.write(
      """
      apiVersion: apiserver.config.k8s.io/v1
      kind: TracingConfiguration
      endpoint: \(collector.url)/v1/traces
      samplingRatePerMillion: \(rate)
      """, to: "tracing.yaml")
  }

  @Test("a request of an administrator is part of its client's trace, a span for each stage, to the webhook")
  func wholeWay() async throws {
    let collector = try await StandInServer.start(tls: false) { _ in .json([:]) }
    let hook = try await StandInServer.start { request in
      .json([
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "response": ["uid": request.json["request"]?["uid"] ?? "", "allowed": true],
      ])
    }
    let folder = try TemporaryFolder()
    let file = try configuration(collector, rate: 0, folder)
    let server = try await TestServer.start {
      $0.shutdownGrace = .seconds(30)
      $0.tracingConfigFile = file
    }
    let webhook: Value = [
      "metadata": ["name": "guard"],
      "webhooks": [
        [
          "name": "guard.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"],
          "clientConfig": [
            "url": .string("\(hook.url)/check"), "caBundle": .string(Base64.encode(Array(hook.caPEM.utf8))),
          ],
          "rules": [
            ["apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]]
          ],
        ]
      ],
    ]
    let hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    #expect(try await server.client.send("POST", hooks, webhook).status == 201)
    let map: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"]]
    let answer = try await server.client.request(
      "POST", "/api/v1/namespaces/default/configmaps",
      headers: [
        ("traceparent", Self.parent), ("tracestate", "vendor=1"), ("Audit-ID", "traced"),
        ("Content-Type", "application/json"),
      ], body: JSON.encode(map))
    #expect(answer.status == 201)
    // Requests that belong to no trace are not recorded, as the rate is 0.
    #expect(try await server.client.get("/api/v1/nodes").header("traceparent") == nil)
    await server.stop()
    let told = hook.requests.first?.headers.first(name: "traceparent")
    await hook.stop()
    let spans = spans(collector)
    await collector.stop()

    func span(_ name: String) -> Value { spans.first { $0["name"]?.string == name } ?? .null }
    let root = span("POST /api/v1/namespaces/{:namespace}/configmaps")
    #expect(root["parentSpanId"] == "b7ad6b7169203331")
    #expect(spans.allSatisfy { $0["traceId"] == "0af7651916cd43dd8448eb211c80319c" })
    #expect(spans.allSatisfy { $0["traceState"] == "vendor=1" })
    #expect(
      answer.header("traceparent")
        == "00-0af7651916cd43dd8448eb211c80319c-\(root["spanId"]?.string ?? "")-01")
    for name in ["authentication", "audit", "impersonation", "authorization", "Create"] {
      #expect(span(name)["parentSpanId"] == root["spanId"], "\(name)")
    }
    for name in ["Decode", "admit NamespaceLifecycle", "validate ValidatingAdmissionWebhook", "Store create"]
    {
      #expect(span(name)["parentSpanId"] == span("Create")["spanId"], "\(name)")
    }
    #expect(span("SerializeObject")["parentSpanId"] == span("Create")["spanId"])
    let call = span("Call validating webhook")
    #expect(call["parentSpanId"] == span("validate ValidatingAdmissionWebhook")["spanId"])
    #expect(span("HTTP POST")["parentSpanId"] == call["spanId"])
    #expect(span("HTTP POST")["kind"] == 3)
    #expect(told == "00-0af7651916cd43dd8448eb211c80319c-\(span("HTTP POST")["spanId"]?.string ?? "")-01")
    let attributes = root["attributes"]?.array ?? []
    #expect(attributes.contains(["key": "audit-id", "value": ["stringValue": "traced"]]))
    #expect(attributes.contains(["key": "http.response.status_code", "value": ["intValue": "201"]]))
    let resource = collector.requests.first?.json["resourceSpans"]?.array?.first?["resource"]
    #expect(
      resource?["attributes"]?.array?.first
        == ["key": "service.name", "value": ["stringValue": "apiserver"]])
  }

  @Test("a collector that takes nothing holds up neither requests nor the end")
  func absentCollector() async throws {
    let collector = try await StandInServer.start(tls: false) { _ in .json([:], status: 503) }
    let folder = try TemporaryFolder()
    let file = try configuration(collector, rate: 1_000_000, folder)
    let server = try await TestServer.start {
      $0.shutdownGrace = .milliseconds(100)
      $0.tracingConfigFile = file
    }
    for _ in 0..<20 { #expect(try await server.client.get("/api/v1/nodes").status == 200) }
    await server.stop()
    await collector.stop()
  }

  @Test func saysWhatIsWrongWithTheFile() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\nrate: 1\n", to: "tracing.yaml")
    let error = await #expect(throws: (any Error).self) {
      _ = try await TestServer.start { $0.tracingConfigFile = file }
    }
    #expect(
      "\(error.map { "\($0)" } ?? "")"
        == "--tracing-config-file: \(file): line 3: rate: unknown field")
  }
}
