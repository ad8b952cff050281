import NIOCore
import NIOHTTP1
import NIOPosix
import Security
import Tracing

/// Sends requests to other servers over HTTP/1.1, in the clear or over TLS, and keeps connections for the next
/// requests.
///
/// All clients share the process's event loops. Errors have the words of Go's `net/http`.
public final class HTTPClient: HTTPRequesting {
  private let options: HTTPClientOptions
  let tls: TLSContextSource
  let serverName: String?
  private let pool: ClientConnectionPool
  let connector: ClientConnector

  /// - Throws: when the settings' certificates or key can't be used.
  public init(
    tls: TLSClientSettings = TLSClientSettings(), options: HTTPClientOptions = HTTPClientOptions()
  ) throws(SecurityError) {
    self.options = options
    self.tls = try TLSContextSource(tls)
    serverName = tls.serverName
    pool = ClientConnectionPool(options)
    connector = ClientConnector(group: MultiThreadedEventLoopGroup.singleton, options: options)
  }

  deinit {
    for connection in pool.shutDown() { connection.close() }
  }

  /// Connections kept for the next requests.
  public var idleConnectionCount: Int { pool.idleCount }

  /// Refuses new requests and closes the connections at rest; requests on their way go on.
  public func shutdown() async {
    for connection in pool.shutDown() { try? await connection.channel.close().get() }
  }

  /// Sends a request and waits for the whole answer, at most for the request's time limit and until the task
  /// is cancelled. A kept connection that turns out to be closed is replaced once.
  ///
  /// The server is told of the trace that the task works for (W3C Trace Context).
  public func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
    guard RequestTrace.outgoing != nil else { return try await answer(request) }
    return try await RequestTrace.span(
      "HTTP \(request.method)", nil, .client,
      attributes: [
        ("http.request.method", .string(request.method.rawValue)),
        ("url.full", .string(ClientURL.withoutPassword(String(request.url.prefix { $0 != "?" })))),
      ]
    ) { () throws(HTTPClientError) in
      var request = request
      request.headers.remove(name: "tracestate")
      if let trace = RequestTrace.outgoing {
        request.headers.replaceOrAdd(name: "traceparent", value: trace.traceparent)
        if !trace.state.isEmpty { request.headers.add(name: "tracestate", value: trace.state) }
      }
      return try await answer(request)
    }
  }

  private func answer(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
    let call = ClientCall()
    let timer = connector.group.next().scheduleTask(in: TimeAmount(request.timeout)) { call.end(.timeout) }
    defer { timer.cancel() }
    let result = await withTaskCancellationHandler {
      await follow(request, call)
    } onCancel: {
      call.end(.cancelled)
    }
    return try result.get()
  }

  // MARK: Redirects

  private func follow(
    _ request: ClientRequest, _ call: ClientCall
  ) async -> Result<ClientResponse, HTTPClientError> {
    var request = request
    var followed = 0
    do throws(ClientFailure) {
      var url = try ClientURL(request.url)
      while true {
        let answer = try await perform(request, url, call)
        guard options.redirectLimit > 0, let location = Self.redirect(answer) else { return .success(answer) }
        guard followed < options.redirectLimit else {
          throw ClientFailure(.invalid, "stopped after \(options.redirectLimit) redirects")
        }
        followed += 1
        let next = try url.resolving(location)
        Self.redirect(&request, answer.status, from: url, to: next)
        url = next
      }
    } catch {
      if error.text.hasPrefix("parse ") { return .failure(HTTPClientError(error.kind, error.text)) }
      return .failure(error.error(request.method, ClientURL.withoutPassword(request.url)))
    }
  }

  /// Where an answer sends the client to; nil when it doesn't.
  private static func redirect(_ answer: ClientResponse) -> String? {
    guard [301, 302, 303, 307, 308].contains(answer.status) else { return nil }
    return answer.headers.first(name: "Location")
  }

  /// Makes the next request of one that was redirected, as Go's `http.Client` does.
  private static func redirect(
    _ request: inout ClientRequest, _ status: Int, from old: ClientURL, to new: ClientURL
  ) {
    request.url = new.text
    request.headers.remove(name: "Host")
    // An address in place of the URL's is for that URL's host only.
    if new.host != old.host || new.port != old.port { request.connectTo = nil }
    if status < 307 {
      if request.method != .HEAD { request.method = .GET }
      request.body = []
      request.headers.remove(name: "Content-Type")
    }
    // Credentials are for the host they were given for, and those below it.
    guard new.host != old.host, !new.host.hasSuffix(".\(old.host)") else { return }
    for name in ["Authorization", "Www-Authenticate", "Cookie", "Cookie2"] {
      request.headers.remove(name: name)
    }
  }

  // MARK: One request

  private func perform(
    _ request: ClientRequest, _ url: ClientURL, _ call: ClientCall
  ) async throws(ClientFailure) -> ClientResponse {
    let context = url.isSecure ? tls.current : nil
    let key = ClientConnectionPool.Key(
      isSecure: url.isSecure, place: request.connectTo ?? HTTPAddress(host: url.host, port: url.port),
      serverName: serverName ?? url.host)
    let lease = try await pool.lease(key, context, call)
    do throws(ClientFailure) {
      if case .used(let connection) = lease {
        do throws(ClientFailure) {
          return try await exchange(request, url, connection, key, call)
        } catch {
          guard error.isBeforeAnswer else { throw error }
        }
      }
      let connection = try await connector.connect(
        to: key.place, context: context, serverName: key.serverName, call)
      connection.channel.closeFuture.whenComplete { [weak pool] _ in pool?.remove(connection, key) }
      return try await exchange(request, url, connection, key, call)
    } catch {
      pool.giveBack(key, .new)
      throw error
    }
  }

  private func exchange(
    _ request: ClientRequest, _ url: ClientURL, _ connection: ClientConnection,
    _ key: ClientConnectionPool.Key, _ call: ClientCall
  ) async throws(ClientFailure) -> ClientResponse {
    var head = HTTPRequestHead(
      version: .http1_1, method: request.method, uri: url.target, headers: request.headers)
    if !head.headers.contains(name: "Host") { head.headers.add(name: "Host", value: url.authority) }
    head.headers.remove(name: "Transfer-Encoding")
    head.headers.remove(name: "Content-Length")
    if !request.body.isEmpty || [.POST, .PUT, .PATCH].contains(request.method) {
      head.headers.add(name: "Content-Length", value: String(request.body.count))
    }
    let (answer, canGoOn) = try await connection.send(
      head, request.body, maximumBytes: request.maximumResponseBytes, call)
    pool.giveBack(key, canGoOn ? .used(connection) : .new)
    return answer
  }
}
