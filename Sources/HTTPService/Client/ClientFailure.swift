import Glibc
import NIOCore
import NIOHTTP1
import Security

/// Why a request failed, without the method and the URL that the caller's error begins with.
struct ClientFailure: Error, Sendable {
  var kind: HTTPClientError.Kind
  var text: String
  /// The connection ended before anything of the answer came: another connection may do better.
  var isBeforeAnswer = false
  /// The status line had come: Go then gives the error of reading the body, without the method and the URL.
  var isInBody = false

  init(_ kind: HTTPClientError.Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  static let timeout = ClientFailure(.timeout, "context deadline exceeded")
  static let cancelled = ClientFailure(.cancelled, "context canceled")

  /// The error of a whole request, as Go's `url.Error` reads.
  func error(_ method: HTTPMethod, _ url: String) -> HTTPClientError {
    guard !isInBody else { return HTTPClientError(kind, text) }
    let verb = method.rawValue.prefix(1) + method.rawValue.dropFirst().lowercased()
    return HTTPClientError(kind, "\(verb) \(ClientURL.quoted(url)): \(text)")
  }

  /// An error number in Go's words: `connection refused`.
  static func reason(_ number: Int32) -> String {
    let text = strerror(number).map { String(cString: $0) } ?? "errno \(number)"
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  /// A connection that could not be made: `dial tcp 127.0.0.1:1: connect: connection refused`.
  static func dial(_ address: SocketAddress, _ error: any Error) -> ClientFailure {
    let place = HTTPAddress(address).map { "\($0)" } ?? "\(address)"
    let reason =
      switch error {
      case let error as IOError: "connect: \(reason(error.errnoCode))"
      case ChannelError.connectTimeout: "i/o timeout"
      default: "connect: \(error)"
      }
    return ClientFailure(.connect, "dial tcp \(place): \(reason)")
  }

  /// What went wrong on an open connection.
  ///
  /// - Parameter path: the two ends, as Go shows them: `127.0.0.1:5->127.0.0.1:6`.
  static func broken(_ error: any Error, path: String) -> ClientFailure {
    switch error {
    case TLSError.closedDuringHandshake: return ClientFailure(.broken, "EOF")
    case TLSError.handshakeTimeout: return ClientFailure(.timeout, "net/http: TLS handshake timeout")
    case TLSError.truncated: return ClientFailure(.broken, "unexpected EOF")
    case TLSError.failed(let reason): return ClientFailure(.tls, alert(reason) ?? "tls: \(reason)")
    case let error as TLSError: return ClientFailure(.tls, "\(error)")
    case let error as IOError:
      return ClientFailure(.broken, "read tcp \(path): read: \(reason(error.errnoCode))")
    case HTTPParserError.invalidEOFState: return ClientFailure(.broken, "unexpected EOF")
    case HTTPParserError.headerOverflow: return ClientFailure(.broken, "\(ClientByteCounter.TooMuch())")
    case is HTTPParserError:
      return ClientFailure(
        .broken, "net/http: HTTP/1.x transport connection broken: malformed HTTP response")
    default: return ClientFailure(.broken, "\(error)")
    }
  }

  /// How Go calls the alerts that it names otherwise than OpenSSL (RFC 8446 section 6).
  private static let alertNames = [
    "unknown ca": "unknown certificate authority", "protocol version": "protocol version not supported",
    "certificate expired": "expired certificate", "certificate revoked": "revoked certificate",
    "certificate unknown": "unknown certificate",
  ]

  /// The peer's alert in Go's words; nil when OpenSSL's reason is none.
  private static func alert(_ reason: String) -> String? {
    let words = reason.split(separator: " ")
    guard let at = words.firstIndex(of: "alert"), at + 1 < words.count else { return nil }
    let name = words[(at + 1)...].joined(separator: " ")
    return "remote error: tls: \(alertNames[name] ?? name)"
  }
}
