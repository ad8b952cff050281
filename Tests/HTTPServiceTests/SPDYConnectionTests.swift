import NIOCore
import Testing

@testable import HTTPService

/// Streams on one connection.
@Suite(.timeLimit(.minutes(1))) struct SPDYConnectionTests {
  /// A server that sends back what comes on each stream, and a client.
  private func withEcho(
    limits: SPDYConnection.Limits = .init(), _ test: @escaping @Sendable (SPDYConnection) async throws -> Void
  ) async throws {
    let (near, far) = PipeStream.pair()
    let server = SPDYConnection(far, limits: limits)
    let serving = Task {
      try await server.run { connection in
        try await withThrowingTaskGroup(of: Void.self) { group in
          while let stream = try await connection.nextStream() {
            if stream.header("Refuse") != nil {
              await stream.reset(.refusedStream)
              continue
            }
            try await stream.accept()
            group.addTask {
              while let bytes = try await stream.read() { try await stream.write(bytes) }
              await stream.close()
            }
          }
          try await group.waitForAll()
        }
      }
    }
    try await SPDYConnection(near, isServer: false).run(test)
    _ = await serving.result
    #expect(server.streamCount == 0)
  }

  private func all(_ stream: SPDYStream) async throws -> String {
    var text = ""
    while let bytes = try await stream.read() { text += String(buffer: bytes) }
    return text
  }

  @Test func streamsGoSideBySide() async throws {
    try await withEcho { client in
      let streams = [
        try await client.open([SPDYHeader("n", "1")]), try await client.open([SPDYHeader("n", "2")]),
      ]
      #expect(streams.map(\.id) == [1, 3])
      for (index, stream) in streams.enumerated() {
        try await stream.write(ByteBuffer(string: "stream \(index)"))
      }
      for (index, stream) in streams.enumerated() {
        await stream.finish()
        #expect(try await all(stream) == "stream \(index)")
      }
    }
  }

  /// More than any buffer on the way holds.
  @Test func muchDataIsHeldBackAndComesWhole() async throws {
    try await withEcho { client in
      let stream = try await client.open([])
      let sender = Task {
        for number in 0..<400 {
          try await stream.write(ByteBuffer(bytes: [UInt8](repeating: UInt8(number % 251), count: 10_000)))
        }
        await stream.finish()
      }
      var count = 0
      var isRight = true
      while let bytes = try await stream.read() {
        for byte in bytes.readableBytesView {
          isRight = isRight && byte == UInt8(count / 10_000 % 251)
          count += 1
        }
      }
      try await sender.value
      #expect(count == 4_000_000 && isRight)
    }
  }

  @Test func aRefusedStreamEnds() async throws {
    try await withEcho { client in
      let stream = try await client.open([SPDYHeader("refuse", "")])
      await #expect(throws: ByteStreamError.self) { try await all(stream) }
      // The others go on.
      let other = try await client.open([])
      await other.finish()
      #expect(try await all(other) == "")
    }
  }

  @Test func thereAreNotTooManyStreams() async throws {
    var limits = SPDYConnection.Limits()
    limits.maxStreams = 2
    try await withEcho(limits: limits) { client in
      let streams = [try await client.open([]), try await client.open([])]
      let third = try await client.open([])
      await #expect(throws: ByteStreamError.self) { try await all(third) }
      for stream in streams {
        await stream.finish()
        #expect(try await all(stream) == "")
      }
    }
  }

  @Test func bytesThatAreNoSPDYEndTheConnection() async throws {
    let (near, far) = PipeStream.pair()
    try await near.write(
      ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\n\r\n" + String(repeating: "x", count: 99)))
    try await near.write(ByteBuffer(bytes: [0x80, 9, 0, 1, 0, 0, 0, 0]))
    await near.finish()
    try await SPDYConnection(far).run { connection in
      while let stream = try await connection.nextStream() { try await stream.accept() }
    }
  }

  @Test func aSilentConnectionEnds() async throws {
    let (near, far) = PipeStream.pair()
    var limits = SPDYConnection.Limits()
    limits.idleTimeout = .milliseconds(50)
    try await SPDYConnection(far, limits: limits).run { connection in
      let stream = try await connection.nextStream()
      #expect(stream == nil)
    }
    await near.close()
  }

  /// A client that opens streams and takes them back at once does not fill the server's memory.
  @Test func streamsThatNobodyTakesAreCounted() async throws {
    let (near, far) = PipeStream.pair(capacity: 8 << 20)
    var limits = SPDYConnection.Limits()
    limits.maxStreams = 10
    let encoder = SPDYFrameEncoder()
    var bytes = ByteBuffer()
    for id in stride(from: UInt32(1), to: 201, by: 2) {
      try encoder.write(.synStream(id: id, headers: [], isLast: false, isUnidirectional: false), to: &bytes)
      try encoder.write(.reset(id: id, .cancel), to: &bytes)
    }
    try await near.write(bytes)
    await near.finish()
    let connection = SPDYConnection(far, limits: limits)
    let signal = Signal(0)
    try await connection.run { connection in
      // Only looks once everything has come; the work is cancelled then.
      while connection.isReading { try? await Task.sleep(for: .milliseconds(2)) }
    }
    while let stream = try await connection.nextStream() {
      signal.update { $0 += 1 }
      #expect(stream.id % 2 == 1)
    }
    #expect(signal.value == 10)
  }
}
