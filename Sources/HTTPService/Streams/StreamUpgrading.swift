import NIOCore
import NIOHTTP1

/// How a responder takes over a connection for another protocol (RFC 9110, section 7.8).
public struct StreamUpgrade: Sendable {
  /// The protocol's name, as the `Upgrade` field of the answer has it.
  public var protocolName: String
  /// Talks over the connection, which is closed when it returns or throws.
  public var run: @Sendable (ConnectionStream) async throws -> Void
  /// Called instead where the connection can't be taken over, or the client has left.
  public var unopened: @Sendable () async -> Void = {}

  /// - Parameter run: owns the connection until it returns.
  public init(_ protocolName: String, run: @escaping @Sendable (ConnectionStream) async throws -> Void) {
    self.protocolName = protocolName
    self.run = run
  }
}

extension Answer {
  /// Gives the connection to another protocol, which is spoken in this task.
  func takeOver(_ head: ResponseHead, _ upgrade: StreamUpgrade) async {
    guard let stream = await opened({ $0.takeOver($1, head, upgrade, opened: $2) }) else {
      return await upgrade.unopened()
    }
    do { try await upgrade.run(stream) } catch { stream.abort() }
    await stream.close()
  }
}

extension ExchangeHandler {
  /// Answers 101 and replaces the HTTP handlers, or refuses a request after which that can't be done.
  func takeOver(
    _ exchange: Exchange, _ head: ResponseHead, _ upgrade: StreamUpgrade,
    opened: EventLoopPromise<ConnectionStream>
  ) {
    guard case .http1(let handlers) = wire, let context, exchange.isBodyComplete, !hasPendingInput else {
      return refuseUpgrade(exchange, opened)
    }
    var headers = head.headers
    headers.replaceOrAdd(name: "Upgrade", value: upgrade.protocolName)
    headers.replaceOrAdd(name: "Connection", value: "Upgrade")
    write(.head(HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)))
    write(.end(nil))
    context.flush()
    state = .upgraded
    updateWait()
    let operations = context.pipeline.syncOperations
    let channel = context.channel
    do {
      let handler = ConnectionStreamHandler(task: exchange.task)
      try operations.addHandler(handler)
      opened.succeed(try handler.stream(of: channel))
    } catch {
      opened.fail(error)
      return context.close(promise: nil)
    }
    operations.removeHandler(handlers.encoder, promise: nil)
    // What the parser has left is the stream's first bytes: it passes through this handler.
    operations.removeHandler(handlers.decoder, promise: nil)
    operations.removeHandler(self, promise: nil)
    channel.read()
  }
}
