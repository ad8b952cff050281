import Values

/// Metrics of autoscaling/v2 in the form of autoscaling/v1, which only its annotations hold
/// (k8s.io/api/autoscaling/v1, MetricSpec and MetricStatus).
enum AutoscalerMetrics {
  // MARK: - To the older form

  static func older(_ metric: Value) -> Value {
    var out: Object = ["type": metric["type"] ?? ""]
    for name in sources {
      guard let source = metric[name] else { continue }
      let isStatus = source["current"] != nil
      let amounts = source[isStatus ? "current" : "target"]
      out[name] = .object(isStatus ? olderStatus(name, source, amounts) : olderSpec(name, source, amounts))
    }
    return .object(out)
  }

  private static let sources = ["object", "pods", "resource", "containerResource", "external"]

  private static func olderSpec(_ name: String, _ source: Value, _ target: Value?) -> Object {
    var out = Object()
    let metric = source["metric"]
    switch name {
    case "object":
      out["target"] = source["describedObject"] ?? .object([:])
      out["metricName"] = metric?["name"] ?? ""
      out["targetValue"] = target?["value"] ?? "0"
      out["selector"] = metric?["selector"]
      out["averageValue"] = target?["averageValue"]
    case "pods":
      out["metricName"] = metric?["name"] ?? ""
      out["targetAverageValue"] = target?["averageValue"] ?? "0"
      out["selector"] = metric?["selector"]
    case "external":
      out["metricName"] = metric?["name"] ?? ""
      out["metricSelector"] = metric?["selector"]
      out["targetValue"] = target?["value"]
      out["targetAverageValue"] = target?["averageValue"]
    default:
      out["name"] = source["name"] ?? ""
      out["targetAverageUtilization"] = target?["averageUtilization"]
      out["targetAverageValue"] = target?["averageValue"]
      out["container"] = source["container"]
    }
    return out
  }

  private static func olderStatus(_ name: String, _ source: Value, _ current: Value?) -> Object {
    var out = Object()
    let metric = source["metric"]
    switch name {
    case "object":
      out["target"] = source["describedObject"] ?? .object([:])
      out["metricName"] = metric?["name"] ?? ""
      out["currentValue"] = current?["value"] ?? "0"
      out["selector"] = metric?["selector"]
      out["averageValue"] = current?["averageValue"]
    case "pods":
      out["metricName"] = metric?["name"] ?? ""
      out["currentAverageValue"] = current?["averageValue"] ?? "0"
      out["selector"] = metric?["selector"]
    case "external":
      out["metricName"] = metric?["name"] ?? ""
      out["metricSelector"] = metric?["selector"]
      out["currentValue"] = current?["value"] ?? "0"
      out["currentAverageValue"] = current?["averageValue"]
    default:
      out["name"] = source["name"] ?? ""
      out["currentAverageUtilization"] = current?["averageUtilization"]
      out["currentAverageValue"] = current?["averageValue"] ?? "0"
      out["container"] = source["container"]
    }
    return out
  }

  // MARK: - From the older form

  /// - Parameter word: `target` for what is wanted, `current` for what is measured.
  static func newer(_ metric: Value, _ word: String) -> Value {
    var out: Object = ["type": metric["type"] ?? ""]
    for name in sources {
      guard let source = metric[name] else { continue }
      out[name] = .object(newer(name, source, word))
    }
    return .object(out)
  }

  private static func newer(_ name: String, _ source: Value, _ word: String) -> Object {
    var out = Object()
    var amounts = Object()
    func identify(_ selector: String) {
      out["metric"] = ["name": source["metricName"] ?? ""]
      if let labels = source[selector] { out["metric"]?["selector"] = labels }
    }
    let (value, average) = (source["\(word)Value"], source["\(word)AverageValue"])
    switch name {
    case "object":
      out["describedObject"] = source["target"] ?? .object([:])
      identify("selector")
      amounts["type"] = source["averageValue"] == nil ? "Value" : "AverageValue"
      amounts["value"] = value ?? "0"
      amounts["averageValue"] = source["averageValue"]
    case "pods":
      identify("selector")
      amounts["type"] = "AverageValue"
      amounts["averageValue"] = average ?? "0"
    case "external":
      identify("metricSelector")
      amounts["type"] = value == nil ? "AverageValue" : "Value"
      amounts["value"] = value
      amounts["averageValue"] = average
    default:
      out["name"] = source["name"] ?? ""
      out["container"] = source["container"]
      let utilization = source["\(word)AverageUtilization"]
      amounts["type"] = utilization == nil ? "AverageValue" : "Utilization"
      amounts["averageUtilization"] = utilization
      amounts["averageValue"] = average
    }
    if word == "current" { amounts.removeValue(forKey: "type") }
    out[word] = .object(amounts)
    return out
  }
}

/// The behaviour of an autoscaler as its annotation in autoscaling/v1 holds it: by the names of the server's
/// own type, with every member, set or not. Names are read in upper and lower case.
enum AutoscalerBehavior {
  private static let rules = ["StabilizationWindowSeconds", "SelectPolicy", "Policies", "Tolerance"]
  private static let policy = ["Type", "Value", "PeriodSeconds"]

  static func older(_ behavior: Value) -> Value {
    var out = Object()
    for direction in ["ScaleUp", "ScaleDown"] {
      guard let given = behavior[lowered(direction)] else {
        out[direction] = .null
        continue
      }
      var printed = Object()
      for name in rules {
        if name == "Policies", let policies = given["policies"]?.array {
          printed[name] = .array(policies.map { .object(Object(policy.map(member(of: $0)))) })
        } else {
          printed[name] = given[lowered(name)] ?? .null
        }
      }
      out[direction] = .object(printed)
    }
    return .object(out)
  }

  private static func member(of value: Value) -> (String) -> (String, Value) {
    { name in (name, value[lowered(name)] ?? (name == "Type" ? "" : 0)) }
  }

  static func newer(_ behavior: Value) -> Value {
    var out = Object()
    for direction in ["ScaleUp", "ScaleDown"] {
      guard let given = find(direction, in: behavior) else { continue }
      var read = Object()
      for name in rules {
        guard let value = find(name, in: given) else { continue }
        if name == "Policies" {
          read["policies"] = .array(
            (value.array ?? []).map { entry in
              .object(
                Object(policy.compactMap { name in find(name, in: entry).map { (lowered(name), $0) } }))
            })
        } else {
          read[lowered(name)] = value
        }
      }
      out[lowered(direction)] = .object(read)
    }
    return .object(out)
  }

  private static func lowered(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }

  private static func find(_ name: String, in value: Value) -> Value? {
    guard let object = value.object else { return nil }
    let found = object[name] ?? object.first { $0.key.lowercased() == name.lowercased() }?.value
    return found?.isNull == true ? nil : found
  }
}
