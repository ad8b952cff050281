import NIOHTTP1

/// An answer to a request that no responder gets to see, worded as Go's `net/http` words it.
struct Refusal: Equatable {
  var status: Int
  /// The status line's text after the version, which is also the body.
  var text: String

  static let badRequest = Refusal(status: 400, text: "400 Bad Request")
  static let headersTooLarge = Refusal(status: 431, text: "431 Request Header Fields Too Large")
  static let targetTooLong = Refusal(status: 414, text: "414 Request URI Too Long")
  static let expectationFailed = Refusal(status: 417, text: "417 Expectation Failed")
  static let missingHost = Refusal(status: 400, text: "400 Bad Request: missing required Host header")
  static let malformedHost = Refusal(status: 400, text: "400 Bad Request: malformed Host header")
  static let unsupportedVersion = Refusal(
    status: 505, text: "505 HTTP Version Not Supported: unsupported protocol version")

  /// The whole answer on HTTP/1.1, after which the connection ends.
  var message: String {
    "HTTP/1.1 \(text)\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n\(text)"
  }

  /// The answer to a request that can't be parsed.
  init(parserError: HTTPParserError) {
    switch parserError {
    case .headerOverflow: self = .headersTooLarge
    case .invalidVersion: self = .unsupportedVersion
    default: self = .badRequest
    }
  }

  init(status: Int, text: String) {
    self.status = status
    self.text = text
  }
}

extension Assembly {
  /// Checks the head of a request.
  /// - Returns: the request to go on with, or why it is refused.
  static func check(_ head: HTTPRequestHead, limits: HTTPServerConfiguration) -> Result<
    Assembly, CheckFailure
  > {
    let isHTTP2 = head.version.major == 2
    guard head.uri.utf8.count <= limits.maxRequestTargetBytes else { return .failure(.init(.targetTooLong)) }
    let hosts = head.headers["Host"]
    if hosts.count > 1 { return .failure(.init(.badRequest)) }
    if let host = hosts.first {
      guard isValidHost(host) else { return .failure(.init(.malformedHost)) }
    } else if head.version == .http1_1 && head.method != .CONNECT {
      return .failure(.init(.missingHost))
    }
    // The authority form is CONNECT's, and no resource is meant by it.
    let uri = head.method == .CONNECT && !head.uri.hasPrefix("/") ? "/" : head.uri
    guard let target = RequestTarget(uri) else { return .failure(.init(.badRequest)) }

    let declaredLength = head.headers.first(name: "Content-Length").flatMap(Int.init)
    var awaitsContinue = false
    if let expectation = head.headers.first(name: "Expect"), !expectation.isEmpty {
      guard expectation.lowercased() == "100-continue" else { return .failure(.init(.expectationFailed)) }
      awaitsContinue = head.version != .http1_0 && declaredLength != 0
    }
    // The parser stops for good after a request for an upgrade, whether it is granted or not.
    let asksUpgrade = !isHTTP2 && (head.headers.contains(name: "Upgrade") || head.method == .CONNECT)
    return .success(
      Assembly(
        head: head, target: target, keepsAlive: head.isKeepAlive && !asksUpgrade,
        awaitsContinue: awaitsContinue, declaredLength: declaredLength))
  }

  struct CheckFailure: Error {
    let refusal: Refusal
    init(_ refusal: Refusal) { self.refusal = refusal }
  }

  /// Whether a `Host` header has only the characters that a host and port may have (RFC 3986 section 3.2.2).
  private static func isValidHost(_ host: String) -> Bool {
    host.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default:
        "!$%&()*+,-.:;=[]'_~".utf8.contains(byte)
      }
    }
  }
}
