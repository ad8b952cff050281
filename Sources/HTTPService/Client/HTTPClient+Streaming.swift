import NIOCore
import NIOHTTP1
import Synchronization

extension HTTPClient {
  /// Sends a request and waits for the head of the answer: at most for the request's time limit, and until the
  /// task is cancelled. The connection is a new one, and ends with the answer.
  ///
  /// - Parameter body: sent as it comes, where the request has no body of its own.
  public func open(
    _ request: ClientRequest, body: HTTPBody
  ) async throws(HTTPClientError) -> ClientStream {
    let call = ClientCall()
    let timer = connector.group.next().scheduleTask(in: TimeAmount(request.timeout)) { call.end(.timeout) }
    defer { timer.cancel() }
    let result = await withTaskCancellationHandler {
      await self.result(request, body, call)
    } onCancel: {
      call.end(.cancelled)
    }
    return try result.get()
  }

  private func result(
    _ request: ClientRequest, _ body: HTTPBody, _ call: ClientCall
  ) async -> Result<ClientStream, HTTPClientError> {
    do throws(ClientFailure) {
      let url = try ClientURL(request.url)
      return .success(try await open(request, url, body, call))
    } catch {
      if error.text.hasPrefix("parse ") { return .failure(HTTPClientError(error.kind, error.text)) }
      return .failure(error.error(request.method, ClientURL.withoutPassword(request.url)))
    }
  }

  private func open(
    _ request: ClientRequest, _ url: ClientURL, _ body: HTTPBody, _ call: ClientCall
  ) async throws(ClientFailure) -> ClientStream {
    var connector = connector
    connector.isForStreams = true
    let connection = try await connector.connect(
      to: request.connectTo ?? HTTPAddress(host: url.host, port: url.port),
      context: url.isSecure ? tls.current : nil, serverName: serverName ?? url.host, call)
    var head = HTTPRequestHead(
      version: .http1_1, method: request.method, uri: url.target, headers: request.headers)
    if !head.headers.contains(name: "Host") { head.headers.add(name: "Host", value: url.authority) }
    let length = frame(&head, request, body)
    let channel = connection.channel
    let begun = Begun()
    let opened: ClientStreamHandler.Opened = try await call.wait { waiter in
      channel.eventLoop.execute { [head] in
        do {
          let handler = try connection.beginStream(head, hasBody: length != 0, waiter)
          let inbox = handler.value.inbox
          let upload = length == 0 ? nil : Task { await Self.send(request, body, on: channel, handler) }
          begun.state.withLock { $0 = (inbox, upload) }
        } catch {
          waiter.finish(.failure(ClientFailure(.broken, "\(error)")))
          channel.close(promise: nil)
        }
      }
      return { channel.close(promise: nil) }
    }
    let (inbox, upload) = begun.state.withLock { ($0.inbox, $0.upload) }
    guard let inbox else { throw ClientFailure(.broken, "EOF") }
    return ClientStream(
      opened.head, body: inbox, channel: channel, upgraded: opened.upgraded, upload: upload)
  }

  /// What the event loop has set going.
  private final class Begun: Sendable {
    let state = Mutex((inbox: Inbox<ByteBuffer, ByteStreamError>?.none, upload: Task<Void, Never>?.none))
  }

  /// Sets the fields that say how long the body is.
  /// - Returns: its bytes; nil where nobody knows yet.
  private func frame(_ head: inout HTTPRequestHead, _ request: ClientRequest, _ body: HTTPBody) -> Int? {
    head.headers.remove(name: "Transfer-Encoding")
    head.headers.remove(name: "Content-Length")
    let length = request.body.isEmpty ? body.knownLength : request.body.count
    if let length {
      if length > 0 || [.POST, .PUT, .PATCH].contains(request.method) {
        head.headers.add(name: "Content-Length", value: String(length))
      }
    } else {
      head.headers.add(name: "Transfer-Encoding", value: "chunked")
    }
    return length
  }

  private static func send(
    _ request: ClientRequest, _ body: HTTPBody, on channel: any Channel,
    _ handler: NIOLoopBound<ClientStreamHandler>
  ) async {
    func send(_ part: HTTPClientRequestPart) async throws {
      let promise = channel.eventLoop.makePromise(of: Void.self)
      channel.eventLoop.execute { handler.value.send(part, promise) }
      try await promise.futureResult.get()
    }
    do {
      if !request.body.isEmpty {
        try await send(.body(.byteBuffer(ByteBuffer(bytes: request.body))))
      } else {
        for try await bytes in body { try await send(.body(.byteBuffer(bytes))) }
      }
      try await send(.end(nil))
    } catch ByteStreamError.disconnected {
      // The answer came first, and made the connection another protocol's.
    } catch {
      // A body that breaks off must not pass for a whole one; whoever waits for the answer sees the end.
      channel.close(promise: nil)
    }
  }
}

extension HTTPBody {
  /// The bytes of the body, where they are known from the start.
  var knownLength: Int? {
    switch storage {
    case .whole(let bytes): bytes.readableBytes
    case .arriving(_, let declared): declared
    }
  }
}
