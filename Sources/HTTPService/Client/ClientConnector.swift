import NIOCore
import NIOHTTP1
import NIOPosix
import Security

/// Makes connections to servers.
struct ClientConnector: Sendable {
  let group: any EventLoopGroup
  let options: HTTPClientOptions
  /// Whether connections may be given to another protocol than HTTP.
  var isForStreams = false

  /// Connects to the first address of the host that answers, and makes the TLS handshake.
  ///
  /// - Parameters:
  ///   - context: nil for a connection in the clear.
  ///   - serverName: whom the certificate must be for.
  func connect(
    to place: HTTPAddress, context: TLSContext?, serverName: String, _ call: ClientCall
  ) async throws(ClientFailure) -> ClientConnection {
    let addresses = try await HostResolver.addresses(place, call)
    // As Go has it, the first address's error is the one to tell.
    var first: ClientFailure?
    for address in addresses {
      do throws(ClientFailure) {
        let connection = try await connect(to: address, context: context, serverName: serverName, call)
        if context != nil { try await connection.waitUntilReady(call) }
        return connection
      } catch {
        guard error.kind == .connect else { throw error }
        first = first ?? error
      }
    }
    throw first ?? ClientFailure(.connect, "dial tcp: lookup \(place.host): no such host")
  }

  private func connect(
    to address: SocketAddress, context: TLSContext?, serverName: String, _ call: ClientCall
  ) async throws(ClientFailure) -> ClientConnection {
    let limit = options.tlsHandshakeTimeout
    let isForStreams = isForStreams
    let bootstrap = ClientBootstrap(group: group.next())
      .connectTimeout(options.connectTimeout)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.allowRemoteHalfClosure, value: isForStreams)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let context {
            try pipeline.addHandler(
              TLSHandler(client: context, serverName: serverName, handshakeTimeLimit: limit))
          }
          let counter = ClientByteCounter()
          try pipeline.addHandler(counter, name: Self.httpHandlerNames[0])
          try Self.addHTTP(pipeline, forwardsRest: isForStreams)
          try pipeline.addHandler(ClientExchangeHandler(counter: counter, isSecure: context != nil))
        }
      }
    return try await call.wait { waiter in
      bootstrap.connect(to: address).flatMapThrowing { try ClientConnection($0, context: context) }
        .whenComplete { result in
          switch result {
          // Nobody waits any more when the call has ended meanwhile.
          case .success(let connection): if !waiter.finish(.success(connection)) { connection.close() }
          case .failure(let error): waiter.finish(.failure(.dial(address, error)))
          }
        }
      return {}
    }
  }

  /// What speaks HTTP in a connection's pipeline, and is taken out when another protocol takes over.
  static let httpHandlerNames = ["counter", "encoder", "validator", "decoder"]

  /// - Parameter forwardsRest: whether bytes behind the answer that the parser has are handed on, not dropped.
  private static func addHTTP(
    _ pipeline: ChannelPipeline.SynchronousOperations, forwardsRest: Bool
  ) throws {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = ClientByteCounter.headerLimit
    limits.maxHeaderListSize = ClientByteCounter.headerLimit
    try pipeline.addHandler(HTTPRequestEncoder(), name: httpHandlerNames[1])
    try pipeline.addHandler(
      ByteToMessageHandler(
        HTTPResponseDecoder(
          leftOverBytesStrategy: forwardsRest ? .forwardBytes : .dropBytes, limitConfiguration: limits)),
      name: httpHandlerNames[3])
    try pipeline.addHandler(NIOHTTPRequestHeadersValidator(), name: httpHandlerNames[2])
  }
}
