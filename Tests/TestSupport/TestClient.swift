import HTTPService
import NIOCore
import NIOHTTP1
import NIOPosix
import Security
import Values

/// A small HTTP/1.1 client over TLS. Every request has a connection of its own.
public struct TestClient: Sendable {
  public let address: HTTPAddress
  /// Sent as a bearer token with requests that bring no Authorization header.
  public var token: String?
  private let tls: TLSContext

  /// - Parameters:
  ///   - authority: the certificate in PEM that the server's must be signed by.
  ///   - identity: the client certificate that is shown.
  public init(
    _ address: HTTPAddress, authority: String, token: String? = nil, identity: TLSIdentity? = nil
  ) throws {
    let authorities = try Certificate.parse(pem: Array(authority.utf8))
    var configuration = TLSClientConfiguration(trust: .authorities(authorities))
    configuration.identity = identity
    configuration.alpn = ["http/1.1"]
    self.address = address
    self.token = token
    tls = try TLSContext.client(configuration)
  }

  /// The same client with another token.
  public func with(token: String?) -> TestClient {
    var other = self
    other.token = token
    return other
  }

  /// Sends a request and waits for the whole answer.
  /// - Parameter timeout: seconds, from connecting to the end of the answer.
  public func request(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
    timeout: Int64 = 30
  ) async throws -> TestResponse {
    let stream = try await open(method, path, headers: headers, body: body, timeout: timeout)
    defer { stream.close() }
    return try await stream.response()
  }

  /// Sends a JSON body.
  public func send(
    _ method: String, _ path: String, _ body: Value, contentType: String = "application/json"
  ) async throws -> TestResponse {
    try await request(method, path, headers: [("Content-Type", contentType)], body: JSON.encode(body))
  }

  public func get(_ path: String) async throws -> TestResponse { try await request("GET", path) }

  /// Sends a request whose answer is read as it comes.
  /// - Parameter timeout: seconds after which the connection is closed.
  public func open(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
    timeout: Int64 = 30
  ) async throws -> TestStream {
    let (parts, continuation) = AsyncThrowingStream<HTTPClientResponsePart, any Error>.makeStream()
    let tls = tls
    let host = address.host
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.seconds(10))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(TLSHandler(client: tls, serverName: host))
          try pipeline.addHandler(HTTPRequestEncoder())
          let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)
          try pipeline.addHandler(ByteToMessageHandler(decoder))
          try pipeline.addHandler(PartForwarder(continuation))
        }
      }
      .connect(host: address.host, port: address.port).get()
    let stream = TestStream(channel: channel, parts: parts, what: "\(method) \(path)", timeout: timeout)
    stream.send(head(method, path, headers, bodyLength: body?.count), body: body)
    return stream
  }

  private func head(
    _ method: String, _ path: String, _ headers: [(String, String)], bodyLength: Int?
  ) -> HTTPRequestHead {
    var fields = HTTPHeaders(headers)
    fields.replaceOrAdd(name: "Host", value: "\(address)")
    if let bodyLength {
      fields.replaceOrAdd(name: "Content-Length", value: String(bodyLength))
    } else if ["POST", "PUT", "PATCH"].contains(method) {
      fields.replaceOrAdd(name: "Content-Length", value: "0")
    }
    if let token, !fields.contains(name: "Authorization") {
      fields.add(name: "Authorization", value: "Bearer \(token)")
    }
    return HTTPRequestHead(
      version: .http1_1, method: HTTPMethod(rawValue: method), uri: path, headers: fields)
  }
}

/// Hands on the parts of an answer.
private final class PartForwarder: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  private let continuation: AsyncThrowingStream<HTTPClientResponsePart, any Error>.Continuation

  init(_ continuation: AsyncThrowingStream<HTTPClientResponsePart, any Error>.Continuation) {
    self.continuation = continuation
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = Self.unwrapInboundIn(data)
    continuation.yield(part)
    if case .end = part { continuation.finish() }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    continuation.finish(throwing: error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
}
