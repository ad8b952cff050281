import NIOCore
import NIOWebSocket

/// Joins the frames of a WebSocket connection with its session.
final class WebSocketHandler: ChannelDuplexHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundIn = Never
  typealias OutboundOut = WebSocketFrame

  private static let bufferBytes = 256 * 1024

  /// The session of this connection; once the handler is in a pipeline.
  private(set) var session: WebSocketSession?
  private let task: Task<Void, Never>?
  private var context: ChannelHandlerContext?
  private var wantsMore = true
  private var hasHeldBackRead = false
  private var hasSentClose = false

  /// - Parameter task: the one that uses the session; cancelled when the client is gone.
  init(task: Task<Void, Never>?) { self.task = task }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    let loop = context.eventLoop
    session = WebSocketSession(
      inbox: Inbox(capacity: Self.bufferBytes, cancelled: .cancelled) {
        loop.execute { handler.value.resumeReading() }
      },
      outbox: Outbox(capacity: Self.bufferBytes) { loop.execute { handler.value.flushOutbox() } })
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    finish(.disconnected)
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(.disconnected)
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    finish(.protocolError)
    let code: WebSocketErrorCode =
      if case NIOWebSocketError.invalidFrameLength = error { .messageTooLarge } else { .protocolError }
    if hasSentClose { context.close(promise: nil) } else { sendClose(code) }
  }

  private func finish(_ error: WebSocketError) {
    session?.inbox.fail(error)
    session?.outbox.fail(.clientGone)
    task?.cancel()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = Self.unwrapInboundIn(data)
    switch frame.opcode {
    case .text: offer(.text(String(buffer: frame.unmaskedData)), frame.length)
    case .binary: offer(.binary(frame.unmaskedData), frame.length)
    case .ping where !hasSentClose:
      let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
      context.writeAndFlush(Self.wrapOutboundOut(pong), promise: nil)
    case .connectionClose:
      session?.inbox.finish()
      if hasSentClose { return context.close(promise: nil) }
      var data = frame.unmaskedData
      sendClose(data.readWebSocketErrorCode() ?? .normalClosure)
    default:
      break
    }
  }

  private func offer(_ message: WebSocketMessage, _ bytes: Int) {
    // A message costs something even when it is empty.
    wantsMore = session?.inbox.offer(message, cost: bytes + 64) ?? true
  }

  func read(context: ChannelHandlerContext) {
    if wantsMore { context.read() } else { hasHeldBackRead = true }
  }

  private func resumeReading() {
    wantsMore = true
    guard hasHeldBackRead else { return }
    hasHeldBackRead = false
    context?.read()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    session?.outbox.setWritable(context.channel.isWritable)
    context.fireChannelWritabilityChanged()
  }

  private func flushOutbox() {
    guard let context, let session else { return }
    for frame in session.outbox.take() where !hasSentClose {
      context.write(Self.wrapOutboundOut(frame), promise: nil)
      if frame.opcode == .connectionClose { awaitClose() }
    }
    context.flush()
    session.outbox.setWritable(context.channel.isWritable)
  }

  private func sendClose(_ code: WebSocketErrorCode) {
    guard let context else { return }
    var data = ByteBuffer()
    data.write(webSocketErrorCode: code)
    context.writeAndFlush(
      Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)), promise: nil)
    awaitClose()
  }

  /// The closing handshake is begun; the client has a second to end it.
  private func awaitClose() {
    guard let context, !hasSentClose else { return }
    hasSentClose = true
    resumeReading()
    let channel = context.channel
    context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
  }
}
