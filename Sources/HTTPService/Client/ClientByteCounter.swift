import NIOCore

/// Counts what a server sends for one answer, before it is parsed, so that headers, trailers and chunks can't
/// go on without end.
final class ClientByteCounter: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// What an answer may have besides its body.
  static let headerLimit = 1 << 20
  /// A chunk of one byte takes six: nothing honest takes more than this many times its body.
  private static let chunkFactor = 8

  /// Bytes received for the present answer.
  var received = 0
  /// Bytes of its body that were passed on.
  var body = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    received += buffer.readableBytes
    context.fireChannelRead(data)
    guard received > Self.headerLimit + (1 + Self.chunkFactor) * body else { return }
    context.fireErrorCaught(TooMuch())
    context.close(promise: nil)
  }

  /// Begins with the next answer.
  func reset() {
    received = 0
    body = 0
  }

  struct TooMuch: Error, CustomStringConvertible {
    var description: String {
      "net/http: server response headers exceeded \(ClientByteCounter.headerLimit) bytes; aborted"
    }
  }
}
