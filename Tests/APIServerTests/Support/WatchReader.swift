import NIOCore
import Synchronization
import Values

@testable import HTTPService

/// Reads a watch frame by frame while the server writes it.
final class WatchReader: Sendable {
  /// What was written so far and not read yet.
  private let frames: AsyncStream<[UInt8]>
  private let task: Task<Void, Never>

  /// - Parameter reply: an answer to a watch.
  init?(_ reply: Reply) {
    guard let produce = reply.stream else { return nil }
    let (frames, continuation) = AsyncStream.makeStream(of: [UInt8].self)
    self.frames = frames
    task = Task {
      let holder = Holder()
      let outbox = Outbox<ByteBuffer>(capacity: 1 << 20) {
        for buffer in holder.take() { continuation.yield(Array(buffer.readableBytesView)) }
      }
      holder.outbox.withLock { $0 = outbox }
      try? await produce(HTTPBodyWriter(outbox: outbox))
      continuation.finish()
    }
  }

  private final class Holder: Sendable {
    let outbox = Mutex<Outbox<ByteBuffer>?>(nil)

    func take() -> [ByteBuffer] { outbox.withLock { $0 }?.take() ?? [] }
  }

  deinit { task.cancel() }

  /// Ends the watch as a client does that goes away.
  func close() { task.cancel() }

  /// The next frame as it was written; nil after the last one.
  func frame() async -> [UInt8]? {
    var iterator = frames.makeAsyncIterator()
    return await iterator.next()
  }

  /// The next event of a JSON watch.
  func event() async -> Value? {
    guard let frame = await frame() else { return nil }
    return try? JSON.parse(frame)
  }

  /// All events until the watch ends.
  func rest() async -> [Value] {
    var events: [Value] = []
    while let event = await event() { events.append(event) }
    return events
  }
}

extension Value {
  /// A watch event as `ADDED name`, a bookmark as `BOOKMARK`.
  var eventText: String {
    let name = self["object"]?["metadata"]?["name"]?.string
    return (self["type"]?.string ?? "") + (name.map { " \($0)" } ?? "")
  }
}
