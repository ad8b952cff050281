import HTTPService
import NIOCore
import Schema
import Values

/// The streams of a command on a WebSocket: each message begins with the number of its channel
/// (KEP-4006; k8s.io/apimachinery/pkg/util/remotecommand).
struct RemoteCommandSocket: Sendable {
  /// The subprotocols, those that are preferred first. What the client offers first is taken.
  enum Version: String, Sendable, CaseIterable {
    /// As version 4, and clients can close a channel.
    case v5 = "v5.channel.k8s.io"
    /// The outcome is a Status.
    case v4 = "v4.channel.k8s.io"
    case v4base64 = "v4.base64.channel.k8s.io"
    /// Failures are told as text.
    case v1 = "channel.k8s.io"
    case v1base64 = "base64.channel.k8s.io"

    var isBase64: Bool { self == .v4base64 || self == .v1base64 }
    var tellsStatus: Bool { self != .v1 && self != .v1base64 }
  }

  enum Channel: UInt8, Sendable {
    case stdin = 0
    case stdout, stderr, error, resize
    case close = 255
  }

  /// What comes from the client.
  enum Input: Sendable, Equatable {
    case bytes([UInt8])
    /// `{"Width":80,"Height":24}`, of a terminal.
    case resize
    case end
  }

  let version: Version
  let session: WebSocketSession
  private static let chunkBytes = 32 * 1024

  /// The first of the client's protocols that is known; nil where there is none.
  static func version(of context: RequestContext) -> Version? {
    let offered = context.http.headers["Sec-WebSocket-Protocol"].flatMap { $0.split(separator: ",") }
    return offered.lazy.compactMap { Version(rawValue: String($0.filter { $0 != " " && $0 != "\t" })) }.first
  }

  /// Sends the bytes in messages of moderate size.
  func send(_ bytes: [UInt8], to channel: Channel) async throws {
    var rest = bytes[...]
    repeat {
      let chunk = rest.prefix(Self.chunkBytes)
      rest = rest.dropFirst(Self.chunkBytes)
      if version.isBase64 {
        try await session.send(.text(String(channel.rawValue) + Base64.encode(chunk)))
      } else {
        try await session.send(.binary(ByteBuffer(bytes: [channel.rawValue] + chunk)))
      }
    } while !rest.isEmpty
  }

  /// Tells how the command ended.
  /// - Parameter failure: nil for a command that succeeded.
  func finish(_ failure: StatusError?) async throws {
    if version.tellsStatus {
      var status: Value = ["metadata": [:], "status": "Success"]
      if let failure {
        status = failure.value
        if failure.code == 0 { status["code"] = nil }
      }
      try await send(JSON.encode(status), to: .error)
    } else if let failure {
      try await send(Array(failure.message.utf8), to: .error)
    }
  }

  /// The next input; `end` once no more comes.
  func next() async throws -> Input {
    while true {
      var messages = session.messages
      guard let message = try await messages.next() else { return .end }
      guard let (channel, bytes) = unpack(message) else { continue }
      switch Channel(rawValue: channel) {
      case .stdin where !bytes.isEmpty: return .bytes(bytes)
      case .resize: return .resize
      case .close where version == .v5 && bytes.first == Channel.stdin.rawValue: return .end
      default: continue
      }
    }
  }

  private func unpack(_ message: WebSocketMessage) -> (UInt8, [UInt8])? {
    switch message {
    case .binary(let buffer):
      let bytes = Array(buffer.readableBytesView)
      guard let channel = bytes.first, !version.isBase64 else { return nil }
      return (channel, Array(bytes.dropFirst()))
    case .text(let text):
      guard let first = text.utf8.first else { return nil }
      if version.isBase64 {
        guard let bytes = try? Base64.decode(String(text.dropFirst())) else { return nil }
        return (first &- 0x30, bytes)
      }
      // Some clients send bytes as text.
      return (first, Array(text.utf8.dropFirst()))
    }
  }
}
