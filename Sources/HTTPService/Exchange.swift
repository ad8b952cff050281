import NIOCore
import NIOHTTP1

/// One request and its answer, as the event loop sees them. Used on the loop only.
final class Exchange {
  let id: Int
  let head: HTTPRequestHead
  /// Whether the connection may serve another request afterwards.
  var keepsAlive: Bool
  /// Where the body goes while it arrives; nil when it was all there at the start.
  var inbox: HTTPBody.Source?
  var isBodyComplete: Bool
  /// The rest of the body can't be read: bad framing, or the client stopped sending.
  var isBodyBroken = false
  /// Whether the responder has room for more of the body.
  var wantsBody = true
  /// Whether the client waits for `100 Continue` before it sends the body.
  var awaitsContinue: Bool
  var receivedBytes: Int
  let declaredLength: Int?
  /// Where a streamed answer comes from.
  var outbox: Outbox<ByteBuffer>?
  var task: Task<Void, Never>?

  init(id: Int, assembly: Assembly, isComplete: Bool) {
    self.id = id
    head = assembly.head
    keepsAlive = assembly.keepsAlive
    isBodyComplete = isComplete
    awaitsContinue = assembly.awaitsContinue
    receivedBytes = assembly.body.readableBytes
    declaredLength = assembly.declaredLength
  }

  var isHead: Bool { head.method == .HEAD }

  /// The client is gone: everything that waits for it ends.
  func abandon() {
    task?.cancel()
    inbox?.fail(.disconnected)
    outbox?.fail(.clientGone)
  }
}

/// A request whose body may still be in the bytes just read: it is handed over once those are parsed, so
/// that a small request is complete from the start.
struct Assembly {
  var head: HTTPRequestHead
  var target: RequestTarget
  var keepsAlive: Bool
  var awaitsContinue: Bool
  var declaredLength: Int?
  var body = ByteBuffer()
}

/// A way from the task that answers to the loop that sends: work that is done if the exchange still goes on.
struct ExchangeLink: Sendable {
  let handler: NIOLoopBound<ExchangeHandler>
  let loop: any EventLoop
  let id: Int

  /// Does the work on the loop, or nothing if the exchange is over by then.
  func perform(_ work: @escaping @Sendable (ExchangeHandler, Exchange) -> Void) {
    loop.execute {
      let handler = handler.value
      guard case .running(let exchange) = handler.state, exchange.id == id else { return }
      work(handler, exchange)
    }
  }
}
