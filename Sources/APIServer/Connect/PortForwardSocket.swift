import HTTPService
import NIOCore
import Schema
import Security
import Values

/// Port forwarding as channels of a WebSocket: two for each port, for data and for errors, whose first message
/// is the port in two bytes (k8s.io/kubelet/pkg/cri/streaming/portforward, "websocket").
struct PortForwardSocket: Sendable {
  static let base64 = "v4.base64.channel.k8s.io"
  static let versions = ["v4.channel.k8s.io", base64]

  let session: WebSocketSession
  let isBase64: Bool
  let ports: [Int]
  let forward: PortForward

  /// One port's end of the socket.
  private struct Channel: ByteStream {
    let socket: PortForwardSocket
    let number: UInt8
    let incoming = BytePipe(capacity: 256 << 10)

    func read() async throws -> ByteBuffer? { try await incoming.read() }
    func write(_ bytes: ByteBuffer) async throws { try await socket.send(bytes, to: number) }
    func finish() async {}
    func close() async { incoming.fail(.disconnected, discards: true) }
  }

  func run() async {
    let channels = ports.indices.map { Channel(socket: self, number: UInt8(2 * $0)) }
    await withTaskGroup(of: Void.self) { group in
      for (index, channel) in channels.enumerated() {
        group.addTask {
          let port = ports[index]
          let mark = ByteBuffer(bytes: [UInt8(port & 255), UInt8(port >> 8)])
          for number in [channel.number, channel.number + 1] { try? await send(mark, to: number) }
          if let failure = await forward.run(port, channel) {
            try? await send(ByteBuffer(string: failure), to: channel.number + 1)
          }
        }
      }
      let reader = Task { await receive(channels) }
      await group.waitForAll()
      reader.cancel()
    }
  }

  private func receive(_ channels: [Channel]) async {
    do {
      for try await message in session.messages {
        guard let (number, bytes) = unpack(message), number % 2 == 0, Int(number / 2) < channels.count else {
          continue
        }
        try? await channels[Int(number / 2)].incoming.write(bytes)
      }
    } catch {}
    for channel in channels { channel.incoming.finish() }
  }

  private func unpack(_ message: WebSocketMessage) -> (UInt8, ByteBuffer)? {
    switch message {
    case .binary(var buffer):
      guard !isBase64, let number = buffer.readInteger(as: UInt8.self) else { return nil }
      return (number, buffer)
    case .text(let text):
      guard isBase64, let first = text.utf8.first,
        let bytes = try? Base64.decode(String(text.dropFirst()))
      else { return nil }
      return (first &- 0x30, ByteBuffer(bytes: bytes))
    }
  }

  private func send(_ bytes: ByteBuffer, to number: UInt8) async throws {
    if isBase64 {
      let digit = String(Unicode.Scalar(0x30 &+ number))
      return try await session.send(.text(digit + Base64.encode(Array(bytes.readableBytesView))))
    }
    var bytes = bytes
    while let piece = bytes.readSlice(length: min(bytes.readableBytes, 32 << 10)), piece.readableBytes > 0 {
      var message = ByteBuffer(bytes: [number])
      message.writeImmutableBuffer(piece)
      try await session.send(.binary(message))
    }
  }
}
