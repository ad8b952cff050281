import HTTPService
import NIOCore
import NIOPosix
import Synchronization

/// A server that answers with bytes of the test's choice, for answers that no honest server gives.
final class RawServer: Sendable {
  /// What is done with what came of a request: bytes to send, and whether to close then.
  typealias Script = @Sendable (_ connection: Int, _ request: Int) -> (send: String, close: Bool)

  let address: HTTPAddress

  private init(_ address: HTTPAddress) { self.address = address }

  private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
      value.withLock {
        $0 += 1
        return $0
      }
    }
  }

  static func with(_ script: @escaping Script, test: (RawServer) async throws -> Void) async throws {
    let connections = Counter()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Handler(connections.next(), script))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let address = HTTPAddress(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
    try await test(RawServer(address))
    try await channel.close()
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: Int
    private let script: Script
    private var requests = 0

    init(_ connection: Int, _ script: @escaping Script) {
      self.connection = connection
      self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      requests += 1
      let (text, close) = script(connection, requests)
      let sent = context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
      if close { sent.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
