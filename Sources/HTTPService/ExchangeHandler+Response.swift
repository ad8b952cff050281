import NIOCore
import NIOHTTP1
import NIOHTTP2

extension ExchangeHandler {
  /// How a client learns where a body ends.
  enum Framing: Equatable {
    /// The status or the method allows no body.
    case none
    case length(Int)
    /// Chunks on HTTP/1.1, the end of the connection on HTTP/1.0.
    case open
  }

  func write(_ part: HTTPServerResponsePart) {
    context?.write(Self.wrapOutboundOut(part), promise: nil)
  }

  /// Sends a whole answer.
  func send(_ head: ResponseHead, body: ByteBuffer, for exchange: Exchange) {
    let allowsBody = head.status.mayHaveResponseBody
    writeHead(head, framing: allowsBody ? .length(body.readableBytes) : .none, for: exchange)
    if allowsBody && !exchange.isHead && body.readableBytes > 0 { write(.body(.byteBuffer(body))) }
    end(exchange, quiesces: head.asksClose)
  }

  /// Sends the head of an answer whose body comes from the outbox.
  func beginStream(
    _ head: ResponseHead, framing: Framing, outbox: Outbox<ByteBuffer>, for exchange: Exchange
  ) {
    writeHead(head, framing: framing, for: exchange)
    exchange.outbox = outbox
    context?.flush()
    outbox.setWritable(isWritable)
    updateWait()
  }

  /// Sends what is in the outbox.
  func flushOutbox(_ exchange: Exchange) {
    guard let outbox = exchange.outbox else { return }
    for bytes in outbox.take() { write(.body(.byteBuffer(bytes))) }
    context?.flush()
    outbox.setWritable(isWritable)
    updateWait()
  }

  /// Writes a head with the headers that belong to the connection.
  private func writeHead(_ head: ResponseHead, framing: Framing, for exchange: Exchange) {
    if head.asksClose || service.drain.isDraining || leavesTooMuch(exchange) { exchange.keepsAlive = false }
    if framing == .open && exchange.head.version == .http1_0 { exchange.keepsAlive = false }
    var headers = head.headers
    switch framing {
    case .none: break
    case .length(let length): headers.add(name: "Content-Length", value: String(length))
    case .open:
      if exchange.head.version == .http1_1 && !exchange.isHead {
        headers.add(name: "Transfer-Encoding", value: "chunked")
      }
    }
    if isHTTP1 {
      if !exchange.keepsAlive {
        headers.add(name: "Connection", value: "close")
      } else if exchange.head.version == .http1_0 {
        headers.add(name: "Connection", value: "keep-alive")
      }
    }
    write(.head(HTTPResponseHead(version: exchange.head.version, status: head.status, headers: headers)))
  }

  /// Whether more of the request's body is to come than is worth throwing away to keep the connection.
  private func leavesTooMuch(_ exchange: Exchange) -> Bool {
    guard !exchange.isBodyComplete else { return false }
    if exchange.awaitsContinue || exchange.isBodyBroken { return true }
    guard let declared = exchange.declaredLength else { return false }
    return declared - exchange.receivedBytes > service.configuration.maxDiscardedBodyBytes
  }

  /// The answer is complete.
  /// - Parameter quiesces: on HTTP/2, whether the whole connection is to end once its streams have.
  func end(_ exchange: Exchange, quiesces: Bool = false) {
    exchange.task = nil
    exchange.outbox = nil
    exchange.inbox?.fail(.cancelled)
    switch wire {
    case .http1: endOnConnection(exchange)
    case .http2(let connection):
      endOnStream(exchange)
      if quiesces { connection.quiesce() }
    }
  }

  private func endOnConnection(_ exchange: Exchange) {
    guard exchange.keepsAlive else {
      write(.end(nil))
      return closeAfterFlush(lingering: !exchange.isBodyComplete || hasPendingInput)
    }
    write(.end(nil))
    context?.flush()
    state = exchange.isBodyComplete ? .idle : .discarding(service.configuration.maxDiscardedBodyBytes)
    proceed()
  }

  private func endOnStream(_ exchange: Exchange) {
    state = .closing
    closingWait = .write
    write(.end(nil))
    context?.flush()
    guard let context, context.channel.isActive else { return }
    // The client need not send the rest of a body that nobody reads (RFC 9113 section 8.1).
    if !exchange.isBodyComplete { return resetStream(.noError) }
    updateWait()
  }

  /// The answer can't be completed: the client must not take it for a whole one.
  func abort(_ exchange: Exchange) {
    exchange.abandon()
    switch wire {
    case .http1:
      state = .closing
      context?.close(promise: nil)
    case .http2:
      resetStream(.internalError)
    }
  }

  func resetStream(_ code: HTTP2ErrorCode) {
    state = .closing
    closingWait = .write
    context?.triggerUserOutboundEvent(HTTP2StreamCodec.Reset(code: code), promise: nil)
    if context?.channel.isActive == true { updateWait() }
  }

  /// Answers without a responder, and ends the connection or the stream.
  func refuse(_ refusal: Refusal) {
    switch wire {
    case .http1(let handlers):
      handlers.tap.write(refusal.message)
      closeAfterFlush(lingering: true)
    case .http2:
      let head = HTTPResponseHead(
        version: .http2, status: HTTPResponseStatus(statusCode: refusal.status),
        headers: ["Content-Type": "text/plain; charset=utf-8", "Date": HTTPDate.now])
      write(.head(head))
      write(.body(.byteBuffer(ByteBuffer(string: refusal.text))))
      write(.end(nil))
      context?.flush()
      if context?.channel.isActive == true { resetStream(.noError) }
      state = .closing
    }
  }

  /// Ends the connection once everything written is sent.
  /// - Parameter lingering: whether to wait a little longer: closing while the client still sends would make
  ///   the system throw away the answer that the client hasn't read yet.
  func closeAfterFlush(lingering: Bool = false) {
    guard let context else { return }
    state = .closing
    closingWait = .write
    // An empty write completes after everything before it.
    context.writeAndFlush(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer())))).assumeIsolated()
      .whenComplete { [weak self] _ in self?.flushedBeforeClose(lingering: lingering) }
    resumeReading()
    updateWait()
  }

  private func flushedBeforeClose(lingering: Bool) {
    guard let context, context.channel.isActive else { return }
    guard lingering, !isInputClosed else { return context.close(promise: nil) }
    closingWait = .linger
    context.close(mode: .output, promise: nil)
    updateWait()
  }
}
