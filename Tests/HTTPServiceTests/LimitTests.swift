import HTTPService
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct LimitTests {
  @Test func headersMayBeLargeButNotTooLarge() async throws {
    try await withServer(respond: echo) { _, address in
      let large = String(repeating: "x", count: 1_000_000)
      let taken = try await RawClient.exchange(
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Large: \(large)\r\nConnection: close\r\n\r\n", with: address)
      #expect(taken.hasPrefix("HTTP/1.1 200 OK\r\n"))
      let refused = try await RawClient.exchange(
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Large: \(large)\(large)\r\n\r\n", with: address)
      #expect(refused.hasPrefix("HTTP/1.1 431 Request Header Fields Too Large\r\n"))
    }
  }

  @Test func theTargetIsBounded() async throws {
    try await withServer {
      $0.maxRequestTargetBytes = 10
    } respond: {
      await echo($0)
    } test: { _, address in
      let answer = try await RawClient.exchange("GET /0123456789 HTTP/1.1\r\nHost: a\r\n\r\n", with: address)
      #expect(answer.hasPrefix("HTTP/1.1 414 "))
    }
  }

  @Test(arguments: ["", "GET /", "GET / HTTP/1.1\r\nHost: a\r\n"])
  func aSlowHeadEndsTheConnection(start: String) async throws {
    try await withServer {
      $0.requestHeaderTimeout = .milliseconds(150)
    } respond: {
      await echo($0)
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      let clock = ContinuousClock()
      let began = clock.now
      try await client.send(start)
      // Sending now and then doesn't help.
      for _ in 0..<200 where !client.isClosed {
        if !start.isEmpty { try? await client.send("X") }
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(client.isClosed && client.received.isEmpty)
      #expect(clock.now - began < .seconds(3))
    }
  }

  @Test func anIdleConnectionIsClosed() async throws {
    try await withServer {
      $0.idleTimeout = .milliseconds(100)
    } respond: {
      await echo($0)
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await client.receives("GET /x "))
      #expect(await client.isClosedByServer())
    }
  }

  @Test func connectionsAreBounded() async throws {
    try await withServer {
      $0.maxConnections = 2
    } respond: {
      await echo($0)
    } test: { server, address in
      let first = try await RawClient.connect(to: address)
      let second = try await RawClient.connect(to: address)
      for (number, client) in [first, second].enumerated() {
        try await client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await client.receives("GET /\(number) "))
      }
      let third = try await RawClient.connect(to: address)
      #expect(await third.isClosedByServer())
      try await first.close()
      #expect(await eventually { server.connectionCount == 1 })
      let fourth = try await RawClient.connect(to: address)
      try await fourth.send("GET /4 HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await fourth.receives("GET /4 "))
    }
  }

  @Test func aPortInUseIsAClearError() async throws {
    try await withServer(respond: echo) { _, address in
      await #expect {
        try await withServer {
          $0.addresses = [HTTPAddress(host: "127.0.0.1", port: 0), address]
        } respond: {
          await echo($0)
        } test: { _, _ in
        }
      } throws: { error in
        "\(error)" == "cannot listen on \(address): the address is already in use"
      }
    }
  }

  @Test func aServerListensOnSeveralAddresses() async throws {
    let server = HTTPServer(
      configuration: HTTPServerConfiguration(addresses: [
        HTTPAddress(host: "127.0.0.1", port: 0), HTTPAddress(host: "127.0.0.1", port: 0),
      ]), responder: Responder(body: echo), logger: .init(label: "test"))
    let addresses = try await server.start()
    #expect(Set(addresses.map(\.port)).count == 2 && addresses.allSatisfy { $0.port > 0 })
    for address in addresses {
      let answer = try await RawClient.exchange(
        "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", with: address)
      #expect(answer.hasSuffix("GET /x "))
    }
    await server.drain(deadline: .seconds(1))
  }
}
