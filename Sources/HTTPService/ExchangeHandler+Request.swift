import NIOCore
import NIOHTTP1

extension ExchangeHandler {
  /// Begins a request, or refuses it.
  func takeHead(_ head: HTTPRequestHead) {
    guard case .idle = state else { return }
    switch Assembly.check(head, limits: service.configuration) {
    case .success(let assembly): state = .assembling(assembly)
    case .failure(let failure): refuse(failure.refusal)
    }
  }

  /// Hands over a request whose body is still arriving, when all that was read is parsed.
  func startAssembled() {
    guard case .assembling(let assembly) = state else { return }
    start(assembly, isComplete: false)
  }

  /// Hands a request to the responder, in a task.
  func start(_ assembly: Assembly, isComplete: Bool) {
    guard let context else { return }
    if case .http2(let connection) = wire, !connection.admitsRequest() {
      return resetStream(.refusedStream)
    }
    lastID += 1
    let exchange = Exchange(id: lastID, assembly: assembly, isComplete: isComplete)
    state = .running(exchange)
    let link = ExchangeLink(
      handler: NIOLoopBound(self, eventLoop: context.eventLoop), loop: context.eventLoop, id: lastID)
    let request = HTTPRequest(
      method: assembly.head.method.rawValue, target: assembly.head.uri, parsedTarget: assembly.target,
      version: assembly.head.version, headers: assembly.head.headers,
      body: isComplete ? HTTPBody(assembly.body) : arrivingBody(of: exchange, assembly, link),
      connection: info, drain: service.drain)
    let answer = Answer(
      link: link, isHead: exchange.isHead, acceptsGzip: GzipEncoding.isAccepted(assembly.head.headers),
      pieceBytes: service.configuration.responseBufferBytes)
    let running = runningRequests
    running?.add()
    exchange.task = Task { [responder = service.responder] in
      await answer.send(responder.respond(to: request))
      running?.remove()
    }
  }

  private var runningRequests: RequestCount? {
    guard case .http2(let connection) = wire else { return nil }
    return connection.running
  }

  private func arrivingBody(of exchange: Exchange, _ assembly: Assembly, _ link: ExchangeLink) -> HTTPBody {
    let inbox = HTTPBody.Source(capacity: service.configuration.bodyBufferBytes, cancelled: .cancelled) {
      link.perform { handler, exchange in handler.bodyWanted(exchange) }
    }
    exchange.inbox = inbox
    if assembly.body.readableBytes > 0 {
      exchange.wantsBody = inbox.offer(assembly.body, cost: assembly.body.readableBytes)
    }
    return HTTPBody(storage: .arriving(inbox, declaredLength: assembly.declaredLength))
  }

  /// The responder reads the body and there is room for more of it.
  private func bodyWanted(_ exchange: Exchange) {
    exchange.wantsBody = true
    if exchange.awaitsContinue {
      exchange.awaitsContinue = false
      if !exchange.isBodyComplete, exchange.outbox == nil {
        write(.head(HTTPResponseHead(version: exchange.head.version, status: .continue)))
        context?.flush()
      }
    }
    resumeReading()
    updateWait()
  }
}
