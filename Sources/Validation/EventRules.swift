import Schema
import Values

/// Events. Both groups store the same objects; what is written by events.k8s.io is held to more
/// (pkg/apis/core/validation/events.go). Findings name the fields as the core group does.
enum EventRules {
  /// Written by the core group.
  static let rules = KindRules(skipsMetadata: true, content: legacy, steps: [.content])

  /// Written by events.k8s.io.
  static let strict = KindRules(
    content: { _, _ in },
    create: { event, errors in
      var found = Findings()
      legacy(event, &found)
      errors = found + errors
      series(event, &errors)
      complete(event, &errors)
    },
    change: { new, old, errors in
      var found = Findings()
      legacy(new, &found)
      errors = found + errors
      if new["series"].value != old["series"] { series(new, &errors) }
      for (name, path) in settled { unchanged(new[name].renamed(path), old[name], &errors) }
    },
    steps: [.metadataUpdate, .change])

  // MARK: - What every event must satisfy

  private static let legacy: ObjectRule = { event, errors in
    let own = event["metadata"]["namespace"].text
    let namespace = event["involvedObject"]["namespace"]
    func mismatch() { errors.invalidText(namespace, "does not match event.namespace") }
    if !event["eventTime"].isSet {
      if namespace.hasText ? namespace.text != own : !["", "default"].contains(own) { mismatch() }
    } else {
      if !namespace.hasText, own != "default", own != "kube-system" { mismatch() }
      reported(event, &errors)
    }
    for message in Names.dns1123Subdomain(own) {
      errors.append(.invalid("namespace", .string(own), message))
    }
  }

  /// Those with a time of their own tell who reports them and what was done.
  private static func reported(_ event: Field, _ errors: inout Findings) {
    let controller = event["reportingComponent"].renamed("reportingController")
    errors.requireText(controller)
    errors.check(controller, Names.qualified)
    for name in ["reportingInstance", "action", "reason"] {
      errors.requireText(event[name])
      atMost(128, event[name], &errors)
    }
    atMost(1024, event["message"], &errors)
  }

  private static func atMost(_ limit: Int, _ field: Field, _ errors: inout Findings) {
    if field.text.utf8.count > limit {
      errors.invalid(field, showing: "", "can have at most \(limit) characters")
    }
  }

  // MARK: - What the newer group asks for besides

  private static func series(_ event: Field, _ errors: inout Findings) {
    let series = event["series"]
    if !series.isSet { return }
    if series["count"].number < 2 { errors.invalid(series["count"], showing: "", "should be at least 2") }
    if !series["lastObservedTime"].isSet { errors.required(series["lastObservedTime"]) }
  }

  private static func complete(_ event: Field, _ errors: inout Findings) {
    if !event["eventTime"].isSet { errors.required(event["eventTime"]) }
    if !["Normal", "Warning"].contains(event["type"].text) {
      errors.invalid(event["type"], showing: "", "has invalid value: \(event["type"].text)")
    }
    let isOld = [
      ("firstTimestamp", event["firstTimestamp"].isSet), ("lastTimestamp", event["lastTimestamp"].isSet),
      ("count", event["count"].number != 0),
      ("source", event["source"]["component"].hasText || event["source"]["host"].hasText),
    ]
    for (name, isSet) in isOld where isSet { errors.invalid(event[name], showing: "", "needs to be unset") }
  }

  /// What stays as it was written, and the name that findings give it.
  private static let settled: [(String, FieldPath)] =
    [
      "involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "reason",
      "type", "eventTime", "action", "related",
    ].map { ($0, FieldPath($0)) }
    + [("reportingComponent", "reportingController"), ("reportingInstance", "reportingInstance")]

  private static func unchanged(_ new: Field, _ old: Value?, _ errors: inout Findings) {
    let was = Field(old)
    let isSame: Bool
    switch (new.value, was.value) {
    case (nil, let other?), (let other?, nil): isSame = other.isEmptyPart || other == .int(0)
    case let (now, before): isSame = now == before
    }
    if isSame { return }
    let name = new.path.description
    let structs = [
      "involvedObject": "ObjectReference", "related": "ObjectReference", "source": "EventSource",
    ]
    let shown: Value
    if let type = structs[name], new.isSet || name != "related" {
      shown = GoStruct.value(new.value, as: type)
    } else {
      shown =
        new.value ?? (name == "count" ? 0 : name.hasSuffix("Time") || name.hasSuffix("stamp") ? .null : "")
    }
    errors.invalid(new, showing: shown, Texts.immutable)
  }
}
