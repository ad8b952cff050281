/// What sends requests to other servers; tests put answers of their own in its place.
public protocol HTTPRequesting: Sendable {
  /// - Throws: when there is no whole answer; any status is an answer.
  func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse
  /// Sends a request and gives the answer as soon as its head has come.
  /// - Parameter body: sent as it comes, where the request has no body of its own.
  func open(_ request: ClientRequest, body: HTTPBody) async throws(HTTPClientError) -> ClientStream
}

extension HTTPRequesting {
  /// Gathers the whole answer: enough for those who answer themselves.
  public func open(_ request: ClientRequest, body: HTTPBody) async throws(HTTPClientError) -> ClientStream {
    var request = request
    if request.body.isEmpty, !body.isEmpty {
      do throws(HTTPBodyError) {
        request.body = Array(try await body.collect(upTo: request.maximumResponseBytes).readableBytesView)
      } catch {
        throw HTTPClientError(.invalid, "\(error)")
      }
    }
    return ClientStream(try await send(request))
  }
}

/// Why a request to another server got no answer.
public struct HTTPClientError: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// The address can't be used, or the request can't be sent.
    case invalid
    /// No connection: refused, unreachable, an unknown host.
    case connect
    /// The server's certificate is not believed, or the handshake failed.
    case tls
    case timeout
    case cancelled
    /// The connection broke, or what came is no HTTP answer or too long.
    case broken
  }

  public var kind: Kind
  /// In the words of Go's `net/http`, which callers show: `Post "https://…": dial tcp 127.0.0.1:1: connect: …`.
  public var description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
