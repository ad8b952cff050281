import HTTPService
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
  @Test func aStreamArrivesBitByBit() async throws {
    let next = Signal(0)
    try await withServer { _ in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          for number in 1...3 {
            _ = await next.reaches { $0 >= number }
            try await writer.write(Array("event \(number)\n".utf8))
          }
        })
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await client.receives("Transfer-Encoding: chunked\r\n\r\n"))
      for number in 1...3 {
        #expect(!client.received.contains("event \(number)"))
        next.set(number)
        #expect(await client.receives("8\r\nevent \(number)\n\r\n"))
      }
      #expect(await client.receives("0\r\n\r\n"))
      #expect(!client.isClosed)
    }
  }

  @Test func aSlowReaderStopsTheWriter() async throws {
    let written = Signal(0)
    let piece = [UInt8](repeating: 0x61, count: 64 * 1024)
    try await withServer { _ in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          for _ in 0..<1_000 {
            try await writer.write(piece)
            written.update { $0 += 1 }
          }
        })
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.setReading(false)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      // It goes on until the system's buffers are full, and no further.
      var before = -1
      while written.value != before {
        before = written.value
        try await Task.sleep(for: .milliseconds(300))
      }
      #expect(before > 0 && before < 500)
      try await client.setReading(true)
      #expect(await written.reaches { $0 == 1_000 })
      #expect(await client.isClosedByServer())
      #expect(client.bytes.count > 64_000 * 1_024)
    }
  }

  @Test func aWriterThatWaitsTooLongGivesUp() async throws {
    let outcome = Signal("")
    try await withServer {
      $0.writeTimeout = .milliseconds(100)
    } respond: { _ in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          do {
            while true { try await writer.write([UInt8](repeating: 0x61, count: 1 << 20)) }
          } catch {
            outcome.set("\(error)")
          }
        })
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.setReading(false)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await outcome.reaches { $0 == "timedOut" })
    }
  }

  @Test func aClientThatLeavesCancelsTheTask() async throws {
    let began = Signal(false)
    let outcome = Signal("")
    try await withServer { request in
      HTTPResponse(
        status: 200,
        body: .stream { _ in
          began.set(true)
          try? await Task.sleep(for: .seconds(30))
          outcome.set("stream cancelled: \(Task.isCancelled)")
        })
    } test: { server, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await began.reaches { $0 })
      try await client.close()
      #expect(await outcome.reaches { $0 == "stream cancelled: true" })
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func aClientThatLeavesEndsAWatchThatWrites() async throws {
    let outcome = Signal("")
    try await withServer { request in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          do {
            while true {
              try await writer.write(Array("event\n".utf8))
              try? await Task.sleep(for: .milliseconds(2))
            }
          } catch {
            outcome.set("ended")
            throw error
          }
        })
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await client.receives("event"))
      try await client.close()
      #expect(await outcome.reaches { $0 == "ended" })
    }
  }

  @Test func aStreamThatFailsIsNotTakenForAWholeOne() async throws {
    struct Failure: Error {}
    try await withServer { _ in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          try await writer.write(Array("half".utf8))
          throw Failure()
        })
    } test: { _, address in
      let answer = try await RawClient.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n", with: address)
      #expect(!answer.contains("0\r\n\r\n"))
    }
  }

  @Test func aLargeAnswerIsSentAsTheClientTakesIt() async throws {
    let pattern = (0..<1_021).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var body = ByteBuffer()
    while body.readableBytes < 3 << 20 { body.writeBytes(pattern) }
    let size = body.readableBytes
    try await withServer { [body] _ in
      HTTPResponse(status: 200, body: .buffer(body))
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await eventually { client.bytes.count > size })
      #expect(client.received.contains("Content-Length: \(size)\r\n"))
      #expect(Array(client.bytes.suffix(size)) == Array(buffer: body))
    }
  }
}
