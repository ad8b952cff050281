import NIOCore
import Synchronization

/// Several streams on one connection, by SPDY/3.1 as Kubernetes speaks it: frames and header compression are
/// those of the draft, but nobody keeps windows, since the library that Kubernetes uses never gives any. A
/// stream that isn't read holds up the connection instead.
///
///     let connection = SPDYConnection(stream)
///     try await connection.run { connection in
///       while let stream = try await connection.nextStream() { try await stream.accept() … }
///     }
public final class SPDYConnection: Sendable {
  /// What the other side can make this one do or keep.
  public struct Limits: Sendable {
    /// Streams that are open at a time.
    public var maxStreams = 512
    /// Without a frame from the other side.
    public var idleTimeout = Duration.seconds(4 * 3600)

    /// The usual bounds: the time is that of Kubernetes' streaming servers.
    public init() {}
  }

  private struct State {
    var streams: [UInt32: SPDYStream] = [:]
    var lastStream: UInt32 = 0
    /// Those that nobody has asked for yet.
    var waiting = 0
    var nextOwn: UInt32
    var isOver = false
  }

  private static let outboxBytes = 256 << 10

  private let transport: any ByteStream
  private let limits: Limits
  private let isServer: Bool
  private let state: Mutex<State>
  private let opened = Inbox<SPDYStream, ByteStreamError>(capacity: .max, cancelled: .cancelled) {}
  private let outbox: Outbox<SPDYFrame>
  private let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation

  /// - Parameters:
  ///   - transport: carries the frames; it is closed in the end.
  ///   - isServer: false for the side that opens the connection, whose streams are odd.
  public init(_ transport: any ByteStream, limits: Limits = Limits(), isServer: Bool = true) {
    self.transport = transport
    self.limits = limits
    self.isServer = isServer
    state = Mutex(State(nextOwn: isServer ? 2 : 1))
    let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.wakes = wakes
    self.wake = wake
    outbox = Outbox(capacity: Self.outboxBytes) { wake.yield() }
  }

  /// The next stream that the other side opens; nil when it opens no more. It waits to be accepted or reset.
  public func nextStream() async throws -> SPDYStream? {
    guard let stream = try await opened.next() else { return nil }
    state.withLock { $0.waiting -= 1 }
    return stream
  }

  /// Opens a stream.
  public func open(_ headers: [SPDYHeader]) async throws -> SPDYStream {
    let stream = try state.withLock { state throws(ByteStreamError) in
      guard !state.isOver, state.nextOwn < 0x7FFF_FFFF else { throw .disconnected }
      let stream = SPDYStream(id: state.nextOwn, headers: headers, connection: self)
      state.nextOwn += 2
      state.streams[stream.id] = stream
      return stream
    }
    try await send(.synStream(id: stream.id, headers: headers, isLast: false, isUnidirectional: false))
    return stream
  }

  /// Whether the other side may still send something.
  var isReading: Bool { state.withLock { !$0.isOver } }

  /// The streams that are open now.
  public var streamCount: Int { state.withLock { $0.streams.count } }

  /// Speaks SPDY until the work is done, or the other side has left: then the work is cancelled.
  /// - Throws: what the work throws.
  public func run(_ work: @escaping @Sendable (SPDYConnection) async throws -> Void) async throws {
    let writer = Task { await writeFrames() }
    let worker = Task { try await work(self) }
    let reader = Task {
      await readFrames()
      worker.cancel()
    }
    let result = await withTaskCancellationHandler {
      await worker.result
    } onCancel: {
      worker.cancel()
    }
    await sayGoodbye()
    outbox.fail(.clientGone)
    wake.finish()
    await writer.value
    await transport.close()
    reader.cancel()
    await reader.value
    try result.get()
  }

