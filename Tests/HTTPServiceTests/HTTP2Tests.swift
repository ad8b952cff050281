import HTTPService
import NIOCore
import NIOHTTP2
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTP2Tests {
  @Test func aRequestIsAnsweredOnItsStream() async throws {
    try await withServer { request in
      let answer = await echo(request)
      return text("\(request.version) \(request.headers["Host"]) \(await string(answer))")
    } test: { _, address in
      let client = try await HTTP2TestClient.connect(to: address)
      let answer = try await client.request("POST", "/x%20y", body: "hello")
      #expect(answer.status == 200 && answer.isComplete && answer.reset == nil)
      #expect(answer.body == #"HTTP/2.0 ["a"] POST /x y hello"#)
      #expect(answer.headers["content-type"] == "text/plain" && answer.headers["date"] != nil)
      #expect(answer.headers["content-length"] == "30")
    }
  }

  @Test func headIsAnsweredWithoutABody() async throws {
    try await withServer(respond: echo) { _, address in
      let client = try await HTTP2TestClient.connect(to: address)
      let answer = try await client.request("HEAD", "/x")
      #expect(answer.status == 200 && answer.body == "" && answer.headers["content-length"] == "8")
      #expect(answer.isComplete)
    }
  }

  @Test func manyStreamsShareAConnection() async throws {
    let running = Signal(0)
    try await withServer { request in
      running.update { $0 += 1 }
      // Each waits until all are there: none blocks another.
      _ = await running.reaches { $0 == 100 }
      return await echo(request)
    } test: { server, address in
      let client = try await HTTP2TestClient.connect(to: address)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<100 {
          group.addTask {
            let answer = try await client.request("PUT", "/\(number)", body: "b\(number)")
            #expect(answer.body == "PUT /\(number) b\(number)")
          }
        }
        try await group.waitForAll()
      }
      #expect(server.connectionCount == 1)
      #expect(client.seen.value == .init(hasSettings: true))
    }
  }

  @Test func aStreamIsCancelledWithoutHarmToOthers() async throws {
    let outcome = Signal("")
    try await withServer { request in
      guard request.path == "/watch" else { return await echo(request) }
      return HTTPResponse(
        status: 200,
        body: .stream { writer in
          try await writer.write(Array("begin".utf8))
          try? await Task.sleep(for: .seconds(60))
          outcome.set("cancelled: \(Task.isCancelled)")
        })
    } test: { _, address in
      let client = try await HTTP2TestClient.connect(to: address)
      let watch = try await client.open("GET", "/watch")
      #expect(await watch.answer.reaches { $0.body == "begin" })
      try await watch.reset()
      #expect(await outcome.reaches { $0 == "cancelled: true" })
      #expect(try await client.request("GET", "/x").body == "GET /x ")
    }
  }

  @Test func aSlowStreamStopsItsWriterOnly() async throws {
    let written = Signal(0)
    try await withServer { request in
      guard request.path == "/watch" else { return await echo(request) }
      return HTTPResponse(
        status: 200,
        body: .stream { writer in
          for _ in 0..<1_000 {
            try await writer.write([UInt8](repeating: 0x61, count: 10_000))
            written.update { $0 += 1 }
          }
        })
    } test: { _, address in
      let client = try await HTTP2TestClient.connect(to: address)
      let watch = try await client.open("GET", "/watch")
      try await watch.channel.setOption(.autoRead, value: false).get()
      try await Task.sleep(for: .milliseconds(200))
      let before = written.value
      #expect(before < 500)
      try await watch.channel.setOption(.autoRead, value: true).get()
      watch.channel.read()
      #expect(await watch.answer.reaches { $0.isComplete })
      #expect(watch.answer.value.body.utf8.count == 10_000_000)
    }
  }

  @Test func aStreamThatFailsIsReset() async throws {
    struct Failure: Error {}
    try await withServer { _ in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          try await writer.write(Array("half".utf8))
          throw Failure()
        })
    } test: { _, address in
      let client = try await HTTP2TestClient.connect(to: address)
      let answer = try await client.request("GET", "/")
      #expect(answer.reset == .internalError && !answer.isComplete)
    }
  }

  @Test func aBodyThatNobodyReadsNeedNotBeSent() async throws {
    try await withServer { _ in
      text("no", status: 403)
    } test: { _, address in
      let client = try await HTTP2TestClient.connect(to: address)
      let stream = try await client.open("POST", "/", body: nil)
      #expect(await stream.answer.reaches { $0.isClosed })
      let answer = stream.answer.value
      #expect(answer.status == 403 && answer.body == "no" && answer.reset == .noError)
    }
  }

  @Test func headersMayBeLargeButNotTooLarge() async throws {
    try await withServer {
      $0.maxHeaderBytes = 100_000
    } respond: {
      await echo($0)
    } test: { _, address in
      let client = try await HTTP2TestClient.connect(to: address)
      let large = String(repeating: "x", count: 80_000)
      #expect(try await client.request("GET", "/x", headers: [("x-large", large)]).status == 200)
      let refused = try await client.request("GET", "/x", headers: [("x-a", large), ("x-b", large)])
      #expect(refused.status == 431)
      #expect(try await client.request("GET", "/x").status == 200)
    }
  }

  @Test func rapidResetsEndTheConnection() async throws {
    try await withServer {
      $0.maxStreamResetsPerSecond = 20
    } respond: { request in
      try? await Task.sleep(for: .seconds(10))
      return await echo(request)
    } test: { server, address in
      let client = try await HTTP2TestClient.connect(to: address)
      for number in 0..<200 where client.seen.value.goAway == nil {
        guard let stream = try? await client.open("GET", "/\(number)") else { break }
        try? await stream.reset()
      }
      #expect(await client.seen.reaches { $0.goAway == .enhanceYourCalm })
      #expect(await client.seen.reaches { $0.isClosed })
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func aPingFloodEndsTheConnection() async throws {
    try await withServer {
      $0.maxControlFramesPerSecond = 20
    } respond: {
      await echo($0)
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
      let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0] + [UInt8](repeating: 1, count: 8)
      try await client.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings)
      for _ in 0..<500 { try? await client.send(ping) }
      #expect(await client.isClosedByServer())
      // The last frame is a GOAWAY, and its error code ENHANCE_YOUR_CALM.
      #expect(client.bytes.suffix(17).prefix(4) == [0, 0, 8, 7] && client.bytes.last == 0x0B)
    }
  }

  @Test func resetStreamsWhoseRequestsGoOnAreCounted() async throws {
    let mayEnd = Signal(false)
    let started = Signal(0)
    try await withServer {
      $0.maxConcurrentStreams = 5
    } respond: { request in
      started.update { $0 += 1 }
      // A responder that is deaf to cancellation.
      await Task.detached { _ = await mayEnd.reaches { $0 } }.value
      return await echo(request)
    } test: { _, address in
      let client = try await HTTP2TestClient.connect(to: address)
      var last: HTTP2TestStream?
      for number in 0..<11 {
        let stream = try await client.open("GET", "/\(number)")
        if number < 10 {
          #expect(await started.reaches { $0 == number + 1 })
          try await stream.reset()
        }
        last = stream
      }
      #expect(await last?.answer.reaches { $0.reset == .refusedStream } == true)
      mayEnd.set(true)
      #expect(started.value == 10)
    }
  }

  @Test func closeAfterAnAnswerIsAGoAway() async throws {
    try await withServer { _ in
      HTTPResponse(status: 401, headers: ["Connection": "close"], body: .bytes(Array("no".utf8)))
    } test: { _, address in
      let client = try await HTTP2TestClient.connect(to: address)
      let answer = try await client.request("GET", "/")
      #expect(answer.status == 401 && answer.body == "no" && answer.headers["connection"] == nil)
      #expect(await client.seen.reaches { $0.goAway == .noError && $0.isClosed })
    }
  }

  @Test func drainingSendsGoAwayAndLetsStreamsEnd() async throws {
    try await withServer { request in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          try await writer.write(Array("begin ".utf8))
          await request.drain.wait()
          try await writer.write(Array("end".utf8))
        })
    } test: { server, address in
      let client = try await HTTP2TestClient.connect(to: address)
      let watch = try await client.open("GET", "/watch")
      #expect(await watch.answer.reaches { $0.body == "begin " })
      await server.drain(deadline: .seconds(10))
      #expect(await client.seen.reaches { $0.goAway == .noError && $0.isClosed })
      #expect(watch.answer.value.body == "begin end" && watch.answer.value.isComplete)
    }
  }

  @Test func anIdleConnectionIsClosed() async throws {
    try await withServer {
      $0.idleTimeout = .seconds(2)
    } respond: {
      await echo($0)
    } test: { _, address in
      let client = try await HTTP2TestClient.connect(to: address)
      #expect(await client.seen.reaches { $0.goAway == .noError && $0.isClosed })
    }
  }

  @Test func aPartialPrefaceIsNotWaitedForForever() async throws {
    try await withServer {
      $0.requestHeaderTimeout = .milliseconds(100)
    } respond: {
      await echo($0)
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("PRI * HT")
      #expect(await client.isClosedByServer())
    }
  }

  @Test func garbageAfterThePrefaceEndsTheConnection() async throws {
    try await withServer(respond: echo) { server, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
      try await client.send([UInt8](repeating: 0xFF, count: 200))
      #expect(await client.isClosedByServer())
      #expect(await eventually { server.connectionCount == 0 })
    }
  }
}

/// The text of an answer with bytes for a body.
private func string(_ response: HTTPResponse) async -> String {
  guard case .bytes(let bytes) = response.body else { return "" }
  return String(decoding: bytes, as: UTF8.self)
}
