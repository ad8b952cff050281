import NIOCore

extension ExchangeHandler {
  /// What the connection waits for the client to do, each with its time limit.
  enum Wait: Equatable {
    case none
    /// To begin a request.
    case request
    /// To complete the head of a request.
    case head
    /// To send more of a body.
    case body
    /// To take more of an answer.
    case write
    /// To notice that the connection ends.
    case linger
  }

  /// Whether some bytes of a next request have come.
  var hasPartialHead: Bool {
    guard case .http1(let handlers) = wire else { return false }
    return handlers.tap.hasBytes
  }

  private var presentWait: Wait {
    switch state {
    case .idle:
      guard isHTTP1 else { return .none }
      return !isWritable ? .write : hasPartialHead ? .head : .request
    case .assembling, .discarding:
      return .body
    case .running(let exchange):
      if exchange.outbox != nil && !isWritable { return .write }
      let awaitsBody = !exchange.isBodyComplete && exchange.wantsBody && !exchange.isBodyBroken
      return awaitsBody && !exchange.awaitsContinue ? .body : .none
    case .closing:
      return closingWait
    case .upgraded:
      return .none
    }
  }

  /// Sets the time limit that fits the state. One that already runs goes on, unless a body has moved.
  func updateWait() {
    let present = presentWait
    let moved = hasBodyProgress
    hasBodyProgress = false
    if present == wait && !(present == .body && moved) { return }
    wait = present
    switch present {
    case .none: timer?.disarm()
    case .request: timer?.arm(after: service.configuration.idleTimeout)
    case .head: timer?.arm(after: service.configuration.requestHeaderTimeout)
    case .body: timer?.arm(after: service.configuration.bodyReadTimeout)
    case .write: timer?.arm(after: service.configuration.writeTimeout)
    case .linger: timer?.arm(after: .milliseconds(500))
    }
  }

  /// The time limit has passed. A slow head gets no answer, as from Go's server.
  func waitedTooLong() {
    let waited = wait
    wait = .none
    switch (state, waited) {
    case (.running(let exchange), .body):
      exchange.isBodyBroken = true
      exchange.keepsAlive = false
      exchange.inbox?.fail(.timedOut)
    case (.running(let exchange), _):
      exchange.outbox?.fail(.timedOut)
      abort(exchange)
    default:
      context?.close(promise: nil)
    }
  }
}
