import Schema
import Values

/// Rows of events, of both groups that have them.
enum EventCells {
  static let makers: [String: CellMaker] = [
    "events": { event in row(event) },
    "events.events.k8s.io": { event in
      var object = event.value ?? .null
      object["apiVersion"] = "events.k8s.io/v1"
      let core = KindConversion.convert(object, to: GroupVersion(group: "", version: "v1").kind("Event"))
      return row(ObjectReader(core, now: event.now))
    },
  ]

  private static func row(_ event: ObjectReader) -> [Value] {
    let first = event[event["firstTimestamp"].time != nil ? "firstTimestamp" : "eventTime"].since
    var last = event["lastTimestamp"].time != nil ? event["lastTimestamp"].since : first
    var count = event["count"].integer
    if event["series"].exists {
      last = event.at("series.lastObservedTime").since
      count = event.at("series.count").integer
    } else if count == 0 {
      count = 1
    }
    let about = event["involvedObject"]
    let kind = about["kind"].text.lowercased()
    let name = about["name"].text
    return [
      .string(last), .string(event["type"].text), .string(event["reason"].text),
      .string(name.isEmpty ? kind : "\(kind)/\(name)"), .string(about["fieldPath"].text),
      .string(source(event)), .string(trimmed(event["message"].text)), .string(first), .int(count),
      .string(event.name),
    ]
  }

  /// The component that reports, and where it runs.
  private static func source(_ event: ObjectReader) -> String {
    let component = event.at("source.component").text(orEmpty: event["reportingComponent"].text)
    let instance = event.at("source.host").text(orEmpty: event["reportingInstance"].text)
    return instance.isEmpty ? component : "\(component), \(instance)"
  }

  private static func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
    guard let start = scalars.firstIndex(where: { !isSpace($0) }),
      let end = scalars.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(scalars[start...end])
  }
}
