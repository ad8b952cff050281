import HTTPService
import NIOCore
import Testing
import Values

@testable import APIServer

/// What answers on ports, as annotations say.
@Suite(.timeLimit(.minutes(1))) struct PortStandInTests {
  private static let annotation = """
    "7": echo
    "25": {text: "220 ready\\n"}
    "5432": {address: "127.0.0.1:5432"}
    "80":
      http:
      - {method: post, path: /api/*, status: 201, headers: {X-Made: "1"}, body: made}
      - {path: /healthz, body: ok}
    "*": {http: echo}
    """

  private func standIn(_ allowed: [String] = []) throws -> PortStandIn {
    PortStandIn(
      answers: try PortAnswers(annotation: Self.annotation), allowed: try #require(StandInAddresses(allowed)))
  }

  private func all(_ stream: any ByteStream) async throws -> String {
    var text = ""
    while let bytes = try await stream.read() { text += String(buffer: bytes) }
    return text
  }

  @Test func portsAnswer() async throws {
    let standIn = try standIn()
    let echo = try await standIn.connect(to: 7)
    try await echo.write(ByteBuffer(string: "hello"))
    await echo.finish()
    #expect(try await all(echo) == "hello")
    let text = try await standIn.connect(to: 25)
    #expect(try await all(text) == "220 ready\n")
    let web = try await standIn.connect(to: 80)
    try await web.write(ByteBuffer(string: "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
    let answer = try await all(web)
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\nok"))
    await #expect(throws: PortStandIn.Failure.self) { _ = try await standIn.connect(to: 5432) }
  }

  @Test func addressesAreReachedWhereTheyAreAllowed() async throws {
    await #expect(throws: PortStandIn.Failure.self) {
      _ = try await standIn(["127.0.0.1:1"]).connect(to: 5432)
    }
    let all = try #require(StandInAddresses(["127.0.0.1:*", "[::1]:80"]))
    #expect(all.allows(HTTPAddress(host: "127.0.0.1", port: 9)))
    #expect(all.allows(HTTPAddress(host: "::1", port: 80)))
    #expect(!all.allows(HTTPAddress(host: "::1", port: 81)))
    #expect(!all.allows(HTTPAddress(host: "127.0.0.2", port: 9)))
    for wrong in ["localhost:1", "127.0.0.1", "127.0.0.1:0", "*", ":1", "127.0.0.1:99999"] {
      #expect(StandInAddresses([wrong]) == nil)
    }
  }

  @Test(arguments: [
    "x", "[]", "{\"0\": echo}", "{a: echo}", "{\"1\": other}", "{\"1\": {address: localhost:1}}", "[",
    "{\"1\": {http: {status: 99}}}", "{\"1\": {http: {unknown: 1}}}", "{\"1\": {text: a, http: echo}}",
    "{\"1\": {text: 1}}", "{\"1\": {nosuch: 1}}",
  ])
  func wrongAnnotations(text: String) {
    #expect(throws: (any Error).self) { try PortAnswers(annotation: text) }
  }

  @Test func portsOfAQuery() throws {
    #expect(try PortForwardEndpoint.ports(["80,81", "82"]).get() == [80, 81, 82])
    for (texts, message) in [
      ([], "query parameter \"port\" is required"), ([""], "query parameter \"port\" cannot be empty"),
      (["0"], "port \"0\" must be > 0"), (["x"], "unable to parse \"x\" as a port: invalid syntax"),
    ] {
      #expect(throws: PortStandIn.Failure.self) { try PortForwardEndpoint.ports(texts).get() }
      if case .failure(let failure) = PortForwardEndpoint.ports(texts) {
        #expect(failure.description == message)
      }
    }
  }
}

/// pods/proxy, services/proxy and nodes/proxy.
@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
  private static let answers = """
    "80": {http: echo}
    "8080": {http: {status: 302, headers: {Location: /login}, body: ""}}
    "7": echo
    """

  private func api() throws -> TestAPI {
    let api = try TestAPI(grants: ["jane get pods/proxy"])
    var pod = Example.pod("web", node: "n")
    pod["metadata"]?["namespace"] = "default"
    pod["metadata"]?["annotations"] = ["drydock.dev/ports": .string(Self.answers)]
    pod["spec"]?["containers"] = [["name": "c", "image": "a", "ports": [["containerPort": 80]]]]
    api.put("pods", pod)
    var bare = Example.pod("bare", node: "n")
    bare["metadata"]?["namespace"] = "default"
    api.put("pods", bare)
    bare["metadata"]?["name"] = "reached"
    bare["status"] = ["podIPs": [["ip": "10.1.2.3"]]]
    api.put("pods", bare)
    var service = Example.service("web", ["ports": [["name": "http", "port": 8000, "targetPort": 80]]])
    service["metadata"]?["namespace"] = "default"
    api.put("services", service)
    service["metadata"]?["name"] = "empty"
    api.put("services", service)
    api.put(
      "endpointslices", group: "discovery.k8s.io",
      [
        "metadata": [
          "name": "web-1", "namespace": "default", "labels": ["kubernetes.io/service-name": "web"],
        ], "ports": [["name": "http", "port": 80]],
        "endpoints": [["addresses": ["10.1.2.3"], "targetRef": ["kind": "Pod", "name": "web"]]],
      ])
    api.put(
      "nodes", ["metadata": ["name": "n", "annotations": ["drydock.dev/ports": "'10250': {http: echo}"]]])
    api.put("nodes", ["metadata": ["name": "plain"]])
    return api
  }

  private let pods = "/api/v1/namespaces/default/pods"
  private let services = "/api/v1/namespaces/default/services"

  @Test func requestsAreHandedOn() async throws {
    let api = try api()
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
      let reply = await api.ask(
        method, pods + "/web:80/proxy/a/b%20c/?x=1&y=%2F", [("X-Mine", "m"), ("Authorization", "Bearer x")],
        bytes: method == "GET" ? [] : Array("body".utf8))
      #expect(reply.status == 200, "\(method) \(reply.text)")
      #expect(reply.json["method"] == .string(method))
      #expect(reply.json["path"] == "/a/b c/" && reply.json["query"] == "x=1&y=%2F")
      #expect(reply.json["headers"]?["x-mine"] == "m" && reply.json["headers"]?["authorization"] == nil)
      #expect(
        reply.json["headers"]?["x-forwarded-uri"]
          == "/api/v1/namespaces/default/pods/web:80/proxy/a/b%20c/")
      #expect(reply.json["body"]?.string == (method == "GET" ? "" : "body"))
    }
    // The first port of the pod; a service's pods; a node's kubelet.
    for path in [
      pods + "/web/proxy/x", pods + "/http:web:80/proxy/x", services + "/web:http/proxy/x",
      services + "/web:8000/proxy/x", "/api/v1/nodes/n/proxy/x", "/api/v1/nodes/n:10250/proxy/x",
    ] {
      let reply = await api.get(path)
      #expect(reply.status == 200 && reply.json["path"] == "/x", "\(path) \(reply.text)")
    }
  }

  @Test func pathsWithoutASlashAreSentThere() async throws {
    let api = try api()
    let reply = await api.get(pods + "/web/proxy?a=b")
    #expect(reply.status == 301 && reply[header: "Location"] == pods + "/web/proxy/?a=b")
    #expect(await api.get(pods + "/web/proxy/").json["path"] == "/")
    let redirected = await api.get(pods + "/web:8080/proxy/")
    #expect(redirected.status == 302 && redirected[header: "Location"] == pods + "/web:8080/proxy/login")
  }

  @Test(arguments: [
    ("pods/a:b:c:d/proxy/x", 400, "invalid pod request \"a:b:c:d\""),
    ("pods/ftp:web:80/proxy/x", 400, "invalid pod request \"ftp:web:80\""),
    ("services/:80/proxy/x", 400, "invalid service request \":80\""),
    ("pods/nosuch/proxy/x", 404, "pods \"nosuch\" not found"),
    ("pods/bare/proxy/x", 400, "address not allowed"),
    (
      "pods/reached:81/proxy/x", 503,
      "error trying to reach service: dial tcp 10.1.2.3:81: connect: connection refused"
    ),
    (
      "pods/web:81/proxy/x", 503,
      "error trying to reach service: dial tcp 0.0.0.0:81: connect: connection refused"
    ),
    ("services/web:81/proxy/x", 503, "no service port 81 found for service \"web\""),
    ("services/empty:http/proxy/x", 503, "no endpoints available for service \"empty\""),
    (
      "pods/web:7/proxy/x", 503,
      "error trying to reach service: net/http: HTTP/1.x transport connection broken: malformed HTTP response"
    ),
  ])
  func whatCannotBeReached(path: String, code: Int, message: String) async throws {
    let reply = await (try api()).get("/api/v1/namespaces/default/" + path)
    #expect(reply.status == code && reply.message == message, "\(reply.text)")
    let node = await (try api()).get("/api/v1/nodes/plain/proxy/x")
    #expect(node.status == 500 && node.message == "no preferred addresses found; known addresses: []")
  }

  @Test func whoMayNotIsNotHandedOn() async throws {
    let api = try api()
    let jane = [("X-Test-User", "jane")]
    #expect(await api.get(pods + "/web:80/proxy/x", jane).status == 200)
    #expect(await api.ask("POST", pods + "/web:80/proxy/x", jane).status == 403)
    #expect(await api.get(services + "/web:http/proxy/x", jane).status == 403)
  }

  @Test func streamingNeedsAnUpgrade() async throws {
    let api = try api()
    let path = pods + "/web/portforward"
    #expect(await api.ask("POST", path).message == "Upgrade request required")
    let spdy = [("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1")]
    let silent = await api.ask("POST", path, spdy)
    #expect(silent.status == 500 && silent.text == "invalid upgrade response: status code 200\n")
    let other = await api.ask("POST", path, spdy + [("X-Stream-Protocol-Version", "v9, v8")])
    #expect(other.status == 403)
    #expect(
      other.text
        == "unable to upgrade: unable to negotiate protocol: client supports [v9 v8], "
        + "server accepts [portforward.k8s.io]\n")
    #expect(other.headers["X-Accepted-Stream-Protocol-Versions"] == ["portforward.k8s.io"])
    let agreed = await api.ask("POST", path, spdy + [("X-Stream-Protocol-Version", "portforward.k8s.io")])
    #expect(agreed.status == 101 && agreed[header: "X-Stream-Protocol-Version"] == "portforward.k8s.io")
    // Who may only get is not let in.
    #expect(await api.get(path, spdy + [("X-Test-User", "jane")]).status == 403)
  }
}
