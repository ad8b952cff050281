import Synchronization
import Values

/// Remembers values for a time each, and at most so many: when there are more, those that were not asked for
/// the longest go (k8s.io/apimachinery/pkg/util/cache LRUExpireCache).
public final class ExpiringCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Entry {
    var value: Value
    var deadline: Timestamp
    /// The number of the look-up that last asked for it.
    var lastUse: UInt64
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var uses: UInt64 = 0
  }

  private let capacity: Int
  private let state = Mutex(State())

  public init(capacity: Int) { self.capacity = max(1, capacity) }

  public var count: Int { state.withLock { $0.entries.count } }

  /// The value, while its time is not over.
  public func value(for key: Key, at now: Timestamp) -> Value? {
    state.withLock { state in
      guard let entry = state.entries[key] else { return nil }
      guard now < entry.deadline else {
        state.entries[key] = nil
        return nil
      }
      state.uses += 1
      state.entries[key]?.lastUse = state.uses
      return entry.value
    }
  }

  /// Remembers a value for some seconds; not at all for none.
  public func set(_ value: Value, for key: Key, seconds: Int64, at now: Timestamp) {
    guard seconds > 0 else { return }
    state.withLock { state in
      state.uses += 1
      state.entries[key] = Entry(
        value: value, deadline: now.adding(seconds: seconds), lastUse: state.uses)
      if state.entries.count > capacity { Self.shrink(&state, to: capacity, now) }
    }
  }

  /// Makes room for more than one, so that not every new entry has to.
  private static func shrink(_ state: inout State, to capacity: Int, _ now: Timestamp) {
    state.entries = state.entries.filter { now < $0.value.deadline }
    guard state.entries.count > capacity else { return }
    let oldest = state.entries.values.map(\.lastUse).sorted()
    let limit = oldest[state.entries.count - max(1, capacity - capacity / 8)]
    state.entries = state.entries.filter { $0.value.lastUse >= limit }
  }
}
