import NIOCore

/// Bytes carried by the binary messages of a WebSocket, whose borders mean nothing (KEP-4006, "SPDY tunneled
/// through WebSockets").
public struct WebSocketByteStream: ByteStream {
  private static let messageBytes = 32 << 10
  private let session: WebSocketSession

  public init(_ session: WebSocketSession) { self.session = session }

  public func read() async throws -> ByteBuffer? {
    var messages = session.messages
    while let message = try await messages.next() {
      guard case .binary(let bytes) = message else {
        throw ByteStreamError.malformed("a text message among bytes")
      }
      if bytes.readableBytes > 0 { return bytes }
    }
    return nil
  }

  public func write(_ bytes: ByteBuffer) async throws {
    var bytes = bytes
    while let piece = bytes.readSlice(length: min(bytes.readableBytes, Self.messageBytes)),
      piece.readableBytes > 0
    {
      try await session.send(.binary(piece))
    }
  }

  /// A WebSocket has no half that ends alone.
  public func finish() async {}

  public func close() async { await session.close() }
}
