import Schema
import Values

/// Events. Those of the core group may leave out what those of events.k8s.io need.
enum EventRules {
  static let rules = KindRules(skipsMetadata: true, content: content, steps: [.content])

  private static let content: ObjectRule = { event, errors in
    let isNew = event["apiVersion"].text == "events.k8s.io/v1"
    let object = event[isNew ? "regarding" : "involvedObject"]
    namespace(event, object["namespace"].renamed("involvedObject.namespace"), &errors)
    if isNew { new(event, &errors) }
  }

  private static func namespace(_ event: Field, _ namespace: Field, _ errors: inout Findings) {
    let own = event["metadata"]["namespace"].text
    if namespace.hasText {
      if own != namespace.text { errors.invalid(namespace, "does not match event.namespace") }
    } else if own != "default", own != "kube-system" {
      errors.invalidText(namespace, "does not match event.namespace")
    }
  }

  private static func new(_ event: Field, _ errors: inout Findings) {
    if !event["eventTime"].isSet { errors.required(event["eventTime"]) }
    if !["Normal", "Warning"].contains(event["type"].text) {
      errors.invalidText(event["type"], "has invalid value: \(event["type"].text)")
    }
  }
}
