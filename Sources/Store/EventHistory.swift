/// The latest events of one resource, for watches that start in the past.
struct EventHistory: Sendable {
  private var events = Ring<CommittedEvent>()
  private var bytes = 0
  /// The oldest revision after which every event is kept.
  private(set) var floor: UInt64

  init(floor: UInt64) { self.floor = floor }

  /// Adds an event and drops the oldest ones beyond the bounds.
  mutating func append(_ event: CommittedEvent, _ options: StoreOptions) {
    events.append(event)
    bytes += event.cost
    while events.count > options.eventCount || bytes > options.historyBytes, let oldest = events.popFirst() {
      bytes -= oldest.cost
      floor = oldest.change.revision
    }
  }

  /// The events after the revision, which must not be less than ``floor``.
  func events(after revision: UInt64) -> [CommittedEvent] {
    let start = events.partitionPoint { $0.change.revision <= revision }
    return (start..<events.count).map { events[$0] }
  }
}
