import NIOHTTP1

/// A request to another server: a webhook, an identity provider, an extension server.
public struct ClientRequest: Sendable {
  public var method: HTTPMethod
  /// An absolute `https://` or `http://` address.
  public var url: String
  public var headers: HTTPHeaders
  public var body: [UInt8]
  /// From the first attempt to connect to the last byte of the answer.
  public var timeout: Duration
  /// A longer answer is an error.
  public var maximumResponseBytes: Int
  /// Where to connect instead of the address in ``url``, which still counts for `Host` and for the name that
  /// the server's certificate must be for.
  public var connectTo: HTTPAddress?

  /// A request without a body asks for at most 3 MiB within 30 seconds unless said otherwise.
  public init(
    _ method: HTTPMethod = .GET, _ url: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
    timeout: Duration = .seconds(30), maximumResponseBytes: Int = 3 << 20, connectTo: HTTPAddress? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.maximumResponseBytes = maximumResponseBytes
    self.connectTo = connectTo
  }
}

/// The whole answer to a ``ClientRequest``.
public struct ClientResponse: Sendable {
  public var status: Int
  public var headers: HTTPHeaders
  public var body: [UInt8]

  public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
