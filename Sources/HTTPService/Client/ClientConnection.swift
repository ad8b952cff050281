import NIOCore
import NIOHTTP1
import Security
import Synchronization

/// An open connection to a server.
final class ClientConnection: Sendable {
  let channel: any Channel
  /// What it speaks TLS with; a connection from before a change of the files is not used again.
  let context: TLSContext?
  private let handler: NIOLoopBound<ClientExchangeHandler>
  private let idleTimer = Mutex<Scheduled<Void>?>(nil)

  /// Used on the channel's loop.
  init(_ channel: any Channel, context: TLSContext?) throws {
    self.channel = channel
    self.context = context
    handler = NIOLoopBound(
      try channel.pipeline.syncOperations.handler(type: ClientExchangeHandler.self),
      eventLoop: channel.eventLoop)
  }

  func close() { channel.close(promise: nil) }

  /// Closes the connection when it is not taken in time.
  func startIdling(for time: TimeAmount) {
    let timer = channel.eventLoop.scheduleTask(in: time) { [channel] in channel.close(promise: nil) }
    idleTimer.withLock { $0 = timer }
  }

  func stopIdling() {
    idleTimer.withLock { timer in
      timer?.cancel()
      timer = nil
    }
  }

  /// Waits for the end of the TLS handshake.
  func waitUntilReady(_ call: ClientCall) async throws(ClientFailure) {
    try await call.wait { (waiter: ClientWaiter<Void>) in
      channel.eventLoop.execute { [handler] in handler.value.whenReady { waiter.finish($0) } }
      return { [channel] in channel.close(promise: nil) }
    }
  }

  /// Sends a request and waits for the whole answer.
  ///
  /// - Returns: the answer, and whether the connection can be used again.
  func send(
    _ head: HTTPRequestHead, _ body: [UInt8], maximumBytes: Int, _ call: ClientCall
  ) async throws(ClientFailure) -> (ClientResponse, Bool) {
    try await call.wait { (waiter: ClientWaiter<(ClientResponse, Bool)>) in
      channel.eventLoop.execute { [handler] in
        let exchange = ClientExchange(finish: { waiter.finish($0) }, maximumBytes: maximumBytes)
        handler.value.run(head, body, exchange)
      }
      return { [channel] in channel.close(promise: nil) }
    }
  }

  /// Sends the head of a request whose answer is read bit by bit; the connection serves no other request. Used
  /// on the channel's loop.
  /// - Parameters:
  ///   - hasBody: whether the body and the end of the request are sent later.
  ///   - waiter: gets the head of the answer.
  /// - Returns: what the rest of the request is sent by, and the body of the answer comes to.
  func beginStream(
    _ head: HTTPRequestHead, hasBody: Bool, _ waiter: ClientWaiter<ClientStreamHandler.Opened>
  ) throws -> NIOLoopBound<ClientStreamHandler> {
    let operations = channel.pipeline.syncOperations
    let earlier = handler.value
    earlier.counter.reset()
    let new = ClientStreamHandler(counter: earlier.counter, opened: waiter)
    try operations.addHandler(new)
    operations.removeHandler(earlier, promise: nil)
    let begun = channel.eventLoop.makePromise(of: Void.self)
    begun.futureResult.whenFailure { error in
      guard error is HTTPParserError else { return }
      waiter.finish(.failure(ClientFailure(.invalid, "net/http: invalid header field value")))
    }
    new.send(.head(head), begun)
    if !hasBody { new.send(.end(nil), channel.eventLoop.makePromise(of: Void.self)) }
    return NIOLoopBound(new, eventLoop: channel.eventLoop)
  }
}
