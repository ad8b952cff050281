import NIOCore

extension Answer {
  /// Hands the connection over, on its event loop, where the request is still the one that is answered.
  /// - Parameter open: replaces the HTTP handlers and keeps the promise.
  /// - Returns: nil where the connection can't be handed over, or the client has left.
  func opened<Connection: Sendable>(
    _ open: @escaping @Sendable (ExchangeHandler, Exchange, EventLoopPromise<Connection>) -> Void
  ) async -> Connection? {
    let opened = link.loop.makePromise(of: Connection.self)
    link.loop.execute { [link] in
      let handler = link.handler.value
      guard case .running(let exchange) = handler.state, exchange.id == link.id else {
        return opened.fail(HTTPWriteError.clientGone)
      }
      open(handler, exchange, opened)
    }
    return try? await opened.futureResult.get()
  }
}

extension ExchangeHandler {
  /// Answers 400 to a request after which its connection can't be another protocol's.
  func refuseUpgrade<Connection>(_ exchange: Exchange, _ opened: EventLoopPromise<Connection>) {
    opened.fail(HTTPWriteError.clientGone)
    let response = HTTPResponse(status: 400, headers: ["Content-Type": "text/plain; charset=utf-8"])
    send(ResponseHead(response), body: ByteBuffer(string: "Bad Request"), for: exchange)
  }
}
