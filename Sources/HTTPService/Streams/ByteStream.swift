import NIOCore

/// Why nothing more comes by a ``ByteStream``, other than its regular end.
public enum ByteStreamError: Error, Sendable, Equatable {
  case disconnected
  case cancelled
  case timedOut
  /// What came is not what the protocol has, and why.
  case malformed(String)
}

/// Bytes that go both ways, in order: a connection, or what is carried by one.
///
/// One task reads and one writes; the two may be different ones.
public protocol ByteStream: Sendable {
  /// The next bytes; waits for them. Nil once the other side sends no more.
  func read() async throws -> ByteBuffer?
  /// Sends bytes, and waits while the other side is slow to take them.
  func write(_ bytes: ByteBuffer) async throws
  /// Sends no more; what the other side sends is still read.
  func finish() async
  /// Ends both ways, once everything written is sent.
  func close() async
}

/// Hands what comes from one stream on to the other, both ways, until both have ended or one breaks; then both
/// are closed.
public func joinStreams(_ first: any ByteStream, _ second: any ByteStream) async {
  await withTaskGroup(of: Bool.self) { group in
    group.addTask { await copy(from: first, to: second) }
    group.addTask { await copy(from: second, to: first) }
    // One way may end long before the other; one that breaks ends both.
    while let isWhole = await group.next() {
      if !isWhole { group.cancelAll() }
    }
  }
  await first.close()
  await second.close()
}

/// - Returns: whether everything was handed on to its regular end.
private func copy(from source: any ByteStream, to target: any ByteStream) async -> Bool {
  do {
    while let bytes = try await source.read() { try await target.write(bytes) }
    await target.finish()
    return true
  } catch {
    return false
  }
}
