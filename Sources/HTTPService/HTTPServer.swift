import Glibc
import Logging
import NIOCore
import NIOPosix
import Security
import Synchronization

/// Why a server can't start.
public enum HTTPServerError: Error, Sendable, CustomStringConvertible {
  case addressInUse(HTTPAddress)
  case cannotListen(HTTPAddress, reason: String)
  /// A server starts once.
  case alreadyStarted

  public var description: String {
    switch self {
    case .addressInUse(let address): "cannot listen on \(address): the address is already in use"
    case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
    case .alreadyStarted: "the server has been started before"
    }
  }
}

/// An HTTP/1.1 and HTTP/2 server.
public final class HTTPServer: Sendable {
  private enum State {
    case new
    case starting
    case running(MultiThreadedEventLoopGroup, listeners: [any Channel])
    case stopped
  }

  private let service: ServiceContext
  private let state = Mutex(State.new)

  /// A server that listens once it is started.
  public init(configuration: HTTPServerConfiguration, responder: any HTTPResponder, logger: Logger) {
    service = ServiceContext(configuration: configuration, responder: responder, logger: logger)
  }

  /// Tells when the server begins to drain.
  public var drainSignal: DrainSignal { service.drain }

  /// The connections open now.
  public var connectionCount: Int { service.connections.count }

  /// Listens on every configured address.
  /// - Returns: the addresses in the same order, with the ports that the system chose.
  public func start() async throws(HTTPServerError) -> [HTTPAddress] {
    let isNew = state.withLock { state in
      guard case .new = state else { return false }
      state = .starting
      return true
    }
    guard isNew else { throw .alreadyStarted }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, service.configuration.threads))
    var listeners: [any Channel] = []
    do throws(HTTPServerError) {
      for address in service.configuration.addresses {
        listeners.append(try await listen(on: address, group: group))
      }
    } catch {
      for listener in listeners { try? await listener.close() }
      try? await group.shutdownGracefully()
      state.withLock { $0 = .stopped }
      throw error
    }
    state.withLock { $0 = .running(group, listeners: listeners) }
    return zip(listeners, service.configuration.addresses).map { HTTPAddress($0.localAddress) ?? $1 }
  }

  private func listen(
    on address: HTTPAddress, group: MultiThreadedEventLoopGroup
  ) async throws(HTTPServerError) -> any Channel {
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { [service] channel in
        channel.eventLoop.makeCompletedFuture { try Self.prepare(channel, service) }
      }
    do {
      return try await bootstrap.bind(host: address.host, port: address.port).get()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw .addressInUse(address)
    } catch let error as IOError {
      throw .cannotListen(address, reason: String(cString: strerror(error.errnoCode)))
    } catch {
      throw .cannotListen(address, reason: "\(error)")
    }
  }

  private struct TooManyConnections: Error {}

  /// Makes an accepted connection ready; an error closes it.
  private static func prepare(_ channel: any Channel, _ service: ServiceContext) throws {
    guard service.connections.admit(channel) else {
      service.logger.debug("connection refused: too many are open")
      throw TooManyConnections()
    }
    let info = HTTPConnectionInfo(
      remoteAddress: HTTPAddress(channel.remoteAddress), localAddress: HTTPAddress(channel.localAddress))
    let operations = channel.pipeline.syncOperations
    if let tls = service.configuration.tls { try operations.addHandler(TLSHandler(server: tls())) }
    try operations.addHandler(ProtocolSelector(service: service, info: info))
  }

  /// Stops: accepts no more connections, tells clients to go, lets requests end, and after the deadline
  /// closes what is left. Returns when everything is closed.
  public func drain(deadline: Duration) async {
    let running = state.withLock { state -> (MultiThreadedEventLoopGroup, [any Channel])? in
      guard case .running(let group, let listeners) = state else { return nil }
      state = .stopped
      return (group, listeners)
    }
    guard let (group, listeners) = running else { return }
    service.drain.begin()
    for listener in listeners { try? await listener.close() }
    for channel in service.connections.all {
      channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
    await waitUntilEmpty(atMost: deadline)
    for channel in service.connections.all { channel.close(promise: nil) }
    await waitUntilEmpty(atMost: .seconds(2))
    try? await group.shutdownGracefully()
  }

  private func waitUntilEmpty(atMost time: Duration) async {
    await withTaskGroup(of: Void.self) { [service] group in
      group.addTask { await service.connections.waitUntilEmpty() }
      group.addTask { try? await Task.sleep(for: time) }
      await group.next()
      group.cancelAll()
    }
  }
}
