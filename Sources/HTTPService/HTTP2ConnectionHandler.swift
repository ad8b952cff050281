import Logging
import NIOCore
import NIOHTTP2

/// The end of an HTTP/2 connection's pipeline: it closes a connection that is beyond repair.
final class HTTP2ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame

  private let connection: HTTP2Connection
  private let service: ServiceContext
  private var isClosing = false

  init(connection: HTTP2Connection, service: ServiceContext) {
    self.connection = connection
    self.service = service
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func channelInactive(context: ChannelHandlerContext) { connection.stop() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }

  /// Errors of one stream leave the connection alone; after any other, GOAWAY has been sent.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isClosing, !Self.concernsOneStream(error) else { return }
    isClosing = true
    service.logger.debug("HTTP/2 connection failed", metadata: ["error": "\(error)"])
    // Closing at once, with the client still sending, would make the system throw the GOAWAY away.
    try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    context.close(mode: .output, promise: nil)
    let channel = context.channel
    context.eventLoop.scheduleTask(in: .milliseconds(500)) { channel.close(promise: nil) }
  }

  private static func concernsOneStream(_ error: any Error) -> Bool {
    switch error {
    case is NIOHTTP2Errors.StreamError, is NIOHTTP2Errors.NoSuchStream, is NIOHTTP2Errors.StreamClosed,
      is NIOHTTP2Errors.BadStreamStateTransition, is NIOHTTP2Errors.MissingPseudoHeader,
      is NIOHTTP2Errors.DuplicatePseudoHeader, is NIOHTTP2Errors.PseudoHeaderAfterRegularHeader,
      is NIOHTTP2Errors.UnknownPseudoHeader, is NIOHTTP2Errors.UnsupportedPseudoHeader,
      is NIOHTTP2Errors.InvalidPseudoHeaders, is NIOHTTP2Errors.InvalidPseudoHeaderValue,
      is NIOHTTP2Errors.MissingHostHeader, is NIOHTTP2Errors.DuplicateHostHeader,
      is NIOHTTP2Errors.EmptyPathHeader, is NIOHTTP2Errors.InvalidHTTP2HeaderFieldName,
      is NIOHTTP2Errors.InvalidHTTP2HeaderFieldValue, is NIOHTTP2Errors.ForbiddenHeaderField,
      is NIOHTTP2Errors.TrailersWithoutEndStream, is NIOHTTP2Errors.ContentLengthViolated,
      is NIOHTTP2Errors.ContentLengthHeadersMismatch, is NIOHTTP2Errors.ContentLengthHeaderNegative,
      is NIOHTTP2Errors.ContentLengthHeaderMalformedValue:
      true
    default:
      false
    }
  }
}
