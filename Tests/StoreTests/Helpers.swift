import Schema
import Store
import Values

let pods = GroupResource(group: "", resource: "pods")
let widgets = GroupResource(group: "example.com", resource: "widgets")

/// The same numbers in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

func key(_ namespace: String, _ name: String) -> ObjectKey { ObjectKey(namespace: namespace, name: name) }

/// A small pod with one label and one field of its own.
func pod(_ name: String, on: String = "1", note: String = "") -> Value {
  [
    "metadata": ["labels": ["on": .string(on)], "name": .string(name)], "spec": ["note": .string(note)],
    "apiVersion": "v1", "kind": "Pod",
  ]
}

func isOn(_ object: StoredObject) -> Bool { object.value[path: "metadata", "labels", "on"] == "1" }

func note(_ object: StoredObject?) -> String? { object?.value[path: "spec", "note"]?.string }

/// Everything that the watch has for now: a bookmark tells where that ends.
func drain(_ watch: Watch) async -> [WatchEvent] {
  watch.requestBookmark()
  var events: [WatchEvent] = []
  for await event in watch {
    if event.type == .bookmark, !event.isInitialEventsEnd { return events }
    events.append(event)
  }
  return events
}

/// `ADDED a@2` for each event.
func lines(_ events: [WatchEvent]) -> [String] {
  events.map { event in
    guard let object = event.object else { return "\(event.type.rawValue) @\(event.revision)" }
    return "\(event.type.rawValue) \(object.key.name)@\(object.revision)"
  }
}
