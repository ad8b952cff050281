import Synchronization

/// A request on its way: waits for one thing after another until a time limit or cancellation ends it.
final class ClientCall: Sendable {
  private struct State {
    var failure: ClientFailure?
    var abort: (@Sendable (ClientFailure) -> Void)?
  }

  private let state = Mutex(State())

  /// Ends the call: what it waits for fails now, and so does everything later.
  func end(_ failure: ClientFailure) {
    let abort = state.withLock { state -> (@Sendable (ClientFailure) -> Void)? in
      guard state.failure == nil else { return nil }
      state.failure = failure
      return state.abort
    }
    abort?(failure)
  }

  /// Waits for something.
  ///
  /// - Parameter begin: sets it going, to finish the waiter once, and returns what gives it up.
  func wait<T: Sendable>(
    _ begin: (ClientWaiter<T>) -> @Sendable () -> Void
  ) async throws(ClientFailure) -> T {
    if let failure = state.withLock(\.failure) { throw failure }
    let result = await withCheckedContinuation { continuation in
      let waiter = ClientWaiter<T>(continuation)
      let giveUp = begin(waiter)
      let failure = state.withLock { state in
        if state.failure == nil {
          state.abort = { if waiter.finish(.failure($0)) { giveUp() } }
        }
        return state.failure
      }
      if let failure, waiter.finish(.failure(failure)) { giveUp() }
    }
    state.withLock { $0.abort = nil }
    return try result.get()
  }
}

/// Whoever waits for one result; the first one counts.
final class ClientWaiter<T: Sendable>: Sendable {
  typealias Outcome = Result<T, ClientFailure>

  private let continuation: Mutex<CheckedContinuation<Outcome, Never>?>

  init(_ continuation: CheckedContinuation<Outcome, Never>) {
    self.continuation = Mutex(continuation)
  }

  /// - Returns: whether this was the first result.
  @discardableResult
  func finish(_ outcome: Outcome) -> Bool {
    let waiting = continuation.withLock { continuation in
      defer { continuation = nil }
      return continuation
    }
    waiting?.resume(returning: outcome)
    return waiting != nil
  }
}
