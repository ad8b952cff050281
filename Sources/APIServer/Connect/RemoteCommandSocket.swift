import HTTPService
import NIOCore
import Schema
import Values

/// The streams of a command on a WebSocket: each message begins with the number of its channel
/// (KEP-4006; k8s.io/apimachinery/pkg/util/remotecommand).
struct RemoteCommandSocket: RemoteCommandChannels {
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

  let version: Version
  let session: WebSocketSession
  private static let chunkBytes = 32 * 1024

  /// The first of the client's protocols that is known; nil where there is none.
  static func version(of context: RequestContext) -> Version? {
    StreamNegotiation(context: context).subprotocols.lazy.compactMap(Version.init(rawValue:)).first
  }

  /// The client waits for the first message to know which channels there are.
  func begin() async throws {
    for channel in [RemoteCommandChannel.stdout, .stderr] { try await send([], to: channel) }
  }

  /// Sends the bytes in messages of moderate size.
  func send(_ bytes: [UInt8], to channel: RemoteCommandChannel) async throws {
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

  func finish(_ failure: StatusError?) async throws {
    if let bytes = RemoteCommandOutcome.bytes(failure, asStatus: version.tellsStatus) {
      try await send(bytes, to: .error)
    }
  }

  func next() async throws -> RemoteCommandInput {
    while true {
      var messages = session.messages
      guard let message = try await messages.next() else { return .end }
      guard let (channel, bytes) = unpack(message) else { continue }
      switch RemoteCommandChannel(rawValue: channel) {
      case .stdin where !bytes.isEmpty: return .bytes(bytes)
      case .resize: return .resize
      case .close where version == .v5 && bytes.first == RemoteCommandChannel.stdin.rawValue: return .end
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
