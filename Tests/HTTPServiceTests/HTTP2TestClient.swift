import HTTPService
import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import Security
import Synchronization

/// An HTTP/2 connection, in plaintext or over TLS.
final class HTTP2TestClient: Sendable {
  /// What the connection as a whole has received.
  struct Seen: Sendable, Equatable {
    /// The code of the first GOAWAY.
    var goAway: HTTP2ErrorCode?
    var hasSettings = false
    var isClosed = false
  }

  /// What a stream has received.
  struct Answer: Sendable, Equatable {
    var status = 0
    var headers: [String: String] = [:]
    var body = ""
    var isComplete = false
    /// The code that the stream ended with, if it did.
    var reset: HTTP2ErrorCode?
    var isClosed = false
  }

  private let channel: any Channel
  private let multiplexer: NIOHTTP2Handler.StreamMultiplexer
  let seen: Signal<Seen>

  private init(channel: any Channel, multiplexer: NIOHTTP2Handler.StreamMultiplexer, seen: Signal<Seen>) {
    self.channel = channel
    self.multiplexer = multiplexer
    self.seen = seen
  }

  static func connect(to address: HTTPAddress, tls: TLSContext? = nil) async throws -> HTTP2TestClient {
    let seen = Signal(Seen())
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let operations = channel.pipeline.syncOperations
          if let tls { try operations.addHandler(TLSHandler(client: tls, serverName: "127.0.0.1")) }
          try operations.addHandler(
            NIOHTTP2Handler(mode: .client, eventLoop: channel.eventLoop) { $0.close() })
          try operations.addHandler(ConnectionRecorder(seen: seen))
        }
      }
      .connect(host: address.host, port: address.port).get()
    let multiplexer = try await channel.pipeline.handler(type: NIOHTTP2Handler.self)
      .flatMap { $0.multiplexer }.get()
    // Until the server has said so, no frame may be larger than the protocol's default.
    _ = await seen.reaches { $0.hasSettings || $0.isClosed }
    return HTTP2TestClient(channel: channel, multiplexer: multiplexer, seen: seen)
  }

  /// Opens a stream with a request.
  /// - Parameter body: nil leaves the stream open for more.
  func open(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: String? = ""
  ) async throws -> HTTP2TestStream {
    let answer = Signal(Answer())
    let created = channel.eventLoop.makePromise(of: (any Channel).self)
    multiplexer.createStreamChannel(promise: created) { stream in
      stream.eventLoop.makeCompletedFuture {
        try stream.pipeline.syncOperations.addHandler(StreamRecorder(answer: answer))
      }
    }
    let stream = HTTP2TestStream(channel: try await created.futureResult.get(), answer: answer)
    var fields = HPACKHeaders([
      (":method", method), (":scheme", "http"), (":authority", "a"), (":path", path),
    ])
    for (name, value) in headers { fields.add(name: name, value: value) }
    let ends = body?.isEmpty == true
    try await stream.write(.headers(.init(headers: fields, endStream: ends)))
    if let body, !ends { try await stream.send(body, ends: true) }
    return stream
  }

  /// Sends a request and waits for the end of its stream.
  func request(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: String = ""
  ) async throws -> Answer {
    let stream = try await open(method, path, headers: headers, body: body)
    _ = await stream.answer.reaches { $0.isClosed }
    return stream.answer.value
  }

  func close() async throws { try await channel.close() }

  private final class ConnectionRecorder: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    let seen: Signal<Seen>

    init(seen: Signal<Seen>) { self.seen = seen }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch Self.unwrapInboundIn(data).payload {
      case .goAway(_, let code, _): seen.update { $0.goAway = $0.goAway ?? code }
      case .settings(.settings): seen.update { $0.hasSettings = true }
      default: break
      }
    }

    func channelInactive(context: ChannelHandlerContext) { seen.update { $0.isClosed = true } }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
  }

  private final class StreamRecorder: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    let answer: Signal<Answer>

    init(answer: Signal<Answer>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch Self.unwrapInboundIn(data) {
      case .headers(let frame):
        answer.update { answer in
          for (name, value, _) in frame.headers {
            if name == ":status" { answer.status = Int(value) ?? 0 } else { answer.headers[name] = value }
          }
          answer.isComplete = frame.endStream
        }
      case .data(let frame):
        guard case .byteBuffer(let bytes) = frame.data else { return }
        answer.update {
          $0.body += String(buffer: bytes)
          $0.isComplete = frame.endStream
        }
      default:
        break
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      if let error = error as? NIOHTTP2Errors.StreamClosed { answer.update { $0.reset = error.errorCode } }
    }

    func channelInactive(context: ChannelHandlerContext) { answer.update { $0.isClosed = true } }
  }
}

/// One stream of an HTTP/2 connection.
struct HTTP2TestStream: Sendable {
  let channel: any Channel
  let answer: Signal<HTTP2TestClient.Answer>

  func write(_ payload: HTTP2Frame.FramePayload) async throws { try await channel.writeAndFlush(payload) }

  func send(_ text: String, ends: Bool) async throws {
    try await write(.data(.init(data: .byteBuffer(ByteBuffer(string: text)), endStream: ends)))
  }

  func reset() async throws { try await write(.rstStream(.cancel)) }
}
