import Schema
import Values

/// Rows of horizontal pod autoscalers.
enum AutoscalingCells {
  static let makers: [String: CellMaker] = [
    "horizontalpodautoscalers.autoscaling": { autoscaler in row(autoscaler) },
    "horizontalpodautoscalers.autoscaling/v1": { autoscaler in
      var object = autoscaler.value ?? .null
      object["apiVersion"] = "autoscaling/v1"
      let kind = GroupVersion(group: "autoscaling", version: "v2").kind("HorizontalPodAutoscaler")
      return row(ObjectReader(KindConversion.convert(object, to: kind), now: autoscaler.now))
    },
  ]

  private static func row(_ autoscaler: ObjectReader) -> [Value] {
    let spec = autoscaler["spec"]
    let target = spec["scaleTargetRef"]
    let least = spec["minReplicas"]
    return [
      .string(autoscaler.name), .string("\(target["kind"].text)/\(target["name"].text)"),
      .string(targets(spec["metrics"].items, autoscaler.at("status.currentMetrics").items)),
      .string(least.exists ? String(least.integer) : "<unset>"), .int(spec["maxReplicas"].integer),
      .int(autoscaler.at("status.currentReplicas").integer), .string(autoscaler.age),
    ]
  }

  private static let shownMetrics = 2

  /// What each metric is at, and what it should be: `cpu: 12%/80%`.
  private static func targets(_ metrics: [ObjectReader], _ current: [ObjectReader]) -> String {
    let texts = metrics.prefix(shownMetrics + 1).enumerated().map { index, metric in
      text(metric, index < current.count ? current[index] : ObjectReader(nil, now: metric.now))
    }
    return LimitedList.text(
      texts, total: metrics.count, shown: shownMetrics, separator: ", ", empty: "<none>")
  }

  /// The field of a metric that its type names.
  private static let fields = [
    "External": "external", "Pods": "pods", "Object": "object", "Resource": "resource",
    "ContainerResource": "containerResource",
  ]

  private static func text(_ metric: ObjectReader, _ status: ObjectReader) -> String {
    guard let field = fields[metric["type"].text] else { return "<unknown type>" }
    let target = metric[field]["target"]
    let source = status[field]
    let current = source["current"]
    let average = target["averageValue"]
    switch field {
    case "pods":
      return "\(known(source, current["averageValue"]))/\(average.optionalQuantity)"
    case "external", "object":
      guard average.exists else {
        return "\(known(source, current["value"]))/\(target["value"].optionalQuantity)"
      }
      return "\(known(current["averageValue"], current["averageValue"]))/\(average.quantity) (avg)"
    default:
      let name = metric[field]["name"].text
      if average.exists { return "\(name): \(known(source, current["averageValue"]))/\(average.quantity)" }
      let now = percentage(current["averageUtilization"], missing: "<unknown>")
      return "\(name): \(now)/\(percentage(target["averageUtilization"], missing: "<auto>"))"
    }
  }

  private static func known(_ source: ObjectReader, _ quantity: ObjectReader) -> String {
    source.exists ? quantity.optionalQuantity : "<unknown>"
  }

  private static func percentage(_ number: ObjectReader, missing: String) -> String {
    number.exists ? "\(number.integer)%" : missing
  }
}
