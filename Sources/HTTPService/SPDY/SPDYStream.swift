import NIOCore
import Synchronization

/// One stream of a ``SPDYConnection``.
public final class SPDYStream: ByteStream {
  /// Bytes that came and nobody has read yet; beyond, the whole connection waits.
  static let bufferBytes = 256 << 10

  /// Odd where the client opened it.
  public let id: UInt32
  /// What the other side said of it when it opened it.
  public let headers: [SPDYHeader]
  let incoming = BytePipe(capacity: bufferBytes)
  private let connection: SPDYConnection

  private struct State {
    var hasFinished = false
    var isInputOver = false
  }

  private let state = Mutex(State())

  init(id: UInt32, headers: [SPDYHeader], connection: SPDYConnection) {
    self.id = id
    self.headers = headers
    self.connection = connection
  }

  /// The first value of a header.
  /// - Parameter name: in any case.
  public func header(_ name: String) -> String? {
    let name = name.lowercased()
    return headers.first { $0.name == name }.map { String($0.value.prefix { $0 != "\0" }) }
  }

  /// Lets the other side know that the stream is taken.
  public func accept() async throws {
    try await connection.send(.synReply(id: id, headers: [], isLast: false))
  }

  /// Ends the stream both ways at once; what was not read is lost.
  public func reset(_ status: SPDYResetStatus) async {
    let isNew = state.withLock { state in
      defer { (state.hasFinished, state.isInputOver) = (true, true) }
      return !state.hasFinished || !state.isInputOver
    }
    incoming.fail(.disconnected, discards: true)
    if isNew { try? await connection.send(.reset(id: id, status)) }
    connection.forget(id)
  }

  public func read() async throws -> ByteBuffer? { try await incoming.read() }

  public func write(_ bytes: ByteBuffer) async throws {
    guard bytes.readableBytes > 0 else { return }
    if state.withLock({ $0.hasFinished }) { throw ByteStreamError.disconnected }
    var bytes = bytes
    while let piece = bytes.readSlice(length: min(bytes.readableBytes, 32 << 10)), piece.readableBytes > 0 {
      try await connection.send(.data(id: id, piece, isLast: false))
    }
  }

  public func finish() async {
    let (isNew, isOver) = state.withLock { state in
      defer { state.hasFinished = true }
      return (!state.hasFinished, state.isInputOver)
    }
    if isNew { try? await connection.send(.data(id: id, ByteBuffer(), isLast: true)) }
    if isOver { connection.forget(id) }
  }

  public func close() async {
    await finish()
    // What still comes is for nobody.
    incoming.fail(.disconnected, discards: true)
  }

  /// The other side sends no more.
  /// - Returns: whether this side has finished as well.
  func endInput(_ error: ByteStreamError? = nil) -> Bool {
    if let error { incoming.fail(error) } else { incoming.finish() }
    return state.withLock { state in
      state.isInputOver = true
      if error != nil { state.hasFinished = true }
      return state.hasFinished
    }
  }
}
