import HTTPService
import ServerSupport
import TestSupport
import Testing
import Values

/// What admission webhooks are asked about requests that are not for an object itself.
@Suite(.timeLimit(.minutes(2)))
struct WebhookSubresourceTests {
  /// Allows all but commands in containers, and lets nothing be scaled beyond three.
  @Sendable private static func answer(_ request: StandInServer.Request) async -> HTTPResponse {
    let review = request.json["request"]
    var response: Value = ["uid": review?["uid"] ?? "", "allowed": true]
    if review?["object"]?["kind"] == "PodExecOptions" {
      response["allowed"] = false
      response["status"] = [
        "message": .string("no \(review?["object"]?["command"]?.array?.first?.string ?? "")"), "code": 403,
      ]
    }
    if request.target.hasPrefix("/mutate"), review?["object"]?["spec"]?["replicas"]?.int ?? 0 > 3 {
      let patch = #"[{"op":"replace","path":"/spec/replicas","value":3}]"#
      response["patchType"] = "JSONPatch"
      response["patch"] = .string(Base64.encode(Array(patch.utf8)))
    }
    return .json([
      "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": response,
    ])
  }

  private static func configure(
    _ client: TestClient, _ standIn: StandInServer, _ kind: String, _ operations: Value, _ resources: Value
  ) async throws {
    let hook: Value = [
      "name": "see.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"],
      "clientConfig": [
        "url": .string("\(standIn.url)/\(kind == "mutating" ? "mutate" : "validate")"),
        "caBundle": .string(Base64.encode(Array(standIn.caPEM.utf8))),
      ],
      "rules": [
        ["operations": operations, "apiGroups": ["*"], "apiVersions": ["*"], "resources": resources]
      ],
    ]
    let made = try await client.send(
      "POST", "/apis/admissionregistration.k8s.io/v1/\(kind)webhookconfigurations",
      ["metadata": ["name": "see"], "webhooks": [hook]])
    #expect(made.status == 201, "\(made.text)")
  }

  private static func reviews(_ standIn: StandInServer) -> [Value] {
    standIn.requests.compactMap { $0.json["request"] }
  }

  @Test func connectionsAreReviewedWithTheirOptions() async throws {
    try await StandInServer.with(answer: Self.answer) { standIn in
      let server = try await TestServer.start()
      try await Self.configure(
        server.client, standIn, "validating", ["CONNECT"], ["pods/exec", "pods/proxy"])
      let path = "/api/v1/namespaces/default/pods"
      #expect(
        try await eventually {
          try await server.client.send(
            "POST", path,
            ["metadata": ["name": "p"], "spec": ["containers": [["name": "c", "image": "i"]]]]
          ).status == 201
        })
      let exec = try await server.client.request("POST", "\(path)/p/exec?command=rm&command=-rf&stdout=true")
      #expect(exec.status == 403)
      #expect(
        exec.json["message"] == #"admission webhook "see.example.com" denied the request: no rm"#)
      _ = try await server.client.get("\(path)/p/proxy/metrics")
      let (first, second) = (Self.reviews(standIn).first, Self.reviews(standIn).last)
      #expect(first?["operation"] == "CONNECT")
      #expect(first?["kind"] == ["group": "", "version": "v1", "kind": "PodExecOptions"])
      #expect(first?["resource"] == ["group": "", "version": "v1", "resource": "pods"])
      #expect(first?["subResource"] == "exec")
      #expect(first?["requestSubResource"] == "exec")
      #expect(first?["name"] == "p")
      #expect(
        first?["object"] == [
          "kind": "PodExecOptions", "apiVersion": "v1", "stdout": true, "command": ["rm", "-rf"],
        ])
      #expect(first?["oldObject"] == .null)
      #expect(first?["options"] == .null)
      #expect(second?["object"] == ["kind": "PodProxyOptions", "apiVersion": "v1", "path": "/metrics"])
      await server.stop()
    }
  }

  @Test func scalesAndTokensAreReviewedAsTheKindsThatTheyAre() async throws {
    try await StandInServer.with(answer: Self.answer) { standIn in
      let server = try await TestServer.start()
      try await Self.configure(
        server.client, standIn, "mutating", ["*"], ["deployments/scale", "serviceaccounts/token"])
      let path = "/apis/apps/v1/namespaces/default/deployments"
      let made = try await server.client.send(
        "POST", path,
        [
          "metadata": ["name": "d"],
          "spec": [
            "selector": ["matchLabels": ["app": "a"]],
            "template": [
              "metadata": ["labels": ["app": "a"]],
              "spec": ["containers": [["name": "c", "image": "i"]]],
            ],
          ],
        ])
      #expect(made.status == 201, "\(made.text)")
      let scaled = try await server.client.send(
        "PATCH", "\(path)/d/scale", ["spec": ["replicas": 50]], contentType: "application/merge-patch+json")
      #expect(scaled.json["spec"] == ["replicas": 3])
      #expect(try await server.client.get("\(path)/d").json["spec"]?["replicas"] == 3)
      let scale = try #require(Self.reviews(standIn).last)
      #expect(scale["kind"] == ["group": "autoscaling", "version": "v1", "kind": "Scale"])
      #expect(scale["resource"] == ["group": "apps", "version": "v1", "resource": "deployments"])
      #expect(scale["subResource"] == "scale")
      #expect(scale["object"]?["spec"] == ["replicas": 50])
      #expect(scale["oldObject"]?["spec"] == ["replicas": 1])
      #expect(scale["options"]?["kind"] == "UpdateOptions")

      let issued = try await eventually {
        try await server.client.send(
          "POST", "/api/v1/namespaces/default/serviceaccounts/default/token",
          ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["audiences": ["x"]]]
        ).status == 201
      }
      #expect(issued)
      let token = try #require(Self.reviews(standIn).last)
      #expect(
        token["kind"] == ["group": "authentication.k8s.io", "version": "v1", "kind": "TokenRequest"])
      #expect(token["operation"] == "CREATE")
      #expect(token["name"] == "default")
      #expect(token["subResource"] == "token")
      #expect(token["object"]?["spec"]?["audiences"] == ["x"])
      await server.stop()
    }
  }

  @Test func aCollectionIsReviewedObjectByObject() async throws {
    try await StandInServer.with(answer: Self.answer) { standIn in
      let server = try await TestServer.start()
      try await Self.configure(server.client, standIn, "validating", ["DELETE"], ["secrets"])
      let path = "/api/v1/namespaces/default/secrets"
      for name in ["a", "b"] {
        _ = try await server.client.send("POST", path, ["metadata": ["name": .string(name)]])
      }
      #expect(
        try await server.client.request("DELETE", "\(path)?propagationPolicy=Background").status == 200)
      let reviews = Self.reviews(standIn)
      #expect(reviews.map { $0["oldObject"]?["metadata"]?["name"] } == ["a", "b"])
      for review in reviews {
        #expect(review["name"] == nil)
        #expect(review["object"] == .null)
        #expect(
          review["options"] == [
            "kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1", "propagationPolicy": "Background",
          ])
      }
      await server.stop()
    }
  }
}
