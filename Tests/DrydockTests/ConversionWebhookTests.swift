import HTTPService
import ServerSupport
import TestSupport
import Testing
import Values

/// Custom resources whose versions a webhook converts.
@Suite(.timeLimit(.minutes(2))) struct ConversionWebhookTests {
  private static func definition(_ standIn: StandInServer) -> Value {
    func version(_ name: String, isStored: Bool, _ properties: Value) -> Value {
      [
        "name": .string(name), "served": true, "storage": .bool(isStored),
        "schema": [
          "openAPIV3Schema": [
            "type": "object", "properties": ["spec": ["type": "object", "properties": properties]],
          ]
        ],
      ]
    }
    return [
      "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
      "metadata": ["name": "masts.example.com"],
      "spec": [
        "group": "example.com", "scope": "Namespaced", "names": ["plural": "masts", "kind": "Mast"],
        "conversion": [
          "strategy": "Webhook",
          "webhook": [
            "conversionReviewVersions": ["v1"],
            "clientConfig": [
              "url": .string(standIn.url + "/convert"),
              "caBundle": .string(Base64.encode(Array(standIn.caPEM.utf8))),
            ],
          ],
        ],
        "versions": [
          version("v1", isStored: true, ["size": ["type": "string"]]),
          version("v2", isStored: false, ["metres": ["type": "integer"]]),
        ],
      ],
    ]
  }

  /// `size: "7m"` in v1 is `metres: 7` in v2.
  private static func convert(_ object: Value, to version: String) -> Value {
    var object = object
    object["apiVersion"] = .string(version)
    if version == "example.com/v2", let size = object["spec"]?["size"]?.string {
      object["spec"] = ["metres": .int(Int64(size.dropLast()) ?? 0)]
    } else if version == "example.com/v1", let metres = object["spec"]?["metres"]?.int {
      object["spec"] = ["size": .string("\(metres)m")]
    }
    return object
  }

  private func withMasts(
    _ answer: @escaping StandInServer.Answer, _ test: (TestServer, StandInServer) async throws -> Void
  ) async throws {
    try await StandInServer.with(answer: answer) { standIn in
      let server = try await TestServer.start()
      do {
        let made = try await server.client.send(
          "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Self.definition(standIn))
        #expect(made.status == 201, "\(made.text)")
        for _ in 0..<500 where try await server.client.get("/apis/example.com/v2").status != 200 {
          try await Task.sleep(for: .milliseconds(10))
        }
        try await test(server, standIn)
      } catch {
        await server.stop()
        throw error
      }
      await server.stop()
    }
  }

  private func path(_ version: String, _ name: String = "") -> String {
    "/apis/example.com/\(version)/namespaces/default/masts" + (name.isEmpty ? "" : "/\(name)")
  }

  private func mast(_ version: String, _ name: String, _ spec: Value) -> Value {
    [
      "apiVersion": .string("example.com/\(version)"), "kind": "Mast", "metadata": ["name": .string(name)],
      "spec": spec,
    ]
  }

  @Test func eachVersionIsShownAsTheWebhookConvertsIt() async throws {
    try await withMasts { request in
      let review = request.json["request"]
      let version = review?["desiredAPIVersion"]?.string ?? ""
      return .json([
        "kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v1",
        "response": [
          "uid": review?["uid"] ?? "", "result": ["status": "Success"],
          "convertedObjects": .array((review?["objects"]?.array ?? []).map { Self.convert($0, to: version) }),
        ],
      ])
    } _: { server, standIn in
      let client = server.client
      let made = try await client.send("POST", path("v2"), mast("v2", "a", ["metres": 7]))
      #expect(made.status == 201, "\(made.text)")
      #expect(made.json["spec"] == ["metres": 7])
      #expect(try await client.get(path("v1", "a")).json["spec"] == ["size": "7m"])
      _ = try await client.send("POST", path("v1"), mast("v1", "b", ["size": "3m"]))
      let before = standIn.requestCount
      let list = try await client.get(path("v2")).json
      #expect((list["items"]?.array ?? []).map { $0["spec"] } == [["metres": 7], ["metres": 3]])
      // A list is converted by one request.
      #expect(standIn.requestCount == before + 1)
      let patched = try await client.send(
        "PATCH", path("v2", "b"), ["spec": ["metres": 4]], contentType: "application/merge-patch+json")
      #expect(patched.json["spec"] == ["metres": 4])
      #expect(try await client.get(path("v1", "b")).json["spec"] == ["size": "4m"])
      #expect(try await client.request("DELETE", path("v2", "b")).status == 200)
    }
  }

  /// A webhook for one version is asked about writes in another, in its own version (matchPolicy Equivalent).
  @Test func admissionWebhooksSeeTheVersionThatTheyAskFor() async throws {
    try await withMasts { request in
      let review = request.json["request"]
      if request.json["kind"] == "AdmissionReview" {
        let patch = #"[{"op":"add","path":"/spec/metres","value":9}]"#
        return .json([
          "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
          "response": [
            "uid": review?["uid"] ?? "", "allowed": true, "patchType": "JSONPatch",
            "patch": .string(Base64.encode(Array(patch.utf8))),
          ],
        ])
      }
      let version = review?["desiredAPIVersion"]?.string ?? ""
      return .json([
        "kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v1",
        "response": [
          "uid": review?["uid"] ?? "", "result": ["status": "Success"],
          "convertedObjects": .array((review?["objects"]?.array ?? []).map { Self.convert($0, to: version) }),
        ],
      ])
    } _: { server, standIn in
      let client = server.client
      let hook: Value = [
        "name": "masts.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "clientConfig": [
          "url": .string(standIn.url + "/admit"),
          "caBundle": .string(Base64.encode(Array(standIn.caPEM.utf8))),
        ],
        "rules": [
          [
            "operations": ["CREATE"], "apiGroups": ["example.com"], "apiVersions": ["v2"],
            "resources": ["masts"],
          ]
        ],
      ]
      let configured = try await client.send(
        "POST", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        ["metadata": ["name": "masts"], "webhooks": [hook]])
      #expect(configured.status == 201, "\(configured.text)")
      let made = try await client.send("POST", path("v1"), mast("v1", "a", ["size": "7m"]))
      #expect(made.status == 201, "\(made.text)")
      #expect(made.json["spec"] == ["size": "9m"])
      let review = standIn.requests.first { $0.target.hasPrefix("/admit") }?.json["request"]
      #expect(review?["kind"]?["version"] == "v2")
      #expect(review?["requestKind"]?["version"] == "v1")
      #expect(review?["object"]?["apiVersion"] == "example.com/v2")
      #expect(review?["object"]?["spec"] == ["metres": 7])
    }
  }

  @Test(arguments: [
    ("no", "conversion webhook for example.com/v1, Kind=Mast failed: no masts today"),
    (
      "kind",
      "conversion webhook for example.com/v1, Kind=Mast returned invalid converted object at index 0: invalid kind (expected Mast, received Sail)"
    ),
    (
      "name",
      "conversion webhook for example.com/v1, Kind=Mast returned invalid converted object at index 0: must have the same name: a != z"
    ),
    ("none", "conversion webhook for example.com/v1, Kind=Mast returned 0 objects, expected 1"),
    (
      "500",
      "conversion webhook for example.com/v1, Kind=Mast failed: an error on the server (\"oh\") has prevented the request from succeeding"
    ),
    ("uid", "conversion webhook for example.com/v1, Kind=Mast failed: no response provided"),
  ])
  func whatTheWebhookDoesWrong(fault: String, message: String) async throws {
    try await withMasts { request in
      if fault == "500" { return .text("oh", status: 500) }
      let review = request.json["request"]
      var objects = (review?["objects"]?.array ?? []).map { Self.convert($0, to: "example.com/v2") }
      if fault == "kind" { objects[0]["kind"] = "Sail" }
      if fault == "name" { objects[0]["metadata"]?["name"] = "z" }
      if fault == "none" { objects = [] }
      var response: Value = [
        "uid": review?["uid"] ?? "", "result": ["status": "Success"], "convertedObjects": .array(objects),
      ]
      if fault == "no" { response["result"] = ["status": "Failure", "message": "no masts today"] }
      if fault == "uid" { response = .null }
      return .json([
        "kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v1", "response": response,
      ])
    } _: { server, _ in
      let client = server.client
      #expect(try await client.send("POST", path("v1"), mast("v1", "a", ["size": "7m"])).status == 201)
      let reply = try await client.get(path("v2", "a"))
      #expect(reply.status == 500)
      #expect(reply.json["message"] == .string(message))
      // What needs no conversion needs no webhook.
      #expect(try await client.get(path("v1", "a")).status == 200)
    }
  }
}
