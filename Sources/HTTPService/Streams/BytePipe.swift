import NIOCore
import Synchronization

/// Bytes from one task to another: the writer waits while too much is unread.
public final class BytePipe: Sendable {
  private struct State {
    var buffers = CircularBuffer<ByteBuffer>()
    var bytes = 0
    var isFinished = false
    var failure: ByteStreamError?
    var waiters: [CheckedContinuation<Void, Never>] = []

    var mark: Mark { Mark(bytes: bytes, isFinished: isFinished, hasFailed: failure != nil) }
  }

  /// What tells two states apart, as far as those who wait are concerned.
  private struct Mark: Equatable {
    var bytes: Int
    var isFinished: Bool
    var hasFailed: Bool
  }

  private enum Step<T> {
    case done(T)
    case fail(ByteStreamError)
    case wait
  }

  private let state = Mutex(State())
  private let capacity: Int

  /// - Parameter capacity: the bytes that may be unread before a writer waits.
  public init(capacity: Int = 64 << 10) { self.capacity = capacity }

  /// Adds bytes, once there is room. One piece may be larger than the capacity.
  /// - Throws: when the pipe has ended, or the task is cancelled.
  public func write(_ buffer: ByteBuffer) async throws(ByteStreamError) {
    guard buffer.readableBytes > 0 else { return }
    try await step { (state: inout State) -> Step<Void> in
      if let failure = state.failure { return .fail(failure) }
      if state.isFinished { return .fail(.disconnected) }
      guard state.bytes == 0 || state.bytes + buffer.readableBytes <= capacity else { return .wait }
      state.buffers.append(buffer)
      state.bytes += buffer.readableBytes
      return .done(())
    }
  }

  /// The next bytes; nil at their end. What was written before a failure is still read.
  public func read() async throws(ByteStreamError) -> ByteBuffer? {
    try await step { (state: inout State) -> Step<ByteBuffer?> in
      if let buffer = state.buffers.popFirst() {
        state.bytes -= buffer.readableBytes
        return .done(buffer)
      }
      if let failure = state.failure { return .fail(failure) }
      return state.isFinished ? .done(nil) : .wait
    }
  }

  var unreadBytes: Int { state.withLock { $0.bytes } }

  /// No more bytes come.
  public func finish() { change { $0.isFinished = true } }

  /// Adds the last bytes, without regard to the room.
  func finish(with bytes: ByteBuffer) {
    change { state in
      if bytes.readableBytes > 0 { state.buffers.append(bytes) }
      state.bytes += bytes.readableBytes
      state.isFinished = true
    }
  }

  /// Ends the pipe: writers fail, and readers once they have read what is there.
  /// - Parameter discards: whether what is unread is thrown away.
  public func fail(_ error: ByteStreamError, discards: Bool = false) {
    change { state in
      if state.failure == nil, !(state.isFinished && !discards) { state.failure = error }
      if discards { (state.buffers, state.bytes) = ([], 0) }
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let waiters = state.withLock { state in
      body(&state)
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  private func step<T: Sendable>(
    _ body: (inout State) -> Step<T>
  ) async throws(ByteStreamError) -> T {
    while true {
      let (step, waiters, mark) = state.withLock {
        (state: inout State) -> (Step<T>, [CheckedContinuation<Void, Never>], Mark) in
        let step = body(&state)
        if case .wait = step { return (step, [], state.mark) }
        defer { state.waiters = [] }
        return (step, state.waiters, state.mark)
      }
      for waiter in waiters { waiter.resume() }
      switch step {
      case .done(let result): return result
      case .fail(let error): throw error
      case .wait:
        if Task.isCancelled { throw .cancelled }
        await waitForChange(since: mark)
      }
    }
  }

  private func waitForChange(since mark: Mark) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if state.mark != mark || Task.isCancelled { return true }
          state.waiters.append(continuation)
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      change { _ in }
    }
  }
}

/// One end of two pipes, in the same process.
public final class PipeStream: ByteStream {
  private let incoming: BytePipe
  private let outgoing: BytePipe

  private init(incoming: BytePipe, outgoing: BytePipe) {
    self.incoming = incoming
    self.outgoing = outgoing
  }

  /// Two ends: what is written to one is read from the other.
  public static func pair(capacity: Int = 64 << 10) -> (PipeStream, PipeStream) {
    let (there, back) = (BytePipe(capacity: capacity), BytePipe(capacity: capacity))
    return (PipeStream(incoming: back, outgoing: there), PipeStream(incoming: there, outgoing: back))
  }

  public func read() async throws -> ByteBuffer? { try await incoming.read() }
  public func write(_ bytes: ByteBuffer) async throws { try await outgoing.write(bytes) }
  public func finish() async { outgoing.finish() }

  public func close() async {
    outgoing.finish()
    incoming.fail(.disconnected, discards: true)
  }
}
