import NIOCore
import NIOHTTP1

/// The answer to a request. `Date`, the framing headers and `Connection` are added when it is sent.
///
/// `Connection: close` asks for the connection to end after this answer, on HTTP/2 by GOAWAY.
public struct HTTPResponse: Sendable {
  public var status: Int
  public var headers: HTTPHeaders
  public var body: HTTPResponseBody
  /// Whether a large body may be sent as gzip to a client that takes it.
  public var isCompressible: Bool

  /// - Parameter status: 100 to 999; 101 belongs to an upgrade only.
  public init(
    status: Int, headers: HTTPHeaders = [:], body: HTTPResponseBody = .empty, isCompressible: Bool = true
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.isCompressible = isCompressible
  }
}

/// The body of an answer.
public enum HTTPResponseBody: Sendable {
  case empty
  case bytes([UInt8])
  case buffer(ByteBuffer)
  /// Written bit by bit, for as long as the closure runs, never compressed. The headers are sent before it
  /// starts. If it throws, the client sees a broken answer, not a complete one.
  case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
  /// The connection becomes a WebSocket; the status and headers of the response are added to the handshake.
  case upgrade(WebSocketUpgrade)
  /// The connection is given to another protocol; the headers of the response are added to the 101.
  case takeover(StreamUpgrade)
}

/// Sends the parts of a streamed body.
public struct HTTPBodyWriter: Sendable {
  let outbox: Outbox<ByteBuffer>

  /// Sends the bytes at once, and waits while the client is slow to take them.
  /// - Throws: when the client went away, or the task is cancelled: the stream is then over.
  public func write(_ buffer: ByteBuffer) async throws(HTTPWriteError) {
    guard buffer.readableBytes > 0 else { return }
    try await outbox.write(buffer, cost: buffer.readableBytes)
  }

  /// Sends the bytes at once, and waits while the client is slow to take them.
  public func write(_ bytes: [UInt8]) async throws(HTTPWriteError) {
    try await write(ByteBuffer(bytes: bytes))
  }
}

/// Whatever answers requests.
public protocol HTTPResponder: Sendable {
  /// Answers one request. Runs in a task of its own, which is cancelled when the client goes away.
  func respond(to request: HTTPRequest) async -> HTTPResponse
}
