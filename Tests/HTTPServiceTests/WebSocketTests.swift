import HTTPService
import NIOCore
import NIOWebSocket
import Testing

@Suite(.timeLimit(.minutes(1))) struct WebSocketTests {
  private static let handshake =
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

  /// A frame as a client sends it, masked.
  private func frame(_ opcode: UInt8, _ text: String, isFinal: Bool = true) -> [UInt8] {
    let mask: [UInt8] = [1, 2, 3, 4]
    let masked = text.utf8.enumerated().map { $1 ^ mask[$0 % 4] }
    return [(isFinal ? 0x80 : 0) | opcode, 0x80 | UInt8(masked.count)] + mask + masked
  }

  private func withEcho(
    _ test: (HTTPServer, RawClient) async throws -> Void, ended: Signal<String> = Signal("")
  ) async throws {
    try await withServer { _ in
      HTTPResponse(
        status: 101,
        body: .upgrade(
          WebSocketUpgrade(subprotocol: "v4.channel.k8s.io", maxMessageBytes: 100) { session in
            do {
              for try await message in session.messages { try await session.send(message) }
              ended.set("closed")
            } catch {
              ended.set("\(error)")
              throw error
            }
          }))
    } test: { server, address in
      try await test(server, RawClient.connect(to: address))
    }
  }

  @Test func messagesGoBothWays() async throws {
    let ended = Signal("")
    try await withEcho(
      { _, client in
        // The first message comes with the handshake.
        try await client.send(Array(Self.handshake.utf8) + frame(1, "at once"))
        #expect(await client.receives("\u{7}at once"))
        #expect(client.received.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(
          client.received.lowercased().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"))
        #expect(client.received.contains("Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n"))
        try await client.send(frame(1, "hello"))
        #expect(await client.receives("\u{5}hello"))
        try await client.send(frame(1, "in ", isFinal: false) + frame(0, "pieces"))
        #expect(await client.receives("\u{9}in pieces"))
        try await client.send(frame(9, "ping"))
        #expect(await client.receives("\u{4}ping"))
        try await client.send(frame(8, "\u{3}\u{68}"))
        #expect(await client.isClosedByServer())
        #expect(await ended.reaches { $0 == "closed" })
      }, ended: ended)
  }

  @Test func anOverlargeMessageEndsTheSocket() async throws {
    let ended = Signal("")
    try await withEcho(
      { _, client in
        try await client.send(Self.handshake)
        #expect(await client.receives("\r\n\r\n"))
        try await client.send(frame(1, String(repeating: "x", count: 101)))
        #expect(await ended.reaches { $0 == "protocolError" })
        #expect(await client.isClosedByServer())
      }, ended: ended)
  }

  @Test func aClientThatLeavesEndsTheSession() async throws {
    let ended = Signal("")
    try await withEcho(
      { server, client in
        try await client.send(Self.handshake)
        #expect(await client.receives("\r\n\r\n"))
        try await client.close()
        #expect(await ended.reaches { !$0.isEmpty })
        #expect(await eventually { server.connectionCount == 0 })
      }, ended: ended)
  }

  @Test func whatIsNoHandshakeIsRefused() async throws {
    try await withEcho { _, client in
      try await client.send(
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
      #expect(await client.receives("HTTP/1.1 400 Bad Request\r\n"))
      #expect(await client.isClosedByServer())
    }
  }

  @Test func theServerClosesASessionThatEnds() async throws {
    try await withServer { _ in
      HTTPResponse(
        status: 101, body: .upgrade(WebSocketUpgrade { try await $0.send(.text("bye")) }))
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send(Self.handshake)
      #expect(await client.receives("\u{3}bye"))
      #expect(await client.isClosedByServer())
      #expect(client.bytes.suffix(4) == [0x88, 2, 0x03, 0xE8])
    }
  }
}
