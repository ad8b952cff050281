import Values

/// autoscaling/v1 and v2 HorizontalPodAutoscaler. What v1 has no field for it keeps in annotations, so that
/// nothing is lost on the way there and back.
enum AutoscalerConversion {
  private static let metrics = "autoscaling.alpha.kubernetes.io/metrics"
  private static let currentMetrics = "autoscaling.alpha.kubernetes.io/current-metrics"
  private static let conditions = "autoscaling.alpha.kubernetes.io/conditions"
  private static let behavior = "autoscaling.alpha.kubernetes.io/behavior"

  static func toV1(_ object: inout Value) {
    var kept: [(String, Value)] = []
    var others: [Value] = []
    for metric in object["spec"]?["metrics"]?.array ?? [] {
      if let percentage = cpuUtilization(metric, "target")?["averageUtilization"] {
        object["spec"]?["targetCPUUtilizationPercentage"] = percentage
      } else {
        others.append(AutoscalerMetrics.older(metric))
      }
    }
    if !others.isEmpty { kept.append((metrics, .array(others))) }
    object["spec"]?["metrics"] = nil
    if let value = object["spec"]?["behavior"] {
      kept.append((behavior, AutoscalerBehavior.older(value)))
      object["spec"]?["behavior"] = nil
    }
    var current: [Value] = []
    for metric in object["status"]?["currentMetrics"]?.array ?? [] {
      if let percentage = cpuUtilization(metric, "current")?["averageUtilization"] {
        object["status"]?["currentCPUUtilizationPercentage"] = percentage
      } else {
        current.append(AutoscalerMetrics.older(metric))
      }
    }
    if !current.isEmpty { kept.append((currentMetrics, .array(current))) }
    object["status"]?["currentMetrics"] = nil
    if let value = object["status"]?["conditions"] {
      kept.append((conditions, value))
      object["status"]?["conditions"] = nil
    }
    // Counts that this version always shows.
    for key in ["currentReplicas", "desiredReplicas"] where object["status"]?[key] == nil {
      object.set(0, at: ["status", key])
    }
    for (key, value) in kept {
      object.set(.string(JSON.text(value)), at: ["metadata", "annotations", key])
    }
  }

  static func toV2(_ object: inout Value) {
    var all: [Value] = []
    if let percentage = object["spec"]?["targetCPUUtilizationPercentage"] {
      all.append([
        "type": "Resource",
        "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": percentage]],
      ])
      object["spec"]?["targetCPUUtilizationPercentage"] = nil
    }
    all += (restored(metrics, &object)?.array ?? []).map { AutoscalerMetrics.newer($0, "target") }
    if !all.isEmpty { object["spec"]?["metrics"] = .array(all) }
    if let value = restored(behavior, &object) {
      object["spec"]?["behavior"] = AutoscalerBehavior.newer(value)
    }
    var current: [Value] = []
    if let percentage = object["status"]?["currentCPUUtilizationPercentage"] {
      current.append([
        "type": "Resource", "resource": ["name": "cpu", "current": ["averageUtilization": percentage]],
      ])
      object["status"]?["currentCPUUtilizationPercentage"] = nil
    }
    current += (restored(currentMetrics, &object)?.array ?? []).map { AutoscalerMetrics.newer($0, "current") }
    if object["status"] != nil {
      object["status"]?["currentMetrics"] = current.isEmpty ? .null : .array(current)
    }
    if let value = restored(conditions, &object) { object.set(value, at: ["status", "conditions"]) }
  }

  private static func cpuUtilization(_ metric: Value, _ field: String) -> Value? {
    guard metric["type"]?.string == "Resource", metric["resource"]?["name"]?.string == "cpu",
      metric["resource"]?[field]?["averageUtilization"] != nil
    else { return nil }
    return metric["resource"]?[field]
  }

  /// What an annotation kept; the annotation goes. One that clients filled with something else is left.
  private static func restored(_ key: String, _ object: inout Value) -> Value? {
    guard let text = object["metadata"]?["annotations"]?[key]?.string, let value = try? JSON.parse(text)
    else {
      return nil
    }
    object["metadata"]?["annotations"]?[key] = nil
    if object["metadata"]?["annotations"]?.object?.isEmpty == true {
      object["metadata"]?["annotations"] = nil
    }
    return value
  }
}
