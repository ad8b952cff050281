import HTTPService
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct DrainTests {
  @Test func aRequestUnderWayIsAnsweredAndThenTheConnectionEnds() async throws {
    let began = Signal(false)
    try await withServer { request in
      began.set(true)
      await request.drain.wait()
      try? await Task.sleep(for: .milliseconds(50))
      return text("answered")
    } test: { server, address in
      let idle = try await RawClient.connect(to: address)
      let busy = try await RawClient.connect(to: address)
      try await busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await began.reaches { $0 })
      await server.drain(deadline: .seconds(10))
      #expect(await busy.receives("answered"))
      #expect(busy.received.contains("Connection: close\r\n"))
      #expect(await busy.isClosedByServer())
      #expect(await idle.isClosedByServer())
      await #expect(throws: (any Error).self) { try await RawClient.connect(to: address) }
    }
  }

  @Test func aStreamIsToldToEndAndEndsProperly() async throws {
    try await withServer { request in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          try await writer.write(Array("begin\n".utf8))
          await request.drain.wait()
          try await writer.write(Array("end\n".utf8))
        })
    } test: { server, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await client.receives("begin"))
      await server.drain(deadline: .seconds(10))
      #expect(await client.receives("end\n\r\n0\r\n\r\n"))
    }
  }

  @Test func whatDoesNotEndIsCutOffAtTheDeadline() async throws {
    let isCancelled = Signal(false)
    try await withServer { _ in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          try await writer.write(Array("begin\n".utf8))
          try? await Task.sleep(for: .seconds(60))
          isCancelled.set(Task.isCancelled)
        })
    } test: { server, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await client.receives("begin"))
      await server.drain(deadline: .milliseconds(100))
      #expect(await isCancelled.reaches { $0 })
      #expect(await client.isClosedByServer())
    }
  }
}
