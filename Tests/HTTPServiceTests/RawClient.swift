import HTTPService
import NIOCore
import NIOPosix
import Synchronization

/// A TCP connection on which a test says what it likes, and sees what comes back.
final class RawClient: Sendable {
  private let channel: any Channel
  private let recorder: Recorder

  final class Recorder: Sendable {
    struct State {
      var bytes: [UInt8] = []
      var isClosed = false
    }
    let state = Mutex(State())
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    let recorder: Recorder

    init(_ recorder: Recorder) { self.recorder = recorder }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = Self.unwrapInboundIn(data)
      recorder.state.withLock { $0.bytes.append(contentsOf: bytes.readableBytesView) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case ChannelEvent.inputClosed = event { recorder.state.withLock { $0.isClosed = true } }
    }

    func channelInactive(context: ChannelHandlerContext) { recorder.state.withLock { $0.isClosed = true } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }

  private init(channel: any Channel, recorder: Recorder) {
    self.channel = channel
    self.recorder = recorder
  }

  static func connect(to address: HTTPAddress) async throws -> RawClient {
    let recorder = Recorder()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Handler(recorder))
        }
      }
      .connect(host: address.host, port: address.port).get()
    return RawClient(channel: channel, recorder: recorder)
  }

  /// Sends the text and waits until it is written.
  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

  /// Everything received so far.
  var received: String { String(decoding: bytes, as: UTF8.self) }
  var bytes: [UInt8] { recorder.state.withLock { $0.bytes } }
  var isClosed: Bool { recorder.state.withLock { $0.isClosed } }

  /// Waits until the text has come so many times.
  func receives(_ text: String, times: Int = 1) async -> Bool {
    await eventually { self.received.split(separator: text, omittingEmptySubsequences: false).count > times }
  }

  /// Waits until the server has closed its side.
  func isClosedByServer() async -> Bool { await eventually { self.isClosed } }

  func setReading(_ isReading: Bool) async throws {
    try await channel.setOption(.autoRead, value: isReading).get()
    if isReading { channel.read() }
  }

  func shutDownOutput() async throws { try await channel.close(mode: .output) }
  func close() async throws { try await channel.close() }

  /// Sends one request and gives all that the server sends before it closes the connection.
  static func exchange(_ request: String, with address: HTTPAddress) async throws -> String {
    let client = try await connect(to: address)
    try await client.send(request)
    _ = await client.isClosedByServer()
    try? await client.close()
    return client.received
  }
}
