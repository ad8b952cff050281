import NIOCore

/// Speaks TLS on a channel: cipher text towards the socket, plain text towards the rest of the pipeline.
///
/// First handler of a pipeline. Fires ``TLSHandshakeCompleted`` once as a user event; every failure is fired
/// as a ``TLSError`` and the channel is closed. Writes from before the end of the handshake are held back, up
/// to a limit.
public final class TLSHandler: ChannelDuplexHandler {
  public typealias InboundIn = ByteBuffer
  public typealias InboundOut = ByteBuffer
  public typealias OutboundIn = ByteBuffer
  public typealias OutboundOut = ByteBuffer

  enum State {
    /// The channel is not active yet.
    case idle
    /// Handshake messages go to and fro.
    case handshaking
    /// Data goes both ways.
    case open
    /// The peer has sent close_notify and we still write.
    case inputClosed
    /// We have sent close_notify and still read.
    case outputClosed
    /// The last bytes are on their way out, then the channel closes.
    case closing
    /// Nothing goes any way.
    case closed
  }

  private let context: TLSContext
  private let serverName: String
  private let handshakeTimeLimit: TimeAmount
  private var state = State.idle
  private var connection: TLSConnection?
  private var writes = TLSWriteQueue()
  /// The time limit of the handshake, or of closing.
  private var timer: Scheduled<Void>?
  private var closePromises: [EventLoopPromise<Void>] = []
  /// Somebody called read() and has not got anything yet.
  private var readWanted = false
  private var isSending = false
  /// How the peer's first bytes look, to tell HTTP in the clear.
  private var firstBytes: [UInt8] = []
  /// Received since plain text was last delivered: how much plain text to make room for.
  private var undelivered = 0

  /// How long closing waits for a peer that doesn't read.
  private static let closeTimeLimit = TimeAmount.seconds(5)

  /// The server's end.
  public init(server context: TLSContext, handshakeTimeLimit: TimeAmount = .seconds(10)) {
    self.context = context
    self.serverName = ""
    self.handshakeTimeLimit = handshakeTimeLimit
  }

  /// The client's end.
  ///
  /// - Parameter serverName: the host name or IP address that the server's certificate must be for.
  public init(client context: TLSContext, serverName: String, handshakeTimeLimit: TimeAmount = .seconds(10)) {
    self.context = context
    self.serverName = serverName
    self.handshakeTimeLimit = handshakeTimeLimit
  }

  // MARK: Life

