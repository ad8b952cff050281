import NIOCore
import NIOHTTP1
import Security

/// One request on a connection and what has come of its answer. Used on the loop only.
struct ClientExchange {
  /// Gets the answer, and whether the connection may be used again.
  let finish: @Sendable (Result<(ClientResponse, Bool), ClientFailure>) -> Void
  let maximumBytes: Int
  var isSent = false
  var head: HTTPResponseHead?
  var body = ByteBuffer()
}

/// The client's end of an HTTP/1.1 connection: one request at a time.
final class ClientExchangeHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private enum State {
    /// Until the TLS handshake is over; then whoever waits for it hears.
    case handshaking((@Sendable (Result<Void, ClientFailure>) -> Void)?)
    case idle
    case running(ClientExchange)
    case closed(ClientFailure)
  }

  let counter: ClientByteCounter
  private var state: State
  private var context: ChannelHandlerContext?
  private var path = ""

  init(counter: ClientByteCounter, isSecure: Bool) {
    self.counter = counter
    state = isSecure ? .handshaking(nil) : .idle
  }

  // MARK: Requests

  /// Tells when requests can be sent, or that they never can.
  func whenReady(_ report: @escaping @Sendable (Result<Void, ClientFailure>) -> Void) {
    switch state {
    case .handshaking: state = .handshaking(report)
    case .idle, .running: report(.success(()))
    case .closed(let failure): report(.failure(failure))
    }
  }

  /// Sends a request and gathers its answer.
  func run(_ head: HTTPRequestHead, _ body: [UInt8], _ exchange: ClientExchange) {
    guard case .idle = state, let context else {
      var failure = ClientFailure(.broken, "http: server closed idle connection")
      failure.isBeforeAnswer = true
      return exchange.finish(.failure(failure))
    }
    counter.reset()
    state = .running(exchange)
    let loop = context.eventLoop
    let begun = loop.makePromise(of: Void.self)
    begun.futureResult.assumeIsolated().whenFailure { self.couldNotBegin($0) }
    context.write(wrapOutboundOut(.head(head)), promise: begun)
    // Refused headers have ended the exchange already.
    guard case .running = state else { return }
    if !body.isEmpty {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
    }
    let sent = loop.makePromise(of: Void.self)
    sent.futureResult.assumeIsolated().whenSuccess { self.isSent() }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
  }

  private func isSent() {
    guard case .running(var exchange) = state else { return }
    exchange.isSent = true
    state = .running(exchange)
  }

  /// A connection that breaks while it is written to may have an answer to read still; only headers that can't
  /// be sent at all end here.
  private func couldNotBegin(_ error: any Error) {
    guard error is HTTPParserError else { return }
    fail(ClientFailure(.invalid, "net/http: invalid header field value"))
    context?.close(promise: nil)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { opened(context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) {
    opened(context)
    context.fireChannelActive()
  }

  private func opened(_ context: ChannelHandlerContext) {
    let ends = [context.localAddress, context.remoteAddress].map { HTTPAddress($0).map { "\($0)" } ?? "" }
    path = ends.joined(separator: "->")
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is TLSHandshakeCompleted, case .handshaking(let report) = state {
      state = .idle
      report?(.success(()))
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .running(var exchange) = state else {
      // An answer that nobody asked for.
      return context.close(promise: nil)
    }
    switch unwrapInboundIn(data) {
    case .head(let head):
      exchange.head = head
      state = .running(exchange)
    case .body(var buffer):
      counter.body += buffer.readableBytes
      guard exchange.body.readableBytes + buffer.readableBytes <= exchange.maximumBytes else {
        fail(ClientFailure(.broken, "http: response body is longer than \(exchange.maximumBytes) bytes"))
        return context.close(promise: nil)
      }
      // Taken out of the state, so that the bytes are not copied.
      state = .idle
      exchange.body.writeBuffer(&buffer)
      state = .running(exchange)
    case .end:
      guard let head = exchange.head else { return }
      let canGoOn = head.isKeepAlive && exchange.isSent && head.status != .switchingProtocols
      let answer = ClientResponse(
        status: Int(head.status.code), headers: head.headers, body: Array(exchange.body.readableBytesView))
      state = canGoOn ? .idle : .closed(ClientFailure(.broken, "EOF"))
      exchange.finish(.success((answer, canGoOn)))
      if !canGoOn { context.close(promise: nil) }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(.broken(error, path: path))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(ClientFailure(.broken, "EOF"))
    context.fireChannelInactive()
  }

  private func fail(_ failure: ClientFailure) {
    var failure = failure
    switch state {
    case .handshaking(let report):
      state = .closed(failure)
      report?(.failure(failure))
    case .running(let exchange):
      failure.isInBody = exchange.head != nil && failure.kind != .invalid
      failure.isBeforeAnswer = failure.kind == .broken && counter.received == 0
      // Without an answer, a connection that ended is a plain EOF however it ended.
      if exchange.head != nil, failure.text == "EOF" { failure.text = "unexpected EOF" }
      if counter.received == 0, failure.text == "unexpected EOF" { failure.text = "EOF" }
      state = .closed(failure)
      exchange.finish(.failure(failure))
    case .idle: state = .closed(failure)
    case .closed: break
    }
  }
}
