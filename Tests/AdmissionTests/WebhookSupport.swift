import HTTPService
import NIOHTTP1
import Synchronization
import Values
import Webhook

@testable import Admission

/// Webhooks whose answers are closures: no network.
final class FakeHooks: WebhookClients, HTTPRequesting {
  /// Answers to paths; what an answer leaves out is filled in.
  private let answers: [String: @Sendable (Value) throws(HTTPClientError) -> Value]
  private let state = Mutex<[(path: String, request: Value)]>([])

  init(_ answers: [String: @Sendable (Value) throws(HTTPClientError) -> Value]) { self.answers = answers }

  var calls: [(path: String, request: Value)] { state.withLock { $0 } }

  func client(for config: WebhookClientConfig) throws(HTTPClientError) -> any HTTPRequesting { self }
  func authorized(_ request: ClientRequest, _ config: WebhookClientConfig) -> ClientRequest { request }

  func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
    let path = String(request.url.dropFirst("https://hooks.example.com".count).prefix { $0 != "?" })
    let review = (try? JSON.parse(request.body)) ?? .null
    state.withLock { $0.append((path, review["request"] ?? .null)) }
    guard let answer = answers[path] else { throw HTTPClientError(.connect, "Post: no such hook") }
    var response = try answer(review["request"] ?? .null)
    if response["uid"] == nil { response["uid"] = review["request"]?["uid"] }
    if let status = response["http"]?.int {
      var headers: HTTPHeaders = [:]
      if let seconds = response["retry"]?.string { headers.add(name: "Retry-After", value: seconds) }
      return ClientResponse(
        status: Int(status), headers: headers, body: Array((response["text"]?.string ?? "").utf8))
    }
    if let raw = response["raw"]?.string {
      let type = response["type"]?.string ?? ""
      return ClientResponse(
        status: 200, headers: type.isEmpty ? [:] : ["Content-Type": type], body: Array(raw.utf8))
    }
    let document: Value = [
      "kind": response["kind"] ?? "AdmissionReview",
      "apiVersion": response["apiVersion"] ?? review["apiVersion"] ?? .null, "response": response,
    ]
    return ClientResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: JSON.encode(document))
  }
}

extension Value {
  /// A webhook at a path of the fake host, for ConfigMaps unless said otherwise.
  static func hook(_ name: String, _ fields: Object = [:], resources: [String] = ["configmaps"]) -> Value {
    var hook: Object = [
      "name": .string("\(name).example.com"),
      "clientConfig": ["url": .string("https://hooks.example.com/\(name)")],
      "rules": [
        [
          "operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": Value(resources),
        ]
      ],
      "sideEffects": "None", "admissionReviewVersions": ["v1"],
    ]
    for (key, value) in fields { hook[key] = value }
    return .object(hook)
  }

  static func configuration(_ kind: String, _ name: String, _ hooks: [Value]) -> Value {
    [
      "apiVersion": "admissionregistration.k8s.io/v1", "kind": .string("\(kind)WebhookConfiguration"),
      "metadata": ["name": .string(name)], "webhooks": .array(hooks),
    ]
  }

  static func configMap(_ name: String = "c", labels: Object = [:], data: Object = [:]) -> Value {
    [
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": ["name": .string(name), "namespace": "team", "labels": .object(labels)],
      "data": .object(data),
    ]
  }

  /// An answer that changes the object.
  static func patch(_ operations: String) -> Value {
    [
      "allowed": true, "patchType": "JSONPatch", "patch": .string(Base64.encode(operations.utf8)),
    ]
  }
}
