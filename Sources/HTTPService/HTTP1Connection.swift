import NIOCore
import NIOHTTP1

/// The handlers of an HTTP/1.1 connection that its `ExchangeHandler` works with.
struct HTTP1Handlers {
  let tap: ByteTap
  let encoder: HTTPResponseEncoder
  let decoder: ByteToMessageHandler<HTTPRequestDecoder>

  /// Adds an HTTP/1.1 server to the end of the pipeline; on its event loop.
  static func install(on channel: any Channel, service: ServiceContext, info: HTTPConnectionInfo) throws {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = service.configuration.maxHeaderBytes
    limits.maxHeaderListSize = service.configuration.maxHeaderBytes
    limits.maxHeaderFieldCount = service.configuration.maxHeaderFields
    // Framing depends on the request's method and version, so the exchange handler sets it.
    var encoding = HTTPResponseEncoder.Configuration()
    encoding.automaticallySetFramingHeaders = false
    let handlers = HTTP1Handlers(
      tap: ByteTap(), encoder: HTTPResponseEncoder(configuration: encoding),
      decoder: ByteToMessageHandler(
        HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)))
    let operations = channel.pipeline.syncOperations
    try operations.addHandler(handlers.tap)
    try operations.addHandler(handlers.encoder)
    try operations.addHandler(handlers.decoder)
    try operations.addHandler(ExchangeHandler(service: service, info: info, wire: .http1(handlers)))
  }
}

/// Sees the bytes below the HTTP/1.1 parser: whether a request has begun to arrive, and answers that aren't
/// made of a response's parts.
final class ByteTap: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Whether bytes have come since the parser completed a request.
  var hasBytes = false
  private var context: ChannelHandlerContext?

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    hasBytes = true
    context.fireChannelRead(data)
  }

  func write(_ text: String) {
    context?.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
  }
}
