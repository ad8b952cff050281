import NIOCore
import NIOHTTP1

/// Status and headers of an answer, made fit to send.
struct ResponseHead: Sendable {
  var status: HTTPResponseStatus
  var headers: HTTPHeaders
  /// Whether the responder wants the connection to end.
  var asksClose: Bool

  /// Takes out the headers that belong to the connection, adds `Date`, and makes line breaks harmless.
  init(_ response: HTTPResponse) {
    status = HTTPResponseStatus(statusCode: response.status)
    headers = response.headers
    asksClose = headers[canonicalForm: "Connection"].contains { $0.lowercased() == "close" }
    for name in ["Connection", "Content-Length", "Transfer-Encoding"] where headers.contains(name: name) {
      headers.remove(name: name)
    }
    if headers.contains(where: { !Self.isSafe($0.name, $0.value) }) {
      headers = HTTPHeaders(
        headers.filter { Self.isSafe($0.name, "") }.map { ($0.name, Self.withoutLineBreaks($0.value)) })
    }
    if !headers.contains(name: "Date") { headers.add(name: "Date", value: HTTPDate.now) }
  }

  private static func isSafe(_ name: String, _ value: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
      && value.utf8.allSatisfy { $0 != 0x0D && $0 != 0x0A && $0 != 0 }
  }

  private static func withoutLineBreaks(_ value: String) -> String {
    String(decoding: value.utf8.map { $0 == 0x0D || $0 == 0x0A || $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
  }
}

/// Sends a responder's answer from its task.
struct Answer: Sendable {
  let link: ExchangeLink
  let isHead: Bool
  let acceptsGzip: Bool
  /// The most bytes handed to the connection at a time.
  let pieceBytes: Int

  func send(_ response: HTTPResponse) async {
    switch response.body {
    case .empty: await send(response, ByteBuffer())
    case .bytes(let bytes): await send(response, ByteBuffer(bytes: bytes))
    case .buffer(let buffer): await send(response, buffer)
    case .stream(let produce): await stream(ResponseHead(response), produce)
    case .upgrade(let upgrade): await self.upgrade(ResponseHead(response), upgrade)
    case .takeover(let upgrade): await takeOver(ResponseHead(response), upgrade)
    }
  }

  private func send(_ response: HTTPResponse, _ body: ByteBuffer) async {
    var response = response
    var body = body
    if acceptsGzip, response.isCompressible, body.readableBytes > GzipEncoding.threshold,
      !response.headers.contains(name: "Content-Encoding"), let compressed = GzipEncoding.compress(body)
    {
      body = compressed
      response.headers.add(name: "Content-Encoding", value: "gzip")
      response.headers.add(name: "Vary", value: "Accept-Encoding")
    }
    let head = ResponseHead(response)
    guard body.readableBytes > pieceBytes, !isHead, head.status.mayHaveResponseBody else {
      return link.perform { [body] handler, exchange in handler.send(head, body: body, for: exchange) }
    }
    await sendInPieces(head, body)
  }

  /// A large body goes out as the client takes it, so that it doesn't lie in the connection as a whole.
  private func sendInPieces(_ head: ResponseHead, _ body: ByteBuffer) async {
    var body = body
    let outbox = open(head, framing: .length(body.readableBytes))
    do throws(HTTPWriteError) {
      while body.readableBytes > 0, let piece = body.readSlice(length: min(pieceBytes, body.readableBytes)) {
        try await outbox.write(piece, cost: piece.readableBytes, endsWhenCancelled: false)
      }
      close(head)
    } catch {
      link.perform { handler, exchange in handler.abort(exchange) }
    }
  }

  private func stream(
    _ head: ResponseHead, _ produce: @Sendable (HTTPBodyWriter) async throws -> Void
  ) async {
    guard !isHead, head.status.mayHaveResponseBody else {
      return link.perform { handler, exchange in
        handler.beginStream(head, framing: .none, outbox: Outbox(capacity: 0) {}, for: exchange)
        handler.end(exchange, quiesces: head.asksClose)
      }
    }
    let outbox = open(head, framing: .open)
    do {
      try await produce(HTTPBodyWriter(outbox: outbox))
      close(head)
    } catch {
      link.perform { handler, exchange in handler.abort(exchange) }
    }
  }

  private func open(_ head: ResponseHead, framing: ExchangeHandler.Framing) -> Outbox<ByteBuffer> {
    let outbox = Outbox<ByteBuffer>(capacity: pieceBytes) { [link] in
      link.perform { handler, exchange in handler.flushOutbox(exchange) }
    }
    link.loop.execute { [link] in
      let handler = link.handler.value
      guard case .running(let exchange) = handler.state, exchange.id == link.id else {
        return outbox.fail(.clientGone)
      }
      handler.beginStream(head, framing: framing, outbox: outbox, for: exchange)
    }
    return outbox
  }

  private func close(_ head: ResponseHead) {
    link.perform { handler, exchange in handler.end(exchange, quiesces: head.asksClose) }
  }
}
