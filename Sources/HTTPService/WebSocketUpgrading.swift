import NIOCore
import NIOHTTP1
import NIOWebSocket

extension Answer {
  /// Makes the connection a WebSocket and runs the session in this task.
  func upgrade(_ head: ResponseHead, _ upgrade: WebSocketUpgrade) async {
    guard let session = await opened({ $0.upgrade($1, head, upgrade, opened: $2) }) else {
      return await upgrade.unopened()
    }
    do {
      try await upgrade.run(session)
      await session.close()
    } catch {
      await session.close(.unexpectedServerError)
    }
  }
}

extension ExchangeHandler {
  /// Answers a WebSocket handshake and replaces the HTTP handlers, or refuses a request that isn't one.
  func upgrade(
    _ exchange: Exchange, _ head: ResponseHead, _ upgrade: WebSocketUpgrade,
    opened: EventLoopPromise<WebSocketSession>
  ) {
    guard case .http1(let handlers) = wire, let context, exchange.isBodyComplete, !hasPendingInput else {
      return refuseUpgrade(exchange, opened)
    }
    var headers = head.headers
    if let subprotocol = upgrade.subprotocol {
      headers.replaceOrAdd(name: "Sec-WebSocket-Protocol", value: subprotocol)
    }
    let task = exchange.task
    let upgrader = NIOWebSocketServerUpgrader(
      maxFrameSize: min(max(0, upgrade.maxMessageBytes), Int(UInt32.max)), automaticErrorHandling: false,
      shouldUpgrade: { [headers] channel, _ in channel.eventLoop.makeSucceededFuture(headers) },
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture {
          let handler = WebSocketHandler(task: task)
          try channel.pipeline.syncOperations.addHandlers(
            NIOWebSocketFrameAggregator(
              minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 4096,
              maxAccumulatedFrameSize: upgrade.maxMessageBytes), handler)
          handler.session.map(opened.succeed)
        }
      })
    upgrader.buildUpgradeResponse(
      channel: context.channel, upgradeRequest: exchange.head, initialResponseHeaders: [:]
    ).assumeIsolated().whenComplete { [self] result in
      switch result {
      case .success(let headers): replaceHandlers(handlers, upgrader, exchange, headers, opened)
      case .failure: refuseUpgrade(exchange, opened)
      }
    }
  }

  private func replaceHandlers(
    _ handlers: HTTP1Handlers, _ upgrader: NIOWebSocketServerUpgrader, _ exchange: Exchange,
    _ headers: HTTPHeaders, _ opened: EventLoopPromise<WebSocketSession>
  ) {
    guard let context else { return opened.fail(HTTPWriteError.clientGone) }
    write(.head(HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)))
    write(.end(nil))
    context.flush()
    state = .upgraded
    updateWait()
    let operations = context.pipeline.syncOperations
    operations.removeHandler(handlers.encoder, promise: nil)
    upgrader.upgrade(context: context, upgradeRequest: exchange.head).assumeIsolated()
      .whenComplete { [self] result in
        if case .failure(let error) = result {
          opened.fail(error)
          return context.close(promise: nil)
        }
        // What the parser has left is the socket's first bytes: it passes through this handler.
        operations.removeHandler(handlers.decoder, promise: nil)
        operations.removeHandler(self, promise: nil)
        context.channel.read()
      }
  }
}
