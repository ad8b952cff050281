import NIOCore
import Security
import Synchronization

/// The connections of a client: those at rest, and how many each host has in use.
final class ClientConnectionPool: Sendable {
  /// Connections that can stand for each other.
  struct Key: Hashable, Sendable {
    var isSecure: Bool
    var place: HTTPAddress
    var serverName: String
  }

  /// A place among a host's connections, to be given back.
  enum Lease: Sendable {
    case used(ClientConnection)
    /// The holder makes the connection itself.
    case new
  }

  private struct Host {
    /// The last one was used last.
    var idle: [ClientConnection] = []
    var leased = 0
    var waiters: [(id: Int, waiter: ClientWaiter<Lease>)] = []
  }

  private struct State {
    var hosts: [Key: Host] = [:]
    var nextWaiter = 0
    var isShutDown = false
  }

  private let options: HTTPClientOptions
  private let state = Mutex(State())

  init(_ options: HTTPClientOptions) { self.options = options }

  /// Waits for a place, or takes a connection at rest that speaks TLS with `context`.
  func lease(_ key: Key, _ context: TLSContext?, _ call: ClientCall) async throws(ClientFailure) -> Lease {
    let lease = try await call.wait { (waiter: ClientWaiter<Lease>) in
      var stale: [ClientConnection] = []
      let (outcome, id) = state.withLock { state in take(key, context, waiter, &state, &stale) }
      for connection in stale { connection.close() }
      if let outcome, !waiter.finish(outcome), case .success(let lease) = outcome { giveBack(key, lease) }
      return { [weak self] in if let id { self?.forget(id, key) } }
    }
    guard case .used(let connection) = lease else { return lease }
    connection.stopIdling()
    guard connection.context === context, connection.channel.isActive else {
      connection.close()
      return .new
    }
    return lease
  }

  private func take(
    _ key: Key, _ context: TLSContext?, _ waiter: ClientWaiter<Lease>, _ state: inout State,
    _ stale: inout [ClientConnection]
  ) -> (ClientWaiter<Lease>.Outcome?, Int?) {
    guard !state.isShutDown else { return (.failure(ClientFailure(.cancelled, "client is shut down")), nil) }
    var host = state.hosts[key] ?? Host()
    defer { state.hosts[key] = host }
    while let connection = host.idle.popLast() {
      guard connection.context === context, connection.channel.isActive else {
        stale.append(connection)
        continue
      }
      host.leased += 1
      return (.success(.used(connection)), nil)
    }
    if host.leased < options.maxConnectionsPerHost {
      host.leased += 1
      return (.success(.new), nil)
    }
    state.nextWaiter += 1
    host.waiters.append((state.nextWaiter, waiter))
    return (nil, state.nextWaiter)
  }

  private func forget(_ id: Int, _ key: Key) {
    state.withLock { $0.hosts[key]?.waiters.removeAll { $0.id == id } }
  }

  /// Gives a place back.
  ///
  /// - Parameter lease: with the connection when it can be used again.
  func giveBack(_ key: Key, _ lease: Lease) {
    let rejected = state.withLock { state -> ClientConnection? in
      guard var host = state.hosts[key] else { return nil }
      defer { state.hosts[key] = host.leased == 0 && host.idle.isEmpty && host.waiters.isEmpty ? nil : host }
      while !host.waiters.isEmpty {
        if host.waiters.removeFirst().waiter.finish(.success(lease)) { return nil }
      }
      host.leased -= 1
      guard case .used(let connection) = lease else { return nil }
      guard !state.isShutDown, host.idle.count < options.maxIdleConnectionsPerHost else { return connection }
      host.idle.append(connection)
      connection.startIdling(for: options.idleTimeout)
      return nil
    }
    rejected?.close()
  }

  /// Takes a connection that has closed out of those at rest.
  func remove(_ connection: ClientConnection, _ key: Key) {
    connection.stopIdling()
    state.withLock { state in
      guard var host = state.hosts[key] else { return }
      host.idle.removeAll { $0 === connection }
      state.hosts[key] = host.leased == 0 && host.idle.isEmpty && host.waiters.isEmpty ? nil : host
    }
  }

  /// Connections at rest.
  var idleCount: Int { state.withLock { $0.hosts.values.reduce(0) { $0 + $1.idle.count } } }

  /// Refuses new requests and hands over the connections at rest, for closing.
  func shutDown() -> [ClientConnection] {
    let (idle, waiters) = state.withLock { state in
      state.isShutDown = true
      let found = (state.hosts.values.flatMap(\.idle), state.hosts.values.flatMap(\.waiters))
      for key in state.hosts.keys {
        state.hosts[key]?.idle = []
        state.hosts[key]?.waiters = []
      }
      return found
    }
    for waiter in waiters { waiter.waiter.finish(.failure(ClientFailure(.cancelled, "client is shut down"))) }
    return idle
  }
}
