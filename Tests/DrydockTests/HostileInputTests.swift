import Foundation
import TestSupport
import Testing
import Values

/// Nothing that anybody sends ends the server or keeps it from answering others.
@Suite(.timeLimit(.minutes(3)))
struct HostileInputTests {
  private static let started = Task {
    try await ServerProcess.start(["--max-requests-inflight", "50"], timeout: 300)
  }

  private static let pods = "/api/v1/namespaces/default/pods"

  /// Runs the attack, and then looks whether the server is well.
  private func survives(
    at location: SourceLocation = #_sourceLocation, _ attack: (ServerProcess) async throws -> Void
  ) async throws {
    let server = try await Self.started.value
    try await attack(server)
    #expect(server.command.isRunning, "\(server.command.error.suffix(4000))", sourceLocation: location)
    #expect(try await server.client.get("/readyz").text == "ok", sourceLocation: location)
  }

  private func nested(_ open: String, _ inner: String, _ close: String, depth: Int) -> [UInt8] {
    Array((String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)).utf8)
  }

  // MARK: - Bodies

  @Test(
    "refuses what is no JSON",
    arguments: [
      "", "{", "}", "nul", "[1,]", "{\"a\":}", "\"", "{\"a\":1e999999}", "{\"a\":\"\\u12\"}",
      "{\"a\":\"\\ud800\"}",
      "{} {}", "\u{0}", "0x1", "[]", "7", "\"text\"", "{\"kind\":7,\"apiVersion\":[]}",
      "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":7}",
      "{\"kind\":\"Pod\",\"metadata\":{\"labels\":[1]}}",
      "{\"kind\":\"Pod\",\"spec\":{\"containers\":{\"a\":1}}}",
      "{\"kind\":\"Pod\",\"metadata\":null,\"spec\":null}",
    ])
  func malformedJSON(text: String) async throws {
    try await survives { server in
      for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let path = method == "POST" ? Self.pods : "\(Self.pods)/hostile"
        let type = method == "PATCH" ? "application/merge-patch+json" : "application/json"
        let answer = try await server.client.request(
          method, path, headers: [("Content-Type", type)], body: Array(text.utf8))
        #expect((400..<500).contains(answer.status), "\(method) \(answer.status) \(answer.text)")
      }
    }
  }

  @Test(
    "refuses what is no YAML",
    arguments: [
      ": :", "a: [", "a: &b\n  - *b", "!!binary |\n  x", "a: 'b", "%YAML 9.9\n---\n", "\t- a", "- - - {",
      "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]", "? ? ?", "---\n---\n", "a: !foo bar",
    ])
  func malformedYAML(text: String) async throws {
    try await survives { server in
      let answer = try await server.client.request(
        "POST", Self.pods, headers: [("Content-Type", "application/yaml")], body: Array(text.utf8))
      #expect((400..<500).contains(answer.status), "\(answer.status) \(answer.text)")
    }
  }

  @Test func limitsAliasesThatMultiply() async throws {
    // A few hundred bytes that would be billions of elements.
    let lines = (1...30).map {
      "a\($0): &a\($0) [\(Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ","))]"
    }
    let bomb = "a0: &a0 [x]\n" + lines.joined(separator: "\n")
    try await survives { server in
      let answer = try await server.client.request(
        "POST", Self.pods, headers: [("Content-Type", "application/yaml")], body: Array(bomb.utf8))
      #expect((400..<500).contains(answer.status), "\(answer.status)")
    }
  }

  @Test("limits depth", arguments: ["application/json", "application/yaml", "application/merge-patch+json"])
  func depth(type: String) async throws {
    try await survives { server in
      for body in [
        nested("[", "", "]", depth: 100_000), nested("{\"a\":", "1", "}", depth: 100_000),
        Array("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"annotations\":".utf8)
          + nested("[", "", "]", depth: 100_000) + Array("}}".utf8),
        Array(String(repeating: "[", count: 100_000).utf8),
        Array(String(repeating: "- ", count: 100_000).utf8),
      ] {
        let method = type.contains("patch") ? "PATCH" : "POST"
        let answer = try await server.client.request(
          method, method == "POST" ? Self.pods : "/api/v1/namespaces/default",
          headers: [("Content-Type", type)],
          body: body)
        #expect((400..<500).contains(answer.status), "\(answer.status) \(answer.text.prefix(300))")
      }
    }
  }

  @Test func limitsTheSizeOfBodies() async throws {
    let filler = String(repeating: "x", count: 10 << 20)
    let body = Array("{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"data\":{\"a\":\"\(filler)\"}}".utf8)
    try await survives { server in
      let answer = try await server.client.request(
        "POST", "/api/v1/namespaces/default/configmaps", headers: [("Content-Type", "application/json")],
        body: body)
      #expect(answer.status == 413)
      #expect(answer.json["reason"] == "RequestEntityTooLarge")
    }
  }

  @Test("refuses text that is no UTF-8", arguments: ["application/json", "application/yaml"])
  func invalidUTF8(type: String) async throws {
    let head = Array(
      "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"utf8\"},\"data\":{\"a\":\"".utf8
    )
    try await survives { server in
      for bytes: [UInt8] in [
        [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xc0, 0x80],
      ] {
        let answer = try await server.client.request(
          "POST", "/api/v1/namespaces/default/configmaps?dryRun=All", headers: [("Content-Type", type)],
          body: head + bytes + Array("\"}}".utf8))
        #expect((200..<500).contains(answer.status), "\(answer.status)")
      }
    }
  }

  @Test func takesMoreLabelsThanAnybodyNeeds() async throws {
    let labels = Object((0..<10_000).map { ("key-\($0)", Value.string("value")) })
    let object: Value = [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "labelled", "labels": .object(labels)],
    ]
    try await survives { server in
      let answer = try await server.client.send("POST", "/api/v1/namespaces/default/configmaps", object)
      #expect(answer.status == 201, "\(answer.text.prefix(300))")
      let selector = (0..<300).map { "key-\($0)=value" }.joined(separator: ",")
      let list = try await server.client.get("/api/v1/configmaps?labelSelector=\(selector)")
      #expect(list.json["items"]?.array?.count == 1)
      #expect(
        try await server.client.request("DELETE", "/api/v1/namespaces/default/configmaps/labelled").status
          == 200)
    }
  }

  @Test("refuses garbage for protobuf", arguments: 0..<8)
  func protobuf(seed: UInt64) async throws {
    var generator = SplitMix(state: seed)
    try await survives { server in
      for length in [0, 1, 4, 5, 64, 4096] {
        let noise = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let answer = try await server.client.request(
          "POST", Self.pods, headers: [("Content-Type", "application/vnd.kubernetes.protobuf")],
          body: [0x6b, 0x38, 0x73, 0x00] + noise)
        #expect((400..<500).contains(answer.status), "\(answer.status)")
      }
    }
  }

  // MARK: - Targets and headers

  @Test(
    "answers strange queries",
    arguments: [
      "?labelSelector=%00", "?labelSelector=a%20in%20(((", "?fieldSelector=%3D%3D%3D", "?limit=-1",
      "?limit=99999999999999999999",
      "?continue=%ff%ff", "?resourceVersion=banana&watch=1", "?resourceVersion=18446744073709551616",
      "?timeoutSeconds=x",
      "?%zz", "?&&&=&=", "?resourceVersionMatch=Any", "?watch=maybe",
    ])
  func queries(query: String) async throws {
    try await survives { server in
      let answer = try await server.client.request("GET", Self.pods + query + "&timeoutSeconds=1")
      // A watch from a version that is no number is answered with 500, as kube-apiserver does.
      #expect((200...500).contains(answer.status), "\(answer.status) \(answer.text)")
    }
  }

  @Test(
    "answers strange paths",
    arguments: [
      "/api/v1/namespaces/%00/pods", "/api/v1/namespaces/../../etc/passwd", "//api//v1",
      "/api/v1/%2e%2e/pods",
      "/%ff%fe", "/apis/a/b/c/d/e/f/g/h/i/j", "/api/v1/namespaces/default/pods/a/b/c/d",
    ])
  func paths(path: String) async throws {
    try await survives { server in
      let answer = try await server.client.get(path)
      #expect((200..<500).contains(answer.status), "\(answer.status)")
    }
  }

  @Test func limitsHeaders() async throws {
    try await survives { server in
      let long = String(repeating: "a", count: 4 << 20)
      for head in [
        "GET /readyz HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n", "GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /readyz HTTP/1.1\r\n" + (0..<100_000).map { "X-\($0): a\r\n" }.joined() + "\r\n",
      ] {
        let connection = try await RawConnection.connect(to: server.address, isTLS: true)
        await connection.send(head)
        #expect(await connection.isClosedByServer())
        #expect(!connection.received.hasPrefix("HTTP/1.1 200"))
        await connection.close()
      }
    }
  }

  // MARK: - Connections

  @Test func outlivesHandshakesThatAreCutShort() async throws {
    // The beginning of a TLS client hello (RFC 8446 section 4.1.2), cut at several places.
    let hello: [UInt8] =
      [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03] + Array(repeating: 7, count: 32)
    try await survives { server in
      for length in [1, 3, 5, 6, 11, hello.count] {
        let connection = try await RawConnection.connect(to: server.address, isTLS: false)
        await connection.send(Array(hello.prefix(length)))
        await connection.endOutput()
        #expect(await connection.isClosedByServer(), "\(length) bytes")
        await connection.close()
      }
    }
  }

  @Test func outlivesGarbageOnThePort() async throws {
    var generator = SplitMix(state: 1)
    try await survives { server in
      for isTLS in [false, true] {
        for length in [1, 100, 65_536] {
          let connection = try await RawConnection.connect(to: server.address, isTLS: isTLS)
          await connection.send((0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
          await connection.endOutput()
          #expect(await connection.isClosedByServer(), "\(length) bytes, TLS: \(isTLS)")
          await connection.close()
        }
      }
    }
  }

  @Test func outlivesRequestsThatAreCutShort() async throws {
    try await survives { server in
      for text in [
        "GET", "GET / HTTP/1.1\r\n",
        "POST /api/v1/namespaces HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{\"a\"",
        "POST /api/v1/namespaces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n{",
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{0}\u{0}\u{ff}",
      ] {
        let connection = try await RawConnection.connect(to: server.address, isTLS: true)
        await connection.send(text)
        await connection.endOutput()
        _ = await connection.isClosedByServer()
        await connection.close()
      }
    }
  }

  @Test func servesOthersWhileManyConnectionsAreHalfOpen() async throws {
    try await survives { server in
      var connections: [RawConnection] = []
      for index in 0..<200 {
        let connection = try await RawConnection.connect(to: server.address, isTLS: index % 2 == 0)
        if index % 4 == 0 { await connection.send("GET /readyz HTTP/1.1\r\nHost: a\r\nX-Slow: ") }
        connections.append(connection)
      }
      #expect(try await server.client.get("/readyz").text == "ok")
      for connection in connections { await connection.close() }
    }
  }

  @Test func servesOthersWhileAWatchIsNotRead() async throws {
    try await survives { server in
      let watch = try await server.client.open("GET", "/api/v1/configmaps?watch=true", timeout: 60)
      defer { watch.close() }
      let filler = String(repeating: "x", count: 100_000)
      for index in 0..<50 {
        let object: Value = [
          "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string("filler-\(index)")],
          "data": ["a": .string(filler)],
        ]
        #expect(
          try await server.client.send("POST", "/api/v1/namespaces/kube-public/configmaps", object).status
            == 201)
      }
      let all = try await server.client.request("DELETE", "/api/v1/namespaces/kube-public/configmaps")
      #expect(all.status == 200)
    }
  }
}

/// Random numbers that are the same in every run (Steele, Lea and Flood 2014).
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
