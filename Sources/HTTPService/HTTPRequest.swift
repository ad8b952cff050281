import NIOHTTP1
import Security

/// What is known of the connection that a request came by.
public struct HTTPConnectionInfo: Sendable {
  public var remoteAddress: HTTPAddress?
  public var localAddress: HTTPAddress?
  /// What the TLS handshake agreed on, the client's unverified certificates too; nil in plaintext.
  public var tls: TLSHandshakeCompleted?

  /// A connection of which only this much is known.
  public init(
    remoteAddress: HTTPAddress? = nil, localAddress: HTTPAddress? = nil, tls: TLSHandshakeCompleted? = nil
  ) {
    self.remoteAddress = remoteAddress
    self.localAddress = localAddress
    self.tls = tls
  }
}

/// One request, from either protocol version.
public struct HTTPRequest: Sendable {
  /// As sent, in capitals as a rule: `GET`.
  public var method: String
  /// The request target as sent.
  public var target: String
  /// The path as sent, with its percent escapes.
  public var rawPath: String
  /// The path, decoded.
  public var path: String
  /// The query as sent, without the question mark.
  public var rawQuery: String
  /// The query's items, decoded, in order.
  public var query: [RequestTarget.QueryItem]
  public var version: HTTPVersion
  /// Names compare without case. HTTP/2's `:authority` is found as `host`.
  public var headers: HTTPHeaders
  public var body: HTTPBody
  public var connection: HTTPConnectionInfo
  /// Tells that the server is going away; a long answer should then end.
  public var drain: DrainSignal

  /// A request that came by no connection, as tests need it; nil for a malformed target.
  public init?(
    method: String, target: String, version: HTTPVersion = .http1_1, headers: HTTPHeaders = [:],
    body: HTTPBody = HTTPBody(), connection: HTTPConnectionInfo = .init(), drain: DrainSignal = DrainSignal()
  ) {
    guard let parsed = RequestTarget(target) else { return nil }
    self.init(
      method: method, target: target, parsedTarget: parsed, version: version, headers: headers, body: body,
      connection: connection, drain: drain)
  }

  init(
    method: String, target: String, parsedTarget: RequestTarget, version: HTTPVersion, headers: HTTPHeaders,
    body: HTTPBody, connection: HTTPConnectionInfo, drain: DrainSignal
  ) {
    self.method = method
    self.target = target
    rawPath = parsedTarget.rawPath
    path = parsedTarget.path
    rawQuery = parsedTarget.rawQuery
    query = parsedTarget.query
    self.version = version
    self.headers = headers
    self.body = body
    self.connection = connection
    self.drain = drain
  }

  /// The value of the first query item of that name.
  public func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }
}
