import HTTPService
import NIOCore
import NIOHTTP1
import Schema
import Values

/// Hands a request on to another server, and its answer back bit by bit, as Go's `httputil.ReverseProxy` and
/// Kubernetes' "UpgradeAwareHandler" do.
struct ReverseProxy: Sendable {
  let context: RequestContext
  /// What the headers say of where the request came to.
  var forwarded: [(name: String, value: String)] = []
  /// An answer of moderate size is sent as a whole, unless the request is one that goes on for long.
  private static let gatheredBytes = 1 << 20

  /// Header fields that are about one connection only (RFC 9110, section 7.6.1).
  private static let hopByHop: Set = [
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade", "content-length", "host",
  ]
  /// Answers to browsers of other sites are this server's own affair.
  private static let crossOrigin: Set = [
    "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods",
    "access-control-allow-origin",
  ]

  var isUpgrade: Bool { StreamNegotiation(context: context).isUpgrade }

  /// The header fields to send on.
  /// - Parameter drops: tells the names, in lower case, that are left out besides.
  func headers(dropping drops: (String) -> Bool = { _ in false }) -> HTTPHeaders {
    var headers = HTTPHeaders()
    for (name, value) in context.http.headers {
      let lower = name.lowercased()
      if !Self.hopByHop.contains(lower), !drops(lower) { headers.add(name: name, value: value) }
    }
    if isUpgrade, let upgrade = context.http.headers.first(name: "Upgrade") {
      headers.add(name: "Connection", value: "Upgrade")
      headers.add(name: "Upgrade", value: upgrade)
    }
    if let address = context.http.connection.remoteAddress {
      let earlier = context.http.headers["X-Forwarded-For"]
      headers.replaceOrAdd(
        name: "X-Forwarded-For", value: (earlier + [address.host]).joined(separator: ", "))
    }
    for field in forwarded { headers.replaceOrAdd(name: field.name, value: field.value) }
    return headers
  }

  /// Makes this server's answer of the other one's.
  /// - Parameter rewrite: changes the address that an answer sends the client to.
  /// - Throws: 500 for an answer to a request for another protocol that is neither that nor an error.
  func answer(
    _ reply: ClientStream, rewrite: (String) -> String = { $0 }
  ) async throws(StatusError) -> HTTPResponse {
    var headers = HTTPHeaders()
    headers.add(name: "Audit-Id", value: context.auditID)
    for (name, value) in reply.headers {
      let lower = name.lowercased()
      if Self.hopByHop.contains(lower) || Self.crossOrigin.contains(lower) || lower == "audit-id" { continue }
      headers.add(name: name, value: lower == "location" ? rewrite(value) : value)
    }
    if isUpgrade {
      guard let stream = reply.upgraded else {
        guard reply.status >= 400 else {
          throw .unexpected("invalid upgrade response: status code \(reply.status)")
        }
        return HTTPResponse(status: reply.status, headers: headers, body: try await body(reply))
      }
      let name = reply.headers.first(name: "Upgrade") ?? ""
      let upgrade = StreamUpgrade(name) { await joinStreams($0, stream) }
      return HTTPResponse(status: 101, headers: headers, body: .takeover(upgrade))
    }
    return HTTPResponse(
      status: reply.status, headers: headers, body: try await body(reply), isCompressible: false)
  }

  private func body(_ reply: ClientStream) async throws(StatusError) -> HTTPResponseBody {
    var first = ByteBuffer()
    if !Router.isLongRunning(context.info) || reply.knownLength.map({ $0 < Self.gatheredBytes }) == true {
      do {
        while first.readableBytes < Self.gatheredBytes {
          guard var part = try await reply.next() else { return .buffer(first) }
          first.writeBuffer(&part)
        }
      } catch {
        throw .unavailable("error trying to reach service: unexpected EOF")
      }
    }
    return .stream { [first] writer in
      try await writer.write(first)
      while let part = try await reply.next() { try await writer.write(part) }
    }
  }

  /// The reason of a failure, as Go's round trip alone has it: without what was asked for.
  static func reason(_ error: any Error) -> String {
    let text = (error as? HTTPClientError)?.description ?? "\(error)"
    guard let end = text.firstRange(of: "\": ") else { return text }
    return String(text[end.upperBound...])
  }

  /// A path as Go's `net/url` writes it.
  static func escaped(path: String) -> String {
    let plain = Set("-_.~$&+,/:;=@".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in path.utf8 {
      let isLetter = (0x30...0x39).contains(byte) || byte < 0x80 && (0x41...0x5A).contains(byte & 0xDF)
      if isLetter || plain.contains(byte) {
        out.append(byte)
      } else {
        out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
