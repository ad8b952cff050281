import Glibc
import Logging
import NIOCore
import NIOPosix

/// Connections to a responder in this process, by no network: what is sent is parsed and answered as by an
/// ``HTTPServer``, with its bounds.
public enum InProcessConnection {
  /// Opens a connection.
  /// - Returns: the client's end.
  public static func open(
    to responder: any HTTPResponder,
    configuration: HTTPServerConfiguration = HTTPServerConfiguration(addresses: []),
    logger: Logger = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }
  ) async throws -> ConnectionStream {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    else {
      throw ByteStreamError.disconnected
    }
    let service = ServiceContext(configuration: configuration, responder: responder, logger: logger)
    let group = MultiThreadedEventLoopGroup.singleton
    do {
      _ = try await ClientBootstrap(group: group)
        .channelOption(.allowRemoteHalfClosure, value: true)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try HTTP1Handlers.install(on: channel, service: service, info: HTTPConnectionInfo())
          }
        }
        .withConnectedSocket(ends[0]).get()
    } catch {
      Glibc.close(ends[1])
      throw error
    }
    return try await ClientBootstrap(group: group)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ConnectionStreamHandler(task: nil))
        }
      }
      .withConnectedSocket(ends[1]).flatMapThrowing { channel in
        try channel.pipeline.syncOperations.handler(type: ConnectionStreamHandler.self).stream(of: channel)
      }.get()
  }
}