  /// Sends what is to be sent still, and that this is the end.
  private func sayGoodbye() async {
    let outbox = outbox
    let timer = Task {
      try await Task.sleep(for: .seconds(10))
      outbox.fail(.timedOut)
    }
    defer { timer.cancel() }
    let last = state.withLock { $0.lastStream }
    // The frame goes out with everything before it: once the outbox takes another, it is written.
    guard
      (try? await outbox.write(.goAway(lastStream: last, status: 0), cost: 64, endsWhenCancelled: false))
        != nil
    else { return }
    try? await outbox.write(.ignored, cost: Self.outboxBytes + 1, endsWhenCancelled: false)
  }

  func send(_ frame: SPDYFrame) async throws(HTTPWriteError) {
    try await outbox.write(frame, cost: frame.cost, endsWhenCancelled: false)
  }

  func forget(_ id: UInt32) { state.withLock { _ = $0.streams.removeValue(forKey: id) } }

  // MARK: - Writing

  private func writeFrames() async {
    let encoder = SPDYFrameEncoder()
    for await _ in wakes {
      var buffer = ByteBuffer()
      do {
        for frame in outbox.take() { try encoder.write(frame, to: &buffer) }
        try await transport.write(buffer)
        outbox.setWritable(true)
      } catch {
        return outbox.fail(.clientGone)
      }
    }
  }

  // MARK: - Reading

  private func readFrames() async {
    var decoder = SPDYFrameDecoder()
    var failure = ByteStreamError.disconnected
    do {
      while let bytes = try await nextBytes() {
        decoder.feed(bytes)
        while let frame = try decoder.next() { try await take(frame) }
      }
    } catch let error as ByteStreamError {
      failure = error
    } catch let error as SPDYError {
      failure = .malformed(error.description)
    } catch {}
    if case .malformed = failure {
      let last = state.withLock { $0.lastStream }
      try? await send(.goAway(lastStream: last, status: 1))
    }
    let streams = state.withLock { state in
      state.isOver = true
      defer { state.streams = [:] }
      return Array(state.streams.values)
    }
    for stream in streams { _ = stream.endInput(failure) }
    opened.finish()
  }

  /// The next bytes of the connection, if they come in time.
  private func nextBytes() async throws -> ByteBuffer? {
    let transport = transport
    let limit = limits.idleTimeout
    return try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
      group.addTask { try await transport.read() }
      group.addTask {
        try await Task.sleep(for: limit)
        throw ByteStreamError.timedOut
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }

  private func take(_ frame: SPDYFrame) async throws {
    switch frame {
    case .synStream(let id, let headers, let isLast, _): try await open(id, headers, isLast: isLast)
    case .data(let id, let bytes, let isLast):
      guard let stream = stream(id) else {
        // Of a stream that is over, or never was.
        return
      }
      // A stream that nobody reads any more takes everything.
      try? await stream.incoming.write(bytes)
      if isLast, stream.endInput() { forget(id) }
    case .synReply(let id, _, let isLast), .headers(let id, _, let isLast):
      if isLast, let stream = stream(id), stream.endInput() { forget(id) }
    case .reset(let id, _):
      _ = stream(id)?.endInput(.disconnected)
      forget(id)
    case .ping(let id):
      // An answer to a ping of this side is none to answer.
      if id % 2 == (isServer ? 1 : 0) { try await send(.ping(id)) }
    case .goAway: opened.finish()
    case .ignored: break
    }
  }

  private func stream(_ id: UInt32) -> SPDYStream? { state.withLock { $0.streams[id] } }

  private func open(_ id: UInt32, _ headers: [SPDYHeader], isLast: Bool) async throws {
    let refusal = state.withLock { state -> SPDYResetStatus? in
      guard id % 2 == (isServer ? 1 : 0), id > state.lastStream else { return .protocolError }
      state.lastStream = id
      guard max(state.streams.count, state.waiting) < limits.maxStreams else { return .refusedStream }
      state.waiting += 1
      return nil
    }
    if let refusal { return try await send(.reset(id: id, refusal)) }
    let stream = SPDYStream(id: id, headers: headers, connection: self)
    state.withLock { $0.streams[id] = stream }
    if isLast { _ = stream.endInput() }
    _ = opened.offer(stream, cost: 1)
  }
}
