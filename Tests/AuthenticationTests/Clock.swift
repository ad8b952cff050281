import Synchronization
import Values

/// A clock that stands still until it is moved.
final class Clock: Sendable {
  private let time = Mutex(Timestamp(seconds: 1_800_000_000))

  var now: Timestamp { time.withLock { $0 } }

  func advance(_ seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}
