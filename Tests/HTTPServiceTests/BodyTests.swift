import HTTPService
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct BodyTests {
  @Test func aClientMayWaitForPermissionToSend() async throws {
    let mayRead = Signal(false)
    try await withServer { request in
      _ = await mayRead.reaches { $0 }
      return await echo(request)
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
      try await Task.sleep(for: .milliseconds(50))
      #expect(client.received.isEmpty)
      mayRead.set(true)
      #expect(await client.receives("HTTP/1.1 100 Continue\r\n\r\n"))
      try await client.send("abc")
      #expect(await client.receives("POST / abc"))
    }
  }

  @Test func aClientThatWaitsIsNotAskedForABodyThatNobodyReads() async throws {
    try await withServer { _ in
      text("no", status: 403)
    } test: { _, address in
      let answer = try await RawClient.exchange(
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", with: address)
      #expect(answer.hasPrefix("HTTP/1.1 403 Forbidden\r\n") && answer.contains("Connection: close\r\n"))
    }
  }

  @Test func aBodyOverTheLimitIsNotReadToItsEnd() async throws {
    try await withServer { request in
      do {
        _ = try await request.body.collect(upTo: 10)
        return text("read")
      } catch {
        return text("\(error)", status: 413)
      }
    } test: { _, address in
      for head in ["Content-Length: 11\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nb\r\n"] {
        let client = try await RawClient.connect(to: address)
        try await client.send("POST / HTTP/1.1\r\nHost: a\r\n\(head)hello world")
        #expect(await client.receives("tooLarge(limit: 10)"))
      }
    }
  }

  @Test func anUnreadBodyIsThrownAwayToKeepTheConnection() async throws {
    try await withServer { request in
      text(request.path)
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
      #expect(await client.receives("/a"))
      try await client.send(String(repeating: "x", count: 100_000))
      try await client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await client.receives("/b"))
    }
  }

  @Test func aLargeUnreadBodyEndsTheConnection() async throws {
    try await withServer { request in
      text(request.path)
    } test: { _, address in
      let answer = try await RawClient.exchange(
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n", with: address)
      #expect(answer.contains("Connection: close\r\n") && answer.hasSuffix("/a"))
    }
  }

  @Test func aBodyIsReadNoFasterThanTheResponderWants() async throws {
    let mayRead = Signal(false)
    let total = 32 << 20
    try await withServer { request in
      _ = await mayRead.reaches { $0 }
      var count = 0
      do {
        for try await piece in request.body { count += piece.readableBytes }
      } catch {
        return text("\(error)")
      }
      return text("read \(count)")
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(total)\r\n\r\n")
      let isSent = Signal(false)
      async let sending: Void = {
        try await client.send([UInt8](repeating: 0x61, count: total))
        isSent.set(true)
      }()
      try await Task.sleep(for: .milliseconds(200))
      #expect(!isSent.value)
      mayRead.set(true)
      #expect(await client.receives("read \(total)"))
      try await sending
    }
  }

  @Test func aBodyThatBreaksOffIsNotTakenForAWholeOne() async throws {
    let outcome = Signal("")
    try await withServer { request in
      do {
        _ = try await request.body.collect(upTo: 100)
        outcome.set("whole")
      } catch {
        outcome.set("\(error)")
      }
      return text("")
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
      try await Task.sleep(for: .milliseconds(20))
      try await client.close()
      #expect(await outcome.reaches { $0 == "disconnected" })

      outcome.set("")
      let chunked = try await RawClient.connect(to: address)
      try await chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
      try await Task.sleep(for: .milliseconds(20))
      try await chunked.send("rubbish")
      #expect(await outcome.reaches { $0 == "malformed" })
    }
  }

  @Test func aStalledBodyTimesOut() async throws {
    try await withServer {
      $0.bodyReadTimeout = .milliseconds(100)
    } respond: {
      await echo($0)
    } test: { _, address in
      let answer = try await RawClient.exchange(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", with: address)
      #expect(answer.hasSuffix("timedOut"))
    }
  }
}
