import HTTPService
import NIOCore
import NIOPosix
import Security
import Synchronization

/// A connection on which a test says what it likes, with TLS or without, and sees what comes back.
public final class RawConnection: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isClosed = false
  }

  private final class Recorder: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    let state = Mutex(State())

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = Self.unwrapInboundIn(data)
      state.withLock { $0.bytes.append(contentsOf: bytes.readableBytesView) }
    }

    func channelInactive(context: ChannelHandlerContext) { state.withLock { $0.isClosed = true } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }

  private let channel: any Channel
  private let recorder: Recorder

  private init(channel: any Channel, recorder: Recorder) {
    self.channel = channel
    self.recorder = recorder
  }

  /// - Parameter isTLS: whether the bytes go through TLS; the server's certificate isn't looked at.
  public static func connect(to address: HTTPAddress, isTLS: Bool) async throws -> RawConnection {
    let recorder = Recorder()
    let tls = isTLS ? try TLSContext.client(TLSClientConfiguration(trust: .anyone)) : nil
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(TLSHandler(client: tls, serverName: "127.0.0.1"))
          }
          try channel.pipeline.syncOperations.addHandler(recorder)
        }
      }
      .connect(host: address.host, port: address.port).get()
    return RawConnection(channel: channel, recorder: recorder)
  }

  /// Sends the bytes. A server that has closed the connection meanwhile is no error.
  public func send(_ bytes: [UInt8]) async { try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

  public func send(_ text: String) async { await send(Array(text.utf8)) }

  /// Ends the sending half of the connection.
  public func endOutput() async { try? await channel.close(mode: .output) }

  public func close() async { try? await channel.close() }

  /// Everything received so far, as text.
  public var received: String { recorder.state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

  /// Waits until the text has come, for ten seconds at most.
  public func receives(_ text: String) async -> Bool { await eventually { self.received.contains(text) } }

  /// Waits until the server has closed the connection, for ten seconds at most.
  public func isClosedByServer() async -> Bool {
    await eventually { self.recorder.state.withLock { $0.isClosed } }
  }
}

/// Looks again and again and tells whether the condition came to hold.
/// - Parameter seconds: how long at most.
public func eventually(seconds: Int = 10, _ condition: () async throws -> Bool) async rethrows -> Bool {
  let end = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < end {
    if try await condition() { return true }
    try? await Task.sleep(for: .milliseconds(10))
  }
  return try await condition()
}
