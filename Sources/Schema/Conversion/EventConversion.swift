import Values

/// core/v1 and events.k8s.io/v1 Event: one object under two sets of names.
enum EventConversion {
  private static let coreToEvents: [(from: String, to: String)] = [
    ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
  ]

  static func toEvents(_ event: inout Value) {
    rename(coreToEvents, in: &event)
    // Scalars that this version always has.
    if event["regarding"] == nil { event["regarding"] = [:] }
  }

  static func toCore(_ event: inout Value) {
    rename(coreToEvents.map { (from: $0.to, to: $0.from) }, in: &event)
    for (key, empty) in [
      ("involvedObject", [:]), ("source", [:]), ("firstTimestamp", .null), ("lastTimestamp", .null),
      ("eventTime", .null), ("reportingComponent", ""), ("reportingInstance", ""),
    ] as [(String, Value)] where event[key] == nil { event[key] = empty }
  }
}
