import NIOCore
import NIOWebSocket

/// One message of a WebSocket (RFC 6455 section 5.6).
public enum WebSocketMessage: Sendable, Equatable {
  case text(String)
  case binary(ByteBuffer)
}

/// How a responder takes over a connection as a WebSocket.
public struct WebSocketUpgrade: Sendable {
  /// The subprotocol to confirm; one that the client offered.
  public var subprotocol: String?
  /// The most bytes of a message from the client; the connection ends beyond.
  public var maxMessageBytes: Int
  /// Talks over the socket. When it returns, the socket is closed normally; when it throws, with an error.
  public var run: @Sendable (WebSocketSession) async throws -> Void
  /// Called instead where the request was no handshake, or the client has left.
  public var unopened: @Sendable () async -> Void = {}

  /// - Parameter run: owns the socket until it returns.
  public init(
    subprotocol: String? = nil, maxMessageBytes: Int = 1 << 20,
    run: @escaping @Sendable (WebSocketSession) async throws -> Void
  ) {
    self.subprotocol = subprotocol
    self.maxMessageBytes = maxMessageBytes
    self.run = run
  }
}

/// Why no more messages come from a WebSocket, other than its regular end.
public enum WebSocketError: Error, Sendable, Equatable {
  case disconnected
  case protocolError
  case cancelled
}

/// An open WebSocket. Pings are answered by themselves.
public struct WebSocketSession: Sendable {
  let inbox: Inbox<WebSocketMessage, WebSocketError>
  let outbox: Outbox<WebSocketFrame>

  /// The client's messages, until it closes the socket. One task may read them.
  public var messages: Messages { Messages(inbox: inbox) }

  /// Sends a message, and waits while the client is slow.
  public func send(_ message: WebSocketMessage) async throws(HTTPWriteError) {
    switch message {
    case .text(let text):
      try await send(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text)))
    case .binary(let bytes):
      try await send(WebSocketFrame(fin: true, opcode: .binary, data: bytes))
    }
  }

  /// Closes the socket. Messages sent after it are lost.
  /// - Parameter reason: at most 123 bytes; what is beyond is cut off.
  public func close(_ code: WebSocketErrorCode = .normalClosure, reason: String = "") async {
    var data = ByteBuffer()
    data.write(webSocketErrorCode: code)
    var text = reason
    while text.utf8.count > 123 { text.removeLast() }
    data.writeString(text)
    try? await outbox.write(
      WebSocketFrame(fin: true, opcode: .connectionClose, data: data), cost: data.readableBytes,
      endsWhenCancelled: false)
  }

  private func send(_ frame: WebSocketFrame) async throws(HTTPWriteError) {
    try await outbox.write(frame, cost: frame.length)
  }

  /// The messages in order.
  public struct Messages: AsyncSequence, AsyncIteratorProtocol, Sendable {
    public typealias Element = WebSocketMessage
    public typealias Failure = WebSocketError

    let inbox: Inbox<WebSocketMessage, WebSocketError>

    public func makeAsyncIterator() -> Messages { self }

    public mutating func next() async throws(WebSocketError) -> WebSocketMessage? { try await inbox.next() }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(WebSocketError) -> WebSocketMessage? { try await inbox.next() }
  }
}
