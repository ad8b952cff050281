import Logging
import NIOCore
import Synchronization

/// What every connection of a server works with.
final class ServiceContext: Sendable {
  let configuration: HTTPServerConfiguration
  let responder: any HTTPResponder
  let logger: Logger
  let drain = DrainSignal()
  let connections: ConnectionRegistry

  init(configuration: HTTPServerConfiguration, responder: any HTTPResponder, logger: Logger) {
    self.configuration = configuration
    self.responder = responder
    self.logger = logger
    connections = ConnectionRegistry(limit: configuration.maxConnections)
  }
}

/// The open connections of a server.
final class ConnectionRegistry: Sendable {
  private struct State {
    var channels: [ObjectIdentifier: any Channel] = [:]
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  var count: Int { state.withLock { $0.channels.count } }
  var all: [any Channel] { state.withLock { Array($0.channels.values) } }

  /// Takes a connection in until it closes; false when there are too many.
  func admit(_ channel: any Channel) -> Bool {
    let id = ObjectIdentifier(channel)
    let isAdmitted = state.withLock { state in
      guard state.channels.count < limit else { return false }
      state.channels[id] = channel
      return true
    }
    if isAdmitted { channel.closeFuture.whenComplete { _ in self.remove(id) } }
    return isAdmitted
  }

  private func remove(_ id: ObjectIdentifier) {
    let waiters = state.withLock { state in
      state.channels[id] = nil
      guard state.channels.isEmpty else { return [] as [CheckedContinuation<Void, Never>] }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when no connection is open, or when the task is cancelled.
  func waitUntilEmpty() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.channels.isEmpty || Task.isCancelled { return true }
          state.waiters.append(continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      let waiters = state.withLock { state in
        defer { state.waiters = [] }
        return state.waiters
      }
      for waiter in waiters { waiter.resume() }
    }
  }
}
