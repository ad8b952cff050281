import Logging
import NIOCore
import NIOHTTP1

/// Takes requests from a connection (HTTP/1.1) or a stream (HTTP/2), one at a time, hands each to the
/// responder in a task, and sends the answers in order.
///
/// It reads from the client only while somebody wants the bytes. This file holds the states and how input
/// moves through them; requests, answers and time limits are in the extensions.
final class ExchangeHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = Never
  typealias OutboundOut = HTTPServerResponsePart

  /// What is below: it differs where the protocol versions differ.
  enum Wire {
    case http1(HTTP1Handlers)
    case http2(HTTP2Connection)
  }

  enum State {
    /// Between requests.
    case idle
    /// A request's head is read, and perhaps more of it in the same bytes.
    case assembling(Assembly)
    /// The responder has the request.
    case running(Exchange)
    /// The answer is sent, and what is left of the request's body, up to so many bytes, is thrown away.
    case discarding(Int)
    /// Nothing more is answered; input is thrown away until the connection ends.
    case closing
    /// The connection is a WebSocket's, or another protocol's.
    case upgraded
  }

  enum Input {
    case part(HTTPServerRequestPart)
    case failure(HTTPParserError)
    case inputClosed
  }

  /// A client that sends more than this ahead of the answers isn't served further.
  private static let maxPending = 8192

  let service: ServiceContext
  let info: HTTPConnectionInfo
  let wire: Wire
  var state = State.idle
  var context: ChannelHandlerContext?
  var timer: LazyTimer?
  var wait = Wait.none
  /// How long the closing state may last, and why.
  var closingWait = Wait.linger
  /// The client has closed its side of the connection.
  var isInputClosed = false
  /// Some of a body came since the last look at the time limits.
  var hasBodyProgress = false
  var lastID = 0
  private var pending = CircularBuffer<Input>()
  private var hasHeldBackRead = false

  init(service: ServiceContext, info: HTTPConnectionInfo, wire: Wire) {
    self.service = service
    self.info = info
    self.wire = wire
  }

  var isHTTP1: Bool {
    if case .http1 = wire { return true }
    return false
  }

  var isWritable: Bool { context?.channel.isWritable ?? false }

  /// Whether there is input behind the present request.
  var hasPendingInput: Bool { !pending.isEmpty }

  // MARK: the life of the connection

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    timer = LazyTimer(loop: context.eventLoop) { [weak self] in self?.waitedTooLong() }
    if isHTTP1 { updateWait() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.stop()
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.stop()
    pending.removeAll()
    if case .running(let exchange) = state { exchange.abandon() }
    if case .upgraded = state {} else { state = .closing }
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed where isHTTP1:
      receive(.inputClosed)
    case is ChannelShouldQuiesceEvent where isHTTP1:
      if case .idle = state, pending.isEmpty, !hasPartialHead { closeAfterFlush() }
    default:
      break
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if let error = error as? HTTPParserError {
      receive(.failure(error))
    } else if isHTTP1, !(error is ByteToMessageDecoderError) {
      service.logger.debug("connection failed", metadata: ["error": "\(error)"])
      context.close(promise: nil)
    }
  }

  // MARK: reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .upgraded = state { return context.fireChannelRead(data) }
    receive(.part(Self.unwrapInboundIn(data)))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    startAssembled()
    updateWait()
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    if wantsRead { context.read() } else { hasHeldBackRead = true }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if case .running(let exchange) = state { exchange.outbox?.setWritable(isWritable) }
    proceed()
    context.fireChannelWritabilityChanged()
  }

  private var wantsRead: Bool {
    switch state {
    case .idle: pending.isEmpty && isWritable
    case .running(let exchange): !exchange.isBodyComplete && exchange.wantsBody && !exchange.isBodyBroken
    case .assembling, .discarding, .closing, .upgraded: true
    }
  }

  /// Whether a complete request has been read and its answer is still owed, so that what follows must wait.
  private var isBusy: Bool {
    switch state {
    case .idle: !isWritable && isHTTP1
    case .running(let exchange): exchange.isBodyComplete
    default: false
    }
  }

  private func receive(_ input: Input) {
    if pending.isEmpty && !isBusy { return take(input) }
    if case .inputClosed = input, pending.isEmpty { return take(input) }
    pending.append(input)
    if pending.count > Self.maxPending { context?.close(promise: nil) }
  }

  /// Goes on with whatever can go on: input that waited, reading, time limits.
  func proceed() {
    while !isBusy, let input = pending.popFirst() { take(input) }
    startAssembled()
    resumeReading()
    updateWait()
  }

  func resumeReading() {
    guard hasHeldBackRead, wantsRead else { return }
    hasHeldBackRead = false
    context?.read()
  }

  private func take(_ input: Input) {
    switch input {
    case .part(.head(let head)): takeHead(head)
    case .part(.body(let bytes)): takeBody(bytes)
    case .part(.end): takeEnd()
    case .failure(let error): takeFailure(error)
    case .inputClosed: takeInputClosed()
    }
  }

  private func takeBody(_ bytes: ByteBuffer) {
    hasBodyProgress = true
    switch state {
    case .assembling(var assembly):
      state = .idle  // Lets go of the buffer, so that it grows in place.
      var bytes = bytes
      assembly.body.writeBuffer(&bytes)
      state = .assembling(assembly)
      if assembly.body.readableBytes >= service.configuration.bodyBufferBytes { startAssembled() }
    case .running(let exchange):
      exchange.receivedBytes += bytes.readableBytes
      exchange.wantsBody = exchange.inbox?.offer(bytes, cost: bytes.readableBytes) ?? true
    case .discarding(let remaining):
      let left = remaining - bytes.readableBytes
      state = .discarding(left)
      if left < 0 { closeAfterFlush(lingering: true) }
    case .idle, .closing, .upgraded:
      break
    }
  }

  private func takeEnd() {
    if case .http1(let handlers) = wire { handlers.tap.hasBytes = false }
    switch state {
    case .assembling(let assembly):
      start(assembly, isComplete: true)
    case .running(let exchange):
      exchange.isBodyComplete = true
      exchange.inbox?.finish()
    case .discarding:
      state = .idle
      if service.drain.isDraining { closeAfterFlush() }
    case .idle, .closing, .upgraded:
      break
    }
  }

  private func takeFailure(_ error: HTTPParserError) {
    switch state {
    case .idle, .assembling:
      if case .assembling = state, isInputClosed { return }
      refuse(Refusal(parserError: error))
    case .running(let exchange):
      exchange.isBodyBroken = true
      exchange.keepsAlive = false
      exchange.inbox?.fail(error == .invalidEOFState ? .disconnected : .malformed)
    case .discarding:
      context?.close(promise: nil)
    case .closing, .upgraded:
      break
    }
  }

  /// The client has shut down its side: nobody waits for a streamed answer any more, but an answer that
  /// comes all the same is sent.
  private func takeInputClosed() {
    isInputClosed = true
    switch state {
    case .running(let exchange):
      exchange.keepsAlive = false
      if !exchange.isBodyComplete {
        exchange.isBodyBroken = true
        exchange.inbox?.fail(.disconnected)
      }
      exchange.task?.cancel()
    case .idle, .assembling, .discarding:
      closeAfterFlush()
    case .closing:
      if closingWait == .linger { context?.close(promise: nil) }
    case .upgraded:
      break
    }
  }
}
