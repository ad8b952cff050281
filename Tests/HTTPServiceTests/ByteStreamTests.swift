import HTTPService
import Logging
import NIOCore
import NIOHTTP1
import Testing

/// Connections that are given to another protocol, and answers that are read bit by bit.
@Suite(.timeLimit(.minutes(1))) struct ByteStreamTests {
  private func withEcho(_ test: (HTTPServer, HTTPAddress) async throws -> Void) async throws {
    try await withServer { request in
      if request.path == "/count" {
        return HTTPResponse(
          status: 200, headers: ["X-Kind": "count"],
          body: .stream { writer in
            for number in 0..<3 {
              try await writer.write(Array("\(number)\n".utf8))
              try await Task.sleep(for: .milliseconds(5))
            }
          })
      }
      if request.path == "/broken" {
        return HTTPResponse(
          status: 200,
          body: .stream { writer in
            try await writer.write(Array("half".utf8))
            throw HTTPWriteError.cancelled
          })
      }
      if request.path != "/echo" { return await echo(request) }
      return HTTPResponse(
        status: 101,
        body: .takeover(
          StreamUpgrade("echo/1") { stream in
            while let bytes = try await stream.read() { try await stream.write(bytes) }
          }))
    } test: { server, address in
      try await test(server, address)
    }
  }

  @Test func aConnectionIsTakenOver() async throws {
    try await withEcho { server, address in
      let client = try await RawClient.connect(to: address)
      // The first bytes come with the request.
      try await client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\nContent-Length: 0\r\n\r\nat once"
      )
      #expect(await client.receives("at once"))
      #expect(client.received.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
      #expect(client.received.contains("Upgrade: echo/1\r\n"))
      try await client.send("more")
      #expect(await client.receives("more"))
      try await client.shutDownOutput()
      #expect(await client.isClosedByServer())
      try? await client.close()
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func aClientThatLeavesEndsIt() async throws {
    try await withEcho { server, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n")
      #expect(await client.receives("\r\n\r\n"))
      try await client.close()
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  private func text(_ stream: ClientStream) async throws -> String {
    var text = ""
    while let part = try await stream.next() { text += String(buffer: part) }
    return text
  }

  @Test func answersAreReadBitByBit() async throws {
    try await withEcho { _, address in
      let client = try HTTPClient()
      let answer = try await client.open(ClientRequest(.GET, "http://\(address)/count"), body: HTTPBody())
      #expect(answer.status == 200 && answer.headers["X-Kind"] == ["count"] && answer.upgraded == nil)
      #expect(try await text(answer) == "0\n1\n2\n")
      let sent = try await client.open(
        ClientRequest(.POST, "http://\(address)/x"), body: HTTPBody(bytes: Array("body".utf8)))
      #expect(try await text(sent) == "POST /x body")
      let broken = try await client.open(ClientRequest(.GET, "http://\(address)/broken"), body: HTTPBody())
      await #expect(throws: ByteStreamError.self) { try await text(broken) }
    }
  }

  @Test func aClientTakesAConnectionOver() async throws {
    try await withEcho { server, address in
      let client = try HTTPClient()
      let request = ClientRequest(
        .GET, "http://\(address)/echo", headers: ["Connection": "Upgrade", "Upgrade": "echo/1"])
      do {
        let answer = try await client.open(request, body: HTTPBody())
        #expect(answer.status == 101 && answer.headers["Upgrade"] == ["echo/1"])
        let stream = try #require(answer.upgraded)
        try await stream.write(ByteBuffer(string: "hello"))
        let hello = try await stream.read().map { String(buffer: $0) }
        #expect(hello == "hello")
        await stream.finish()
        let end = try await stream.read()
        #expect(end == nil)
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func failuresAreToldAsOfWholeAnswers() async throws {
    let client = try HTTPClient()
    let error = await #expect(throws: HTTPClientError.self) {
      _ = try await client.open(ClientRequest(.GET, "http://127.0.0.1:1/x"), body: HTTPBody())
    }
    #expect(
      error?.description == "Get \"http://127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: connection refused")
    let refused = await #expect(throws: HTTPClientError.self) {
      _ = try await ConnectionStream.connect(to: HTTPAddress(host: "127.0.0.1", port: 1))
    }
    #expect(refused?.description == "dial tcp 127.0.0.1:1: connect: connection refused")
  }

  @Test func aResponderIsReachedWithoutANetwork() async throws {
    let stream = try await InProcessConnection.open(to: Responder(body: echo))
    try await stream.write(
      ByteBuffer(string: "POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"))
    var answer = ""
    while let bytes = try await stream.read() { answer += String(buffer: bytes) }
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("POST /in hi"))
    await stream.close()
  }

  @Test func pipesHoldBack() async throws {
    let pipe = BytePipe(capacity: 4)
    try await pipe.write(ByteBuffer(string: "abcd"))
    let writer = Task { try await pipe.write(ByteBuffer(string: "ef")) }
    func read() async throws -> String? { try await pipe.read().map { String(buffer: $0) } }
    #expect(try await read() == "abcd")
    try await writer.value
    pipe.finish()
    #expect(try await read() == "ef")
    #expect(try await read() == nil)
    await #expect(throws: ByteStreamError.self) { try await pipe.write(ByteBuffer(string: "x")) }
    let waiting = Task { () async throws -> ByteBuffer? in try await BytePipe().read() }
    waiting.cancel()
    await #expect(throws: ByteStreamError.cancelled) { _ = try await waiting.value }
  }
}
