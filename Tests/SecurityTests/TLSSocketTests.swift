import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import Security

/// Over real sockets.
@Suite struct TLSSocketTests {
  let pki: TestPKI
  let server: TLSContext
  let client: TLSContext

  init() throws {
    pki = try TestPKI()
    var configuration = TLSServerConfiguration(identity: try pki.server(["localhost"]))
    configuration.clientCA = [pki.root]
    server = try .server(configuration)
    client = try .client(TLSClientConfiguration(trust: .authorities([pki.root])))
  }

  /// Runs a server that answers with `handler`, and gives its port to `body`.
  func serving(
    _ handler: @escaping @Sendable () -> any ChannelHandler,
    _ body: (Int, any EventLoopGroup) async throws -> Void
  ) async throws {
    let server = server
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let listener = try await ServerBootstrap(group: group)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(TLSHandler(server: server), handler())
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    try await body(try #require(listener.localAddress?.port), group)
    try await listener.close()
    try await group.shutdownGracefully()
  }

  func connect(_ port: Int, _ group: any EventLoopGroup, _ expected: ByteBuffer) async throws
    -> (any Channel, EventLoopFuture<Bool>)
  {
    let client = client
    let promise = group.next().makePromise(of: Bool.self)
    let handshake = group.next().makePromise(of: Void.self)
    let channel = try await ClientBootstrap(group: group)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let handlers: [any ChannelHandler] = [
            TLSHandler(client: client, serverName: "localhost"), Collector(expected, promise, handshake),
          ]
          try channel.pipeline.syncOperations.addHandlers(handlers)
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    // Before the handshake's end only so much may be written.
    try await handshake.futureResult.get()
    return (channel, promise.futureResult)
  }

  @Test func muchDataGoesBothWays() async throws {
    var random = Fixed()
    var sent = ByteBuffer()
    while sent.readableBytes < 10 * 1024 * 1024 { sent.writeInteger(random.next()) }
    try await serving({ Echo() }) { port, group in
      let (channel, same) = try await connect(port, group, sent)
      let writes = (0..<10).map { part in
        channel.write(sent.getSlice(at: part << 20, length: 1 << 20) ?? ByteBuffer())
      }
      channel.flush()
      #expect(try await same.get())
      for write in writes { try await write.get() }
      try await channel.close()
    }
  }

  @Test func halfClosureLetsTheOtherSideFinish() async throws {
    try await serving({ AnswerAtEnd() }) { port, group in
      let (channel, same) = try await connect(port, group, ByteBuffer(string: "5 bytes"))
      channel.writeAndFlush(ByteBuffer(string: "hello"), promise: nil)
      try await channel.close(mode: .output)
      #expect(try await same.get())
      try await channel.closeFuture.get()
    }
  }

  @Test func opensslClientGetsAnAnswer() async throws {
    guard access("/usr/bin/openssl", X_OK) == 0 else { return }
    let directory = try TemporaryDirectory()
    try directory.write(pki.root.pem, "ca.pem")
    let jane = try pki.client("jane")
    try directory.write(jane.chain[0].pem + jane.key.pem, "jane.pem")
    let path = directory.path
    try await serving({ Echo() }) { port, _ in
      for version in ["-tls1_2", "-tls1_3"] {
        let command =
          "(echo ping; sleep 0.3) | timeout 10 /usr/bin/openssl s_client -connect 127.0.0.1:\(port)"
          + " \(version) -servername localhost -verify_return_error -verify_hostname localhost -CAfile \(path)/ca.pem"
          + " -cert \(path)/jane.pem -alpn h2 2>&1"
        let output = await Task.detached { run(command) }.value
        #expect(output.contains("Verify return code: 0 (ok)"))
        #expect(output.contains("ALPN protocol: h2"))
        #expect(output.contains("CN = test-ca"))
        #expect(output.contains("ping\n"))
      }
    }
  }
}

/// The output of a shell command.
private func run(_ command: String) -> String {
  guard let pipe = popen(command, "r") else { return "" }
  defer { pclose(pipe) }
  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = fread(&chunk, 1, chunk.count, pipe)
    guard count > 0 else { return String(decoding: output, as: UTF8.self) }
    output += chunk[..<count]
  }
}

/// Sends back what it gets.
private final class Echo: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.writeAndFlush(data, promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }
}

/// Says how much it got when there is no more to get.
private final class AnswerAtEnd: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private var count = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    count += unwrapInboundIn(data).readableBytes
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case ChannelEvent.inputClosed = event else { return }
    context.writeAndFlush(NIOAny(ByteBuffer(string: "\(count) bytes")), promise: nil)
    context.close(promise: nil)
  }
}

/// Tells whether what comes is what was expected.
private final class Collector: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let expected: ByteBuffer
  private let promise: EventLoopPromise<Bool>
  private let handshake: EventLoopPromise<Void>
  private var received = ByteBuffer()

  init(_ expected: ByteBuffer, _ promise: EventLoopPromise<Bool>, _ handshake: EventLoopPromise<Void>) {
    self.expected = expected
    self.promise = promise
    self.handshake = handshake
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    received.writeBuffer(&buffer)
    if received.readableBytes >= expected.readableBytes { promise.succeed(received == expected) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is TLSHandshakeCompleted { handshake.succeed() }
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    handshake.fail(ChannelError.ioOnClosedChannel)
    promise.succeed(received == expected)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    handshake.fail(error)
    promise.fail(error)
  }
}
