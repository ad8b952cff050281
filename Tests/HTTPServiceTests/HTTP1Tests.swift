import HTTPService
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTP1Tests {
  @Test func aConnectionServesOneRequestAfterAnother() async throws {
    try await withServer(respond: echo) { server, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await client.receives("GET /first "))
      try await client.send("POST /second HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
      #expect(await client.receives("POST /second hello"))
      #expect(server.connectionCount == 1)
      #expect(!client.isClosed)
    }
  }

  @Test func anAnswerHasADateAndALengthAndNamesNoServer() async throws {
    try await withServer(respond: echo) { _, address in
      let answer = try await RawClient.exchange(
        "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", with: address)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(answer.contains("\r\nDate: ") && answer.contains(" GMT\r\n"))
      #expect(answer.contains("\r\nContent-Length: 7\r\n"))
      #expect(answer.contains("\r\nConnection: close\r\n"))
      #expect(!answer.lowercased().contains("\r\nserver:"))
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrderOneAtATime() async throws {
    let running = Signal(0)
    let most = Signal(0)
    try await withServer { request in
      running.update { $0 += 1 }
      most.set(max(most.value, running.value))
      // The earlier the request, the longer it takes.
      try? await Task.sleep(for: .milliseconds(request.path == "/0" ? 30 : 1))
      running.update { $0 -= 1 }
      return await echo(request)
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      let requests = (0..<20).map {
        "POST /\($0) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      }
      try await client.send(requests.joined())
      #expect(await client.receives("abc", times: 20))
      let order = (0..<20).compactMap { client.received.firstRange(of: "POST /\($0) abc") }
      #expect(order.count == 20 && order.map(\.lowerBound) == order.map(\.lowerBound).sorted())
      #expect(most.value == 1)
    }
  }

  @Test func headIsAnsweredWithoutABody() async throws {
    try await withServer(respond: echo) { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await client.receives("GET /y "))
      #expect(client.received.contains("Content-Length: 8\r\n") && !client.received.contains("HEAD /x "))
    }
  }

  @Test func olderClientsGetTheConnectionClosedUnlessTheyAskToKeepIt() async throws {
    try await withServer(respond: echo) { _, address in
      let closed = try await RawClient.exchange("GET /x HTTP/1.0\r\n\r\n", with: address)
      #expect(closed.hasPrefix("HTTP/1.0 200 OK\r\n") && closed.hasSuffix("GET /x "))
      let client = try await RawClient.connect(to: address)
      try await client.send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(await client.receives("GET /x "))
      #expect(client.received.contains("Connection: keep-alive\r\n"))
    }
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", "400 Bad Request: missing required Host header"),
    ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400 Bad Request: malformed Host header"),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400 Bad Request"),
    ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request"),
    ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "400 Bad Request"),
    ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400 Bad Request"),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400 Bad Request"),
    (
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "400 Bad Request"
    ),
    ("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", "417 Expectation Failed"),
    ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", "505 HTTP Version Not Supported: unsupported protocol version"),
  ])
  func aBadRequestIsRefusedInGosWords(request: String, refusal: String) async throws {
    try await withServer(respond: echo) { _, address in
      let answer = try await RawClient.exchange(request, with: address)
      #expect(
        answer
          == "HTTP/1.1 \(refusal)\r\nContent-Type: text/plain; charset=utf-8\r\n"
          + "Connection: close\r\n\r\n\(refusal)"
      )
    }
  }

  @Test func aBadRequestBehindAGoodOneIsRefusedAfterTheAnswer() async throws {
    try await withServer { request in
      try? await Task.sleep(for: .milliseconds(20))
      return await echo(request)
    } test: { _, address in
      let answer = try await RawClient.exchange(
        "GET /good HTTP/1.1\r\nHost: a\r\n\r\nrubbish\r\n\r\n", with: address)
      let good = try #require(answer.firstRange(of: "GET /good "))
      let bad = try #require(answer.firstRange(of: "HTTP/1.1 400 Bad Request"))
      #expect(good.upperBound <= bad.lowerBound)
    }
  }

  @Test func garbageEndsTheConnectionAndNothingElse() async throws {
    try await withServer(respond: echo) { _, address in
      for seed in 0..<20 {
        let client = try await RawClient.connect(to: address)
        var generator = SystemRandomNumberGenerator()
        // A TLS greeting, then noise.
        let noise = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try await client.send(seed == 0 ? [0x16, 0x03, 0x01, 0x02, 0x00, 0x01] + noise : noise)
        try? await client.shutDownOutput()
        #expect(await client.isClosedByServer())
      }
      let answer = try await RawClient.exchange(
        "GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", with: address)
      #expect(answer.hasSuffix("GET /alive "))
    }
  }

  @Test func aHalfClosedClientStillGetsItsAnswer() async throws {
    try await withServer { request in
      try? await Task.sleep(for: .seconds(10))
      return text("cancelled: \(Task.isCancelled)")
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      try await client.shutDownOutput()
      #expect(await client.receives("cancelled: true"))
      #expect(await client.isClosedByServer())
    }
  }

  @Test func headersCannotSmuggleLinesIntoAnAnswer() async throws {
    try await withServer { _ in
      HTTPResponse(status: 200, headers: ["X-A": "1\r\nX-B: 2", "Bad\r\nName": "3"], body: .empty)
    } test: { _, address in
      let answer = try await RawClient.exchange(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", with: address)
      #expect(answer.contains("\r\nX-A: 1  X-B: 2\r\n"))
      #expect(!answer.contains("Name"))
    }
  }

  @Test func anUpgradeThatIsNotGrantedEndsTheConnection() async throws {
    try await withServer(respond: echo) { _, address in
      let answer = try await RawClient.exchange(
        "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", with: address)
      #expect(answer.hasSuffix("GET /x "))
    }
  }
}