  public func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { start(context) }
  }

  public func handlerRemoved(context: ChannelHandlerContext) {
    end(ChannelError.ioOnClosedChannel)
  }

  public func channelActive(context: ChannelHandlerContext) {
    start(context)
    context.fireChannelActive()
  }

  public func channelInactive(context: ChannelHandlerContext) {
    switch state {
    case .handshaking: context.fireErrorCaught(TLSError.closedDuringHandshake)
    case .open, .outputClosed: context.fireErrorCaught(TLSError.truncated)
    case .idle, .inputClosed, .closing, .closed: break
    }
    end(ChannelError.ioOnClosedChannel)
    context.fireChannelInactive()
  }

  private func start(_ context: ChannelHandlerContext) {
    guard state == .idle else { return }
    state = .handshaking
    do {
      connection = try TLSConnection(self.context, serverName: serverName)
    } catch {
      return fail(context, .failed(error.description))
    }
    schedule(context, handshakeTimeLimit) { handler, context in
      handler.fail(context, .handshakeTimeout)
    }
    if self.context.role == .client { handshake(context) }
    context.read()
  }

  /// Lets go of everything; writes that are still here fail.
  private func end(_ error: any Error) {
    state = .closed
    timer?.cancel()
    timer = nil
    connection = nil
    failWrites(error)
    let promises = closePromises
    closePromises = []
    for promise in promises { promise.succeed(()) }
  }

  private func failWrites(_ error: any Error) {
    for promise in writes.takePromises() { promise.fail(error) }
  }

  private func schedule(
    _ context: ChannelHandlerContext, _ limit: TimeAmount,
    _ action: @escaping (TLSHandler, ChannelHandlerContext) -> Void
  ) {
    timer?.cancel()
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
      if self.state != .closed { action(self, context) }
    }
  }

  // MARK: Inbound

  public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    if state == .idle { start(context) }
    guard let connection else { return }
    switch state {
    case .handshaking:
      if firstBytes.count < 5 { firstBytes += buffer.readableBytesView.prefix(5 - firstBytes.count) }
    case .open, .outputClosed: break
    case .idle, .inputClosed, .closing, .closed: return
    }
    undelivered += buffer.readableBytes
    if connection.wire.input.readableBytes == 0 {
      connection.wire.input = buffer
    } else {
      connection.wire.input.writeBuffer(&buffer)
    }
    if state == .handshaking { handshake(context) } else { deliver(context) }
  }

  public func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    // What came was no data for whoever waits: a part of a record, or of the handshake.
    if readWanted || state == .handshaking { context.read() }
  }

  public func read(context: ChannelHandlerContext) {
    readWanted = true
    context.read()
  }

  public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
    switch state {
    case .handshaking: fail(context, .closedDuringHandshake)
    case .open, .outputClosed: fail(context, .truncated)
    // The peer's close_notify was passed on as this event already.
    case .idle, .inputClosed, .closing, .closed: break
    }
  }

  public func channelWritabilityChanged(context: ChannelHandlerContext) {
    send(context)
    context.fireChannelWritabilityChanged()
  }

  private func handshake(_ context: ChannelHandlerContext) {
    guard let connection else { return }
    let step = connection.handshake()
    if case .failed(let error) = step {
      return fail(context, plainHTTPError ?? error)
    }
    flushWire(context)
    switch step {
    case .done:
      timer?.cancel()
      timer = nil
      state = .open
      context.fireUserInboundEventTriggered(connection.outcome())
      send(context)
      if state == .open, connection.hasUnread { deliver(context) }
    case .peerClosed: fail(context, .closedDuringHandshake)
    case .needsInput, .failed: break
    }
  }

  private func deliver(_ context: ChannelHandlerContext) {
    guard let connection else { return }
    var plain = context.channel.allocator.buffer(capacity: min(undelivered, 4 * TLSConnection.recordSize))
    let step = connection.read(into: &plain)
    // Only alerts are written here; a peer that makes us write them without end must read them.
    if connection.wire.output.readableBytes > 0, !context.channel.isWritable {
      return fail(context, .failed("the peer does not read"))
    }
    flushWire(context)
    if plain.readableBytes > 0 {
      undelivered = 0
      readWanted = false
      context.fireChannelRead(wrapInboundOut(plain))
    }
    // Whoever got the data may have closed the channel.
    guard state == .open || state == .outputClosed else { return }
    switch step {
    case .done, .needsInput: break
    case .peerClosed: peerClosed(context)
    case .failed(let error): fail(context, error)
    }
  }

  private func peerClosed(_ context: ChannelHandlerContext) {
    let halfClosure = try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)
    guard state == .open, halfClosure == true else { return finish(context, nil) }
    state = .inputClosed
    context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
  }

  /// The error when the peer began to speak HTTP in the clear.
  private var plainHTTPError: TLSError? {
    switch context.role {
    case .server: TLSHandler.looksLikeHTTP(firstBytes) ? .plainHTTPRequest : nil
    case .client: firstBytes.elementsEqual("HTTP/".utf8) ? .plainHTTPResponse : nil
    }
  }

  /// Whether the bytes begin a request of HTTP/1, as Go's server looks for it.
  private static func looksLikeHTTP(_ bytes: [UInt8]) -> Bool {
    ["GET /", "HEAD ", "POST ", "PUT /", "OPTIO"].contains { bytes.elementsEqual($0.utf8) }
  }

  // MARK: Outbound

  public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch state {
    case .idle, .handshaking:
      guard writes.bytes < TLSWriteQueue.limitBeforeHandshake else {
        promise?.fail(TLSError.tooMuchBeforeHandshake)
        return
      }
      writes.append(unwrapOutboundIn(data), promise)
    case .open, .inputClosed:
      writes.append(unwrapOutboundIn(data), promise)
    case .outputClosed:
      promise?.fail(ChannelError.outputClosed)
    case .closing, .closed:
      promise?.fail(ChannelError.ioOnClosedChannel)
    }
  }

  public func flush(context: ChannelHandlerContext) {
    writes.mark()
    send(context)
    context.flush()
  }

  /// Encrypts and sends what is flushed, for as long as the channel takes more.
  ///
  /// - Parameter all: whether to go on when it doesn't: before closing.
  private func send(_ context: ChannelHandlerContext, all: Bool = false) {
    guard all || !isSending, state == .open || state == .inputClosed, let connection else { return }
    let wasSending = isSending
    isSending = true
    defer { isSending = wasSending }
    while writes.hasFlushed, all || context.channel.isWritable {
      while writes.hasFlushed, all || context.channel.isWritable {
        let (step, promise) = writes.encrypt(connection)
        if case .failed(let error) = step {
          promise?.fail(error)
          return fail(context, error)
        }
        write(takeWire(context), context, promise)
      }
      // Flushing may make the channel writable again.
      context.flush()
    }
  }

  private func write(
    _ buffer: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
  ) {
    context.write(wrapOutboundOut(buffer), promise: promise)
  }

  /// What OpenSSL has written; it goes on in an empty buffer.
  private func takeWire(_ context: ChannelHandlerContext) -> ByteBuffer {
    guard let wire = connection?.wire else { return ByteBuffer() }
    let output = wire.output
    wire.output = ByteBuffer()
    return output
  }

  /// Sends what OpenSSL has written by itself: handshake messages, alerts, tickets.
  private func flushWire(_ context: ChannelHandlerContext) {
    guard let wire = connection?.wire, wire.output.readableBytes > 0 else { return }
    write(takeWire(context), context, nil)
    context.flush()
  }

  // MARK: Closing

  public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    switch mode {
    case .input:
      promise?.fail(ChannelError.operationUnsupported)
    case .output:
      closeOutput(context, promise)
    case .all:
      finish(context, promise)
    }
  }

  private func closeOutput(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
    switch state {
    case .open:
      send(context, all: true)
      guard state == .open else { return context.close(mode: .output, promise: promise) }
      failWrites(ChannelError.outputClosed)
      state = .outputClosed
      connection?.closeOutput()
      let sent = context.eventLoop.makePromise(of: Void.self)
      write(takeWire(context), context, sent)
      sent.futureResult.assumeIsolated().whenComplete { _ in
        context.close(mode: .output, promise: promise)
      }
      context.flush()
    case .inputClosed: finish(context, promise)
    case .idle, .handshaking, .outputClosed, .closing, .closed: context.close(mode: .output, promise: promise)
    }
  }

  /// Sends what is flushed and close_notify, then closes the channel.
  private func finish(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
    switch state {
    case .open, .inputClosed, .outputClosed:
      send(context, all: true)
      if state != .outputClosed { connection?.closeOutput() }
      guard state != .closed, state != .closing else { return context.close(promise: promise) }
      state = .closing
      failWrites(ChannelError.ioOnClosedChannel)
      let sent = context.eventLoop.makePromise(of: Void.self)
      if let promise { closePromises.append(promise) }
      write(takeWire(context), context, sent)
      sent.futureResult.assumeIsolated().whenComplete { _ in self.closeChannel(context) }
      schedule(context, TLSHandler.closeTimeLimit) { handler, context in handler.closeChannel(context) }
      context.flush()
    case .closing:
      if let promise { closePromises.append(promise) }
    case .idle, .handshaking, .closed:
      end(ChannelError.ioOnClosedChannel)
      context.close(promise: promise)
    }
  }

  private func closeChannel(_ context: ChannelHandlerContext) {
    guard state == .closing else { return }
    state = .closed
    timer?.cancel()
    context.close(promise: nil)
  }

  /// Tells the peer and the pipeline what went wrong, and closes the channel.
  private func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
    guard state != .closed, state != .closing else { return }
    if error == .plainHTTPRequest, let answer = self.context.plainHTTPAnswer {
      write(ByteBuffer(string: answer), context, nil)
      context.flush()
    } else {
      flushWire(context)
    }
    end(error)
    context.fireErrorCaught(error)
    context.close(promise: nil)
  }
}
