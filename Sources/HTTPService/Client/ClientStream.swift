import NIOCore
import NIOHTTP1

/// An answer whose body is still to come, for as long as it likes.
///
/// The connection ends with the last reference.
public final class ClientStream: Sendable {
  public let status: Int
  public let headers: HTTPHeaders
  /// The connection, after 101: what the other protocol's bytes go by. The body is then empty.
  public let upgraded: ConnectionStream?
  private let source: Source
  private let upload: Task<Void, Never>?

  private enum Source: Sendable {
    case whole(BytePipe)
    case arriving(Inbox<ByteBuffer, ByteStreamError>, any Channel)
  }

  /// An answer that is all there.
  public init(_ response: ClientResponse) {
    status = response.status
    headers = response.headers
    upgraded = nil
    upload = nil
    let pipe = BytePipe()
    pipe.finish(with: ByteBuffer(bytes: response.body))
    source = .whole(pipe)
  }

  init(
    _ head: HTTPResponseHead, body: Inbox<ByteBuffer, ByteStreamError>, channel: any Channel,
    upgraded: ConnectionStream?, upload: Task<Void, Never>?
  ) {
    status = Int(head.status.code)
    headers = head.headers
    self.upgraded = upgraded
    self.upload = upload
    source = .arriving(body, channel)
  }

  deinit {
    upload?.cancel()
    // A connection that was given away ends with whom it was given to.
    if upgraded == nil, case .arriving(_, let channel) = source { channel.close(promise: nil) }
  }

  /// How long the body is; nil where nobody knows yet.
  public var knownLength: Int? {
    if case .whole(let pipe) = source { return pipe.unreadBytes }
    return headers.first(name: "Content-Length").flatMap { Int($0) }
  }

  /// The next part of the body; nil after the last one. One task reads.
  /// - Throws: ByteStreamError where the answer breaks off.
  public func next() async throws -> ByteBuffer? {
    switch source {
    case .whole(let pipe): try await pipe.read()
    case .arriving(let inbox, _): try await inbox.next()
    }
  }
}

/// The client's end of a connection for one request whose answer is read bit by bit.
final class ClientStreamHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  /// What there is once the head has come.
  struct Opened: Sendable {
    var head: HTTPResponseHead
    var upgraded: ConnectionStream?
  }

  private static let bufferBytes = 256 << 10

  private let counter: ClientByteCounter
  private let opened: ClientWaiter<Opened>
  private var head: HTTPResponseHead?
  private var context: ChannelHandlerContext?
  private var wantsMore = true
  private var hasHeldBackRead = false
  private var isGivenAway = false
  private(set) var inbox: Inbox<ByteBuffer, ByteStreamError>?

  init(counter: ClientByteCounter, opened: ClientWaiter<Opened>) {
    self.counter = counter
    self.opened = opened
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    let loop = context.eventLoop
    inbox = Inbox(capacity: Self.bufferBytes, cancelled: .cancelled) {
      loop.execute { handler.value.resumeReading() }
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// Sends a part of the request, unless the connection is another protocol's by now.
  func send(_ part: HTTPClientRequestPart, _ promise: EventLoopPromise<Void>) {
    guard let context, !isGivenAway else { return promise.fail(ByteStreamError.disconnected) }
    context.writeAndFlush(Self.wrapOutboundOut(part), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      if head.status != .switchingProtocols { opened.finish(.success(Opened(head: head))) }
    case .body(let bytes):
      counter.body += bytes.readableBytes
      wantsMore = inbox?.offer(bytes, cost: bytes.readableBytes) ?? true
    case .end:
      inbox?.finish()
      if let head, head.status == .switchingProtocols { return giveAway(context, head) }
      context.close(promise: nil)
    }
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

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    context.fireUserInboundEventTriggered(event)
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let ends = [context.localAddress, context.remoteAddress].map { HTTPAddress($0).map { "\($0)" } ?? "" }
    fail(.broken(error, path: ends.joined(separator: "->")))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(ClientFailure(.broken, "EOF"))
    context.fireChannelInactive()
  }

  private func fail(_ failure: ClientFailure) {
    opened.finish(.failure(failure))
    inbox?.fail(.disconnected)
  }

  /// Takes HTTP out of the pipeline.
  private func giveAway(_ context: ChannelHandlerContext, _ head: HTTPResponseHead) {
    isGivenAway = true
    let operations = context.pipeline.syncOperations
    let channel = context.channel
    do {
      let handler = ConnectionStreamHandler(task: nil)
      try operations.addHandler(handler)
      let stream = try handler.stream(of: channel)
      for name in ClientConnector.httpHandlerNames {
        operations.removeHandler(name: name, promise: nil)
      }
      operations.removeHandler(self, promise: nil)
      guard opened.finish(.success(Opened(head: head, upgraded: stream))) else { return stream.abort() }
      channel.read()
    } catch {
      fail(ClientFailure(.broken, "\(error)"))
      context.close(promise: nil)
    }
  }
}
