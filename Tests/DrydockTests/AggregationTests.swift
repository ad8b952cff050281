import HTTPService
import ServerSupport
import TestSupport
import Testing
import Values

/// APIServices and the servers behind them.
@Suite(.timeLimit(.minutes(2))) struct AggregationTests {
  private let path = "/apis/apiregistration.k8s.io/v1/apiservices"

  private func available(_ object: Value) -> Value? {
    (object["status"]?["conditions"]?.array ?? []).first { $0["type"] == "Available" }
  }

  /// Reads an object until something holds of it, ten seconds at most.
  private func eventually(
    _ client: TestClient, _ path: String, _ holds: (Value) -> Bool
  ) async throws -> Value {
    for _ in 0..<500 {
      let object = try await client.get(path).json
      if holds(object) { return object }
      try await Task.sleep(for: .milliseconds(20))
    }
    return try await client.get(path).json
  }

  private func withServer(_ test: (TestServer) async throws -> Void) async throws {
    let server = try await TestServer.start()
    do { try await test(server) } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  @Test func whatIsServedHereIsListed() async throws {
    try await withServer { server in
      let object = try await eventually(server.client, path + "/v1.apps") { available($0) != nil }
      #expect(object["metadata"]?["labels"] == ["kube-aggregator.kubernetes.io/automanaged": "onstart"])
      #expect(
        object["spec"] == [
          "group": "apps", "version": "v1", "groupPriorityMinimum": 17800, "versionPriority": 15,
        ])
      #expect(available(object)?["reason"] == "Local")
      #expect(available(object)?["message"] == "Local APIServices are always available")
      #expect(try await server.client.get(path + "/v1.apiregistration.k8s.io").status == 404)
      let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
      _ = try await server.client.send("POST", definitions, Self.definition)
      let custom = try await eventually(server.client, path + "/v1.example.com") { available($0) != nil }
      #expect(custom["metadata"]?["labels"] == ["kube-aggregator.kubernetes.io/automanaged": "true"])
      #expect(custom["spec"]?["groupPriorityMinimum"] == 1000)
      #expect(custom["spec"]?["versionPriority"] == 100)
      _ = try await server.client.request("DELETE", definitions + "/ships.example.com")
      let gone = try await eventually(server.client, path + "/v1.example.com") { $0["code"] == 404 }
      #expect(gone["code"] == 404)
    }
  }

  private static let definition: Value = [
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": ["name": "ships.example.com"],
    "spec": [
      "group": "example.com", "scope": "Namespaced", "names": ["plural": "ships", "kind": "Ship"],
      "versions": [
        ["name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": ["type": "object"]]]
      ],
    ],
  ]

  private static let resources: Value = [
    "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1",
    "resources": [
      [
        "name": "pods", "singularName": "", "namespaced": true, "kind": "PodMetrics",
        "verbs": ["get", "list"],
      ]
    ],
  ]

  private func register(_ client: TestClient, port: Int, authority: String) async throws {
    _ = try await client.send(
      "POST", "/api/v1/namespaces/kube-system/services",
      [
        "apiVersion": "v1", "kind": "Service", "metadata": ["name": "metrics"],
        "spec": ["type": "ExternalName", "externalName": "localhost"],
      ])
    let made = try await client.send(
      "POST", path,
      [
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": ["name": "v1beta1.metrics.k8s.io"],
        "spec": [
          "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100,
          "versionPriority": 100, "caBundle": .string(Base64.encode(Array(authority.utf8))),
          "service": ["namespace": "kube-system", "name": "metrics", "port": .int(Int64(port))],
        ],
      ])
    #expect(made.status == 201, "\(made)")
  }

  @Test func extensionServersAreReached() async throws {
    let authority = try TestAuthority()
    let identity = try authority.server(names: ["metrics.kube-system.svc"])
    try await StandInServer.with(authority: authority, identity: identity) { request in
      if request.path == "/apis/metrics.k8s.io/v1beta1" { return .json(Self.resources) }
      if request.path == "/openapi/v3" {
        return .json([
          "paths": ["apis/metrics.k8s.io/v1beta1": ["serverRelativeURL": "/openapi/v3/x?hash=ABC"]]
        ])
      }
      if request.path == "/openapi/v2" {
        return .json([
          "paths": ["/apis/metrics.k8s.io/v1beta1/pods": ["get": [:]], "/apis/other/v1": [:]],
          "definitions": ["io.k8s.metrics.PodMetrics": ["type": "object"]],
        ])
      }
      return .json(
        ["kind": "PodMetricsList", "items": [], "path": .string(request.target)], status: 200)
    } test: { standIn in
      try await withServer { server in
        try await register(server.client, port: standIn.address.port, authority: standIn.caPEM)
        let service = try await eventually(server.client, path + "/v1beta1.metrics.k8s.io") {
          available($0)?["status"] == "True"
        }
        #expect(available(service)?["reason"] == "Passed")
        #expect(available(service)?["message"] == "all checks passed")

        // Requests are handed on, with who asks.
        let target = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods?labelSelector=a%3Db"
        let reply = try await server.client.request(
          "GET", target, headers: [("X-Remote-User", "somebody-else")])
        #expect(reply.status == 200)
        #expect(reply.json["path"] == .string(target))
        let seen = try #require(standIn.requests.last)
        #expect(seen.headers["X-Remote-User"] == ["admin"])
        #expect(seen.headers["X-Remote-Group"].contains("system:masters"))
        #expect(seen.headers["Authorization"].isEmpty)

        // Discovery tells of them.
        let groups = try await eventually(server.client, "/apis") { document in
          (document["groups"]?.array ?? []).contains { $0["name"] == "metrics.k8s.io" }
        }
        #expect((groups["groups"]?.array ?? []).last?["name"] == "metrics.k8s.io")
        #expect(
          try await server.client.get("/apis/metrics.k8s.io").json["preferredVersion"]?["version"]
            == "v1beta1")
        let all = try await server.client.request(
          "GET", "/apis",
          headers: [("Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")])
        #expect((all.json["items"]?.array ?? []).contains { $0["metadata"]?["name"] == "metrics.k8s.io" })
        // So do the OpenAPI documents.
        let index = try await server.client.get("/openapi/v3").json
        let metrics = "apis/metrics.k8s.io/v1beta1"
        #expect(index["paths"]?[metrics]?["serverRelativeURL"]?.string == "/openapi/v3/\(metrics)?hash=ABC")
        #expect(
          try await server.client.get("/openapi/v3/\(metrics)").json["path"]?.string
            == "/openapi/v3/\(metrics)")
        let swagger = try await server.client.get("/openapi/v2").json
        #expect(swagger["paths"]?["/apis/metrics.k8s.io/v1beta1/pods"] != nil)
        #expect(swagger["paths"]?["/apis/other/v1"] == nil && swagger["paths"]?["/api/v1/pods"] != nil)
        #expect(swagger["definitions"]?["io.k8s.metrics.PodMetrics"] != nil)
        // Who may not, is not handed on.
        let count = standIn.requestCount
        #expect(try await server.client.with(token: "jane-token").get(target).status == 403)
        #expect(standIn.requestCount == count)
      }
    }
  }

  /// Watches go on, and connections become another protocol's.
  @Test func answersComeBitByBit() async throws {
    let authority = try TestAuthority()
    let identity = try authority.server(names: ["metrics.kube-system.svc"])
    try await StandInServer.with(authority: authority, identity: identity) { request in
      if request.path == "/apis/metrics.k8s.io/v1beta1" { return .json(Self.resources) }
      if request.headers.first(name: "Upgrade") != nil {
        return HTTPResponse(
          status: 101,
          body: .takeover(
            StreamUpgrade("echo/1") { stream in
              while let bytes = try await stream.read() { try await stream.write(bytes) }
            }))
      }
      if request.path.hasSuffix("/moved") {
        return HTTPResponse(status: 302, headers: ["Location": "https://elsewhere/"])
      }
      return HTTPResponse(
        status: 200, headers: ["Content-Type": "application/json"],
        body: .stream { writer in
          try await writer.write(Array("{\"type\":\"ADDED\"}\n".utf8))
          // Goes on until the client leaves.
          try await Task.sleep(for: .seconds(100))
        })
    } test: { standIn in
      try await withServer { server in
        try await register(server.client, port: standIn.address.port, authority: standIn.caPEM)
        _ = try await eventually(server.client, path + "/v1beta1.metrics.k8s.io") {
          available($0)?["status"] == "True"
        }
        let target = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods"
        let watch = try await RawConnection.connect(to: server.address, isTLS: true)
        await watch.send(
          "GET \(target)?watch=true HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer admin-token\r\n\r\n")
        #expect(await watch.receives("{\"type\":\"ADDED\"}\n"))
        await watch.close()

        let upgrade = try await RawConnection.connect(to: server.address, isTLS: true)
        await upgrade.send(
          "GET \(target)/x/log HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer admin-token\r\n"
            + "Connection: Upgrade\r\nUpgrade: echo/1\r\n\r\n")
        #expect(await upgrade.receives("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(await upgrade.receives("Upgrade: echo/1\r\n"))
        #expect(await upgrade.receives("\r\n\r\n"))
        await upgrade.send("to and fro")
        #expect(await upgrade.receives("to and fro"))
        await upgrade.close()
        let seen = try #require(standIn.requests.last)
        #expect(seen.headers["X-Remote-User"] == ["admin"] && seen.headers["X-Forwarded-Proto"] == ["https"])

        let moved = try await server.client.get(target + "/moved")
        #expect(moved.status == 502)
        #expect(moved.text == "the backend attempted to redirect this request, which is not permitted")
      }
    }
  }

  @Test func unavailableOnesAreSaidToBe() async throws {
    try await withServer { server in
      try await register(server.client, port: 1, authority: "")
      let service = try await eventually(server.client, path + "/v1beta1.metrics.k8s.io") {
        available($0) != nil
      }
      #expect(available(service)?["status"] == "False")
      #expect(available(service)?["reason"] == "FailedDiscoveryCheck")
      let reply = try await server.client.get("/apis/metrics.k8s.io/v1beta1/nodes")
      #expect(reply.status == 503)
      #expect(reply.text == "service unavailable\n")
      _ = try await server.client.request("DELETE", "/api/v1/namespaces/kube-system/services/metrics")
      let gone = try await eventually(server.client, path + "/v1beta1.metrics.k8s.io") {
        available($0)?["reason"] == "ServiceNotFound"
      }
      #expect(available(gone)?["message"] == "service/metrics in \"kube-system\" is not present")
    }
  }
}
