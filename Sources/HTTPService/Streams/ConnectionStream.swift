import NIOCore
import NIOPosix

/// A connection as bytes, once no protocol of this module is spoken on it any more.
public final class ConnectionStream: ByteStream {
  enum Output: Sendable {
    case bytes(ByteBuffer)
    case finish
    case close
  }

  static let bufferBytes = 256 << 10

  let inbox: Inbox<ByteBuffer, ByteStreamError>
  let outbox: Outbox<Output>
  private let channel: any Channel

  init(
    channel: any Channel, inbox: Inbox<ByteBuffer, ByteStreamError>, outbox: Outbox<Output>
  ) {
    self.channel = channel
    self.inbox = inbox
    self.outbox = outbox
  }

  deinit { channel.close(promise: nil) }

  public func read() async throws -> ByteBuffer? { try await inbox.next() }

  public func write(_ bytes: ByteBuffer) async throws {
    guard bytes.readableBytes > 0 else { return }
    try await outbox.write(.bytes(bytes), cost: bytes.readableBytes)
  }

  public func finish() async { try? await outbox.write(.finish, cost: 0, endsWhenCancelled: false) }

  public func close() async {
    do {
      try await outbox.write(.close, cost: 0, endsWhenCancelled: false)
      // Who has not noticed after a while has gone, or never looks.
      try? await channel.closeFuture.get()
    } catch {
      channel.close(promise: nil)
    }
  }

  /// Ends the connection at once.
  public func abort() { channel.close(promise: nil) }

  /// Connects to a TCP address.
  /// - Throws: in the words of Go's `net`: `dial tcp 127.0.0.1:1: connect: connection refused`.
  public static func connect(
    to place: HTTPAddress, timeout: TimeAmount = .seconds(10)
  ) async throws(HTTPClientError) -> ConnectionStream {
    let address: SocketAddress
    do { address = try SocketAddress(ipAddress: place.host, port: place.port) } catch {
      throw HTTPClientError(.invalid, "dial tcp \(place): not an IP address")
    }
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(timeout)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ConnectionStreamHandler(task: nil))
        }
      }
    do {
      return try await bootstrap.connect(to: address).flatMapThrowing { channel in
        try channel.pipeline.syncOperations.handler(type: ConnectionStreamHandler.self).stream(of: channel)
      }.get()
    } catch {
      let failure = ClientFailure.dial(address, error)
      throw HTTPClientError(failure.kind, failure.text)
    }
  }
}

/// Joins the bytes of a connection with its ``ConnectionStream``; the last handler of the pipeline.
final class ConnectionStreamHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  private let task: Task<Void, Never>?
  private var inbox: Inbox<ByteBuffer, ByteStreamError>?
  private var outbox: Outbox<ConnectionStream.Output>?
  private var context: ChannelHandlerContext?
  private var wantsMore = true
  private var hasHeldBackRead = false
  private var hasFinished = false
  private var isClosing = false
  private var isInputClosed = false

  /// - Parameter task: the one that uses the stream; cancelled when the other side is gone.
  init(task: Task<Void, Never>?) { self.task = task }

  /// The stream of the connection, on its event loop; asked for once.
  func stream(of channel: any Channel) throws -> ConnectionStream {
    guard let inbox, let outbox else { throw ByteStreamError.disconnected }
    return ConnectionStream(channel: channel, inbox: inbox, outbox: outbox)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    let loop = context.eventLoop
    inbox = Inbox(capacity: ConnectionStream.bufferBytes, cancelled: .cancelled) {
      loop.execute { handler.value.resumeReading() }
    }
    outbox = Outbox(capacity: ConnectionStream.bufferBytes) {
      loop.execute { handler.value.flushOutbox() }
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    end(.disconnected)
  }

  func channelInactive(context: ChannelHandlerContext) {
    // Where this side has ended already, the other one's end comes as that of the connection.
    end(isInputClosed || hasFinished ? nil : .disconnected)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(.disconnected)
    context.close(promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event {
      isInputClosed = true
      inbox?.finish()
      if isClosing { context.close(promise: nil) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func end(_ error: ByteStreamError?) {
    if let error { inbox?.fail(error) } else { inbox?.finish() }
    outbox?.fail(.clientGone)
    task?.cancel()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = Self.unwrapInboundIn(data)
    // What comes after the end is for nobody.
    if isClosing { return }
    wantsMore = inbox?.offer(bytes, cost: bytes.readableBytes) ?? true
  }

  func read(context: ChannelHandlerContext) {
    if wantsMore || isClosing { context.read() } else { hasHeldBackRead = true }
  }

  private func resumeReading() {
    wantsMore = true
    guard hasHeldBackRead else { return }
    hasHeldBackRead = false
    context?.read()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    outbox?.setWritable(context.channel.isWritable)
    context.fireChannelWritabilityChanged()
  }

  private func flushOutbox() {
    guard let context, let outbox else { return }
    for output in outbox.take() {
      switch output {
      case .bytes(let bytes): if !hasFinished { context.write(Self.wrapOutboundOut(bytes), promise: nil) }
      case .finish: finish(context)
      case .close:
        finish(context)
        awaitClose(context)
      }
    }
    context.flush()
    outbox.setWritable(context.channel.isWritable)
  }

  /// Ends the output once everything before it is written.
  private func finish(_ context: ChannelHandlerContext) {
    guard !hasFinished else { return }
    hasFinished = true
    let channel = context.channel
    context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer())).whenComplete { _ in
      channel.close(mode: .output, promise: nil)
    }
  }

  /// The other side has a second to read what was sent: closing while it still sends would make the system
  /// throw that away.
  private func awaitClose(_ context: ChannelHandlerContext) {
    guard !isClosing else { return }
    isClosing = true
    inbox?.finish()
    if isInputClosed {
      let channel = context.channel
      return context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer())).whenComplete { _ in
        channel.close(promise: nil)
      }
    }
    resumeReading()
    context.read()
    let channel = context.channel
    context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
  }
}
