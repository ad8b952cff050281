import NIOCore

/// The writes of a TLS connection that are not encrypted yet, in order.
struct TLSWriteQueue {
  private struct Write {
    var data: ByteBuffer
    let promise: EventLoopPromise<Void>?
  }

  private var writes = MarkedCircularBuffer<Write>(initialCapacity: 4)
  /// Small writes are gathered here, to go out as one record. Reused.
  private var record = ByteBuffer()
  /// The bytes in the queue.
  private(set) var bytes = 0

  /// From so many bytes on, writes before the end of the handshake are refused.
  static let limitBeforeHandshake = 1024 * 1024
  /// At most so much plain text is encrypted in one go, so that the channel's back-pressure is felt.
  private static let batchSize = 256 * 1024

  /// Adds a write at the end.
  mutating func append(_ data: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
    bytes += data.readableBytes
    writes.append(Write(data: data, promise: promise))
  }

  /// Everything in the queue is flushed: it may go out.
  mutating func mark() {
    writes.mark()
  }

  /// Whether there is something flushed.
  var hasFlushed: Bool { writes.hasMark }

  /// Encrypts flushed writes, up to ``batchSize``.
  ///
  /// - Returns: how it went, and the promise of all writes whose last byte is in.
  mutating func encrypt(_ connection: TLSConnection) -> (TLSConnection.Step, EventLoopPromise<Void>?) {
    var promise: EventLoopPromise<Void>?
    var count = 0
    var step = TLSConnection.Step.done
    connection.wire.output.reserveCapacity(min(bytes + 512, TLSWriteQueue.batchSize + 1024))
    record.clear()
    while writes.hasMark, count < TLSWriteQueue.batchSize, var write = writes.first {
      let readable = write.data.readableBytes
      let isLast = writes.count == 1
      if record.readableBytes == 0, isLast || readable >= TLSConnection.recordSize {
        let taken = min(readable, TLSWriteQueue.batchSize - count)
        step = write.data.withUnsafeReadableBytes {
          connection.write(UnsafeRawBufferPointer(rebasing: $0[..<taken]))
        }
        write.data.moveReaderIndex(forwardBy: taken)
        count += taken
      } else {
        let taken = min(readable, TLSConnection.recordSize - record.readableBytes)
        if var slice = write.data.readSlice(length: taken) { record.writeBuffer(&slice) }
        count += taken
        if record.readableBytes == TLSConnection.recordSize { step = writeRecord(connection) }
      }
      if write.data.readableBytes == 0 {
        _ = writes.popFirst()
        if let done = write.promise { promise = TLSWriteQueue.joined(promise, done) }
      } else {
        writes[writes.startIndex] = write
      }
      guard case .done = step else { break }
    }
    if case .done = step, record.readableBytes > 0 { step = writeRecord(connection) }
    bytes -= min(bytes, count)
    if case .done = step { return (.done, promise) }
    if case .failed = step { return (step, promise) }
    // A record can always be written: nothing is ever waited for.
    return (.failed(.failed("connection closed")), promise)
  }

  private mutating func writeRecord(_ connection: TLSConnection) -> TLSConnection.Step {
    defer { record.clear() }
    return record.withUnsafeReadableBytes { connection.write($0) }
  }

  private static func joined(
    _ first: EventLoopPromise<Void>?, _ second: EventLoopPromise<Void>
  ) -> EventLoopPromise<Void> {
    guard let first else { return second }
    first.futureResult.cascade(to: second)
    return first
  }

  /// Empties the queue.
  ///
  /// - Returns: the promises of its writes, in order, for the caller to fail: whoever hears of it may write
  ///   again.
  mutating func takePromises() -> [EventLoopPromise<Void>] {
    let promises = writes.compactMap(\.promise)
    writes = MarkedCircularBuffer<Write>(initialCapacity: 4)
    bytes = 0
    return promises
  }
}
