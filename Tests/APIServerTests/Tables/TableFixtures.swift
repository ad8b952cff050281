import Schema
import Values

@testable import APIServer

/// The moment that the ages of these tests are counted to.
let tableNow = Timestamp(seconds: 1_772_366_400, nanoseconds: 500_000_000)  // 2026-03-01T12:00:00.5Z

/// A suite about tables, with short names for what its tests do again and again.
protocol TableSuite {}

extension TableSuite {
  /// The text of the moment so many seconds before ``tableNow``.
  func ago(_ seconds: Int64) -> Value { .string(Timestamp(seconds: tableNow.seconds - seconds).rfc3339) }

  /// An object of that name, five minutes old.
  func named(_ name: String, _ fields: Value = [:]) -> Value {
    var object = fields
    var metadata = fields["metadata"] ?? [:]
    metadata["name"] = .string(name)
    metadata["creationTimestamp"] = ago(300)
    object["metadata"] = metadata
    return object
  }

  /// The cells that the table of a built-in resource has for an object.
  func cells(_ resource: String, group: String = "", version: String = "v1", _ object: Value) -> [Value] {
    let resource = GroupVersionResource(group: group, version: version, resource: resource)
    return KindTable(resource).cells(object, now: tableNow)
  }

  /// The same by the names of the columns.
  func cell(
    _ column: String, of resource: String, group: String = "", version: String = "v1", _ object: Value
  ) -> Value? {
    let name = GroupVersionResource(group: group, version: version, resource: resource)
    let table = KindTable(name)
    guard let index = table.columns.firstIndex(where: { $0["name"]?.string == column }) else { return nil }
    return table.cells(object, now: tableNow)[index]
  }
}

/// Numbers that look like chance and are the same every time (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
