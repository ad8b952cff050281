import Logging
import NIOCore
import Security

/// The first handler of a connection: finds out which protocol the client speaks and installs it.
///
/// After a TLS handshake that is what ALPN settled; in plaintext, a connection that begins with the HTTP/2
/// preface (RFC 9113 section 3.4) is HTTP/2 and any other is HTTP/1.1.
final class ProtocolSelector: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private static let preface = Array("PRI * HTTP/2.0\r\n".utf8)

  private let service: ServiceContext
  private var info: HTTPConnectionInfo
  private var received = ByteBuffer()
  private var timer: LazyTimer?
  private var isSelected = false

  init(service: ServiceContext, info: HTTPConnectionInfo) {
    self.service = service
    self.info = info
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    let timer = LazyTimer(loop: context.eventLoop) { channel.close(promise: nil) }
    timer.arm(after: service.configuration.requestHeaderTimeout)
    self.timer = timer
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.stop() }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.stop()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isSelected, service.configuration.tls == nil else { return context.fireChannelRead(data) }
    var bytes = Self.unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    let known = received.readableBytesView.prefix(Self.preface.count)
    let isPreface = Self.preface.starts(with: known)
    if isPreface && known.count < Self.preface.count { return }
    select(isHTTP2: isPreface, context: context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed where !isSelected, is ChannelShouldQuiesceEvent where !isSelected:
      return context.close(promise: nil)
    default:
      break
    }
    if !isSelected, let tls = event as? TLSHandshakeCompleted {
      info.tls = tls
      select(isHTTP2: tls.negotiatedProtocol == "h2", context: context)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isSelected else { return context.fireErrorCaught(error) }
    if error is TLSError { service.configuration.didFailHandshake() }
    service.logger.debug(
      "connection failed before a request",
      metadata: ["peer": "\(info.remoteAddress?.description ?? "unknown")", "error": "\(error)"])
    context.close(promise: nil)
  }

  private func select(isHTTP2: Bool, context: ChannelHandlerContext) {
    isSelected = true
    timer?.stop()
    do {
      if isHTTP2 {
        try HTTP2Connection.install(on: context.channel, service: service, info: info)
      } else {
        try HTTP1Handlers.install(on: context.channel, service: service, info: info)
      }
    } catch {
      service.logger.error("cannot set up a connection", metadata: ["error": "\(error)"])
      return context.close(promise: nil)
    }
    if received.readableBytes > 0 {
      context.fireChannelRead(NIOAny(received))
      context.fireChannelReadComplete()
    }
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }
}
