import HTTPService
import NIOHTTP1
import Schema

/// How a client wants to stream: over a WebSocket, or by SPDY/3.1 (k8s.io/apimachinery/pkg/util/httpstream).
struct StreamNegotiation {
  static let versionHeader = "X-Stream-Protocol-Version"
  private static let acceptedHeader = "X-Accepted-Stream-Protocol-Versions"
  /// What the name of a protocol begins with that is spoken by SPDY in a WebSocket's messages.
  static let tunnelPrefix = "SPDY/3.1+"

  let context: RequestContext

  /// Whether the connection is to become another protocol's.
  var isUpgrade: Bool {
    context.http.headers["Connection"].contains { $0.lowercased().contains("upgrade") }
  }

  var isWebSocket: Bool {
    isUpgrade && context.http.headers.first(name: "Upgrade")?.lowercased() == "websocket"
  }

  /// The subprotocols of a WebSocket that the client offers, those that it prefers first.
  var subprotocols: [String] {
    context.http.headers["Sec-WebSocket-Protocol"].flatMap { $0.split(separator: ",") }
      .map { $0.filter { $0 != " " && $0 != "\t" } }.filter { !$0.isEmpty }
  }

  /// The protocols that the client offers to speak by SPDY inside a WebSocket.
  var tunneled: [String] {
    subprotocols.filter { $0.hasPrefix(Self.tunnelPrefix) && $0.hasSuffix(".k8s.io") }
      .map { String($0.dropFirst(Self.tunnelPrefix.count)) }
  }

  enum Outcome {
    /// The protocol to speak.
    case agreed(String)
    case refused(HTTPResponse)
  }

  /// Agrees on what is spoken by SPDY, as the streaming server of a container runtime does.
  /// - Parameters:
  ///   - offered: by the client inside a WebSocket; nil to look at the request's own headers.
  ///   - served: those that are known, best first.
  func spdy(_ served: [String], offered: [String]? = nil) -> Outcome {
    let offered =
      offered
      ?? context.http.headers[Self.versionHeader].flatMap { $0.split(separator: ",") }
      .map { $0.trimmingSpaces }.filter { !$0.isEmpty }
    let answer = Answer(context: context)
    guard !offered.isEmpty else {
      // The streaming server then answers nothing, which the servers in front of it take for no upgrade.
      return .refused(answer.text("invalid upgrade response: status code 200\n", code: 500))
    }
    guard let version = offered.first(where: served.contains) else {
      var refusal = answer.text(
        "unable to upgrade: unable to negotiate protocol: client supports [\(offered.joined(separator: " "))], "
          + "server accepts [\(served.joined(separator: " "))]\n", code: 403)
      for version in served { refusal.headers.add(name: Self.acceptedHeader, value: version) }
      return .refused(refusal)
    }
    let upgrade = context.http.headers.first(name: "Upgrade")?.lowercased() ?? ""
    guard isWebSocket || isUpgrade && upgrade.contains("spdy/3.1") else {
      return .refused(answer.text("unable to upgrade: missing upgrade headers in request\n", code: 400))
    }
    return .agreed(version)
  }

  /// 101 for SPDY/3.1: on the connection itself, or in the messages of a WebSocket.
  /// - Parameter work: is done while the client is there.
  func spdyAnswer(
    _ version: String, _ work: @escaping @Sendable (SPDYConnection) async throws -> Void
  ) -> HTTPResponse {
    var headers = Answer(context: context).headers
    if isWebSocket {
      let upgrade = WebSocketUpgrade(subprotocol: Self.tunnelPrefix + version) { session in
        try await SPDYConnection(WebSocketByteStream(session)).run(work)
      }
      return HTTPResponse(status: 101, headers: headers, body: .upgrade(upgrade))
    }
    headers.add(name: Self.versionHeader, value: version)
    let upgrade = StreamUpgrade("SPDY/3.1") { stream in try await SPDYConnection(stream).run(work) }
    return HTTPResponse(status: 101, headers: headers, body: .takeover(upgrade))
  }
}

extension Substring {
  /// Without blanks at its ends.
  fileprivate var trimmingSpaces: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
