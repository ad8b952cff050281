import Values

/// Spans as the body of an OTLP/HTTP request in JSON (OpenTelemetry Protocol 1.x, "JSON Protobuf Encoding"): numbers
/// of 64 bits are strings, ids hexadecimal.
enum OTLP {
  static func encode(_ spans: [Span], resource: [Span.Attribute]) -> [UInt8] {
    JSON.encode([
      "resourceSpans": [
        [
          "resource": ["attributes": attributes(resource)],
          "scopeSpans": [["scope": ["name": "drydock"], "spans": .array(spans.map(value))]],
        ]
      ]
    ])
  }

  private static func value(_ span: Span) -> Value {
    var object: Object = [
      "traceId": .string(span.context.traceID.hex), "spanId": .string(Hex.text(span.context.spanID)),
    ]
    if !span.context.state.isEmpty { object["traceState"] = .string(span.context.state) }
    if let parent = span.parent { object["parentSpanId"] = .string(Hex.text(parent)) }
    object["flags"] = .int(1)
    object["name"] = .string(span.name)
    object["kind"] = .int(Int64(span.kind.rawValue))
    object["startTimeUnixNano"] = .string(String(span.start))
    object["endTimeUnixNano"] = .string(String(span.end))
    if !span.attributes.isEmpty { object["attributes"] = attributes(span.attributes) }
    if let link = span.link {
      object["links"] = [
        ["traceId": .string(link.traceID.hex), "spanId": .string(Hex.text(link.spanID))]
      ]
    }
    // STATUS_CODE_ERROR
    if let failure = span.failure { object["status"] = ["code": 2, "message": .string(failure)] }
    return .object(object)
  }

  private static func attributes(_ attributes: [Span.Attribute]) -> Value {
    .array(
      attributes.map { key, value in
        let shown: Value =
          switch value {
          case .string(let text): ["stringValue": .string(text)]
          case .int(let number): ["intValue": .string(String(number))]
          case .bool(let flag): ["boolValue": .bool(flag)]
          }
        return ["key": .string(key), "value": shown]
      })
  }
}
