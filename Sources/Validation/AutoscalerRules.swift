import Schema
import Values

/// HorizontalPodAutoscalers (pkg/apis/autoscaling/validation).
enum AutoscalerRules {
  static let table: [String: KindRules] = [
    "autoscaling/HorizontalPodAutoscaler": KindRules(
      checksFinalizers: true,
      content: { object, errors in spec(object["spec"], &errors) },
      steps: [.metadataUpdate, .content],
      subresources: [
        "status": { new, old, errors in
          Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
          errors.nonNegative(new["status"]["currentReplicas"])
          errors.nonNegative(new["status"]["desiredReplicas"])
        }
      ])
  ]

  private static func spec(_ spec: Field, _ errors: inout Findings) {
    let (low, high) = (spec["minReplicas"], spec["maxReplicas"])
    if let low = low.int, low < 1 {
      errors.invalid(spec["minReplicas"], "must be greater than or equal to 1")
    }
    if high.number < 1 { errors.invalid(high, showing: .int(high.number), "must be greater than 0") }
    if let low = low.int, high.number < low {
      errors.invalid(high, showing: .int(high.number), "must be greater than or equal to `minReplicas`")
    }
    target(spec["scaleTargetRef"], &errors)
    for metric in spec["metrics"].elements { self.metric(metric, &errors) }
    if low.int == 0,
      !spec["metrics"].elements.contains(where: { ["Object", "External"].contains($0["type"].text) })
    {
      errors.forbidden(
        spec["metrics"],
        "must specify at least one Object or External metric to support scaling to zero replicas")
    }
    for direction in ["scaleUp", "scaleDown"] where spec["behavior"][direction].isSet {
      scaling(spec["behavior"][direction], &errors)
    }
  }

  private static func target(_ field: Field, _ errors: inout Findings) {
    errors.checkRequired(field["kind"], "", Names.pathSegment)
    errors.checkRequired(field["name"], "", Names.pathSegment)
    let version = field["apiVersion"]
    guard let parsed = GroupVersion(apiVersion: version.text) else {
      errors.invalid(version, "unexpected GroupVersion string: \(version.text)")
      return
    }
    if parsed.group.isEmpty, version.text != "v1" {
      errors.invalidText(version, "apiVersion must specify API group")
    }
  }

  private static func scaling(_ rules: Field, _ errors: inout Findings) {
    let window = rules["stabilizationWindowSeconds"]
    if window.number < 0 { errors.invalid(window, "must be greater than or equal to zero") }
    if window.number > 3600 { errors.invalid(window, "must be less than or equal to 3600") }
    if rules["selectPolicy"].isSet { errors.oneOf(rules["selectPolicy"], ["Disabled", "Max", "Min"]) }
    let policies = rules["policies"]
    if policies.isEmpty { errors.required(policies, "must specify at least one Policy") }
    for policy in policies.elements {
      errors.oneOf(policy["type"], ["Percent", "Pods"])
      errors.positive(policy["value"])
      errors.positive(policy["periodSeconds"])
      if policy["periodSeconds"].number > 1800 {
        errors.invalid(policy["periodSeconds"], "must be less than or equal to 1800")
      }
    }
    if let tolerance = rules["tolerance"].quantity, tolerance.sign < 0 {
      errors.invalid(rules["tolerance"], "must be greater than or equal to 0")
    }
  }

  // MARK: - Metrics

  private static let sources = [
    ("Object", "object"), ("External", "external"), ("Pods", "pods"), ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
  ]

  private static func metric(_ metric: Field, _ errors: inout Findings) {
    let type = metric["type"]
    let types = sources.map(\.0).sorted()
    if !type.hasText { errors.required(type, "must specify a metric source type") }
    if !types.contains(type.text) { errors.append(.notSupported(type.path, .string(type.text), types)) }
    let present = sources.map(\.1).filter { metric[$0].isSet }
    if let first = present.first { source(first, metric[first], &errors) }
    let expected = sources.first { $0.0 == type.text }?.1
    if let expected {
      if !metric[expected].isSet {
        errors.required(metric[expected], "must populate information for the given metric source")
      }
    } else {
      errors.append(.notSupported(type.path, .string(type.text), types))
    }
    if present.count == 1 { return }
    for other in present where other != expected {
      errors.forbidden(metric[other], "must populate the given metric source only")
    }
  }

  private static func source(_ name: String, _ source: Field, _ errors: inout Findings) {
    let target = source["target"]
    func has(_ part: String) -> Bool { target[part].isSet }
    switch name {
    case "object":
      self.target(source["describedObject"], &errors)
      identifier(source["metric"], &errors)
      amount(target, &errors)
      if !has("value"), !has("averageValue") {
        errors.required(target["averageValue"], "must set either a target value or averageValue")
      }
    case "external":
      identifier(source["metric"], &errors)
      amount(target, &errors)
      if !has("value"), !has("averageValue") {
        errors.required(
          target["averageValue"], "must set either a target value for metric or a per-pod target")
      }
      if has("value"), has("averageValue") {
        errors.forbidden(target["value"], "may not set both a target value for metric and a per-pod target")
      }
    case "pods":
      identifier(source["metric"], &errors)
      amount(target, &errors)
      if !has("averageValue") {
        errors.required(target["averageValue"], "must specify a positive target averageValue")
      }
    default:
      resource(source, needsContainer: name == "containerResource", &errors)
    }
  }

  private static func resource(_ source: Field, needsContainer: Bool, _ errors: inout Findings) {
    let target = source["target"]
    if source["name"].hasText {
      if needsContainer { ResourceNames.container(source["name"].text, source["name"], &errors) }
    } else {
      errors.required(source["name"], "must specify a resource name")
    }
    if needsContainer {
      errors.checkRequired(source["container"], "must specify a container", Names.dns1123Label)
    }
    amount(target, &errors)
    let (utilization, value) = (target["averageUtilization"], target["averageValue"])
    if !utilization.isSet, !value.isSet {
      errors.required(utilization, "must set either a target raw value or a target utilization")
    }
    if utilization.isSet, value.isSet {
      errors.forbidden(value, "may not set both a target raw value and a target utilization")
    }
  }

  private static func identifier(_ metric: Field, _ errors: inout Findings) {
    errors.checkRequired(metric["name"], "must specify a metric name", Names.pathSegment)
  }

  private static func amount(_ target: Field, _ errors: inout Findings) {
    let type = target["type"]
    if !type.hasText { errors.required(type, "must specify a metric target type") }
    if !["Utilization", "Value", "AverageValue"].contains(type.text) {
      errors.invalidText(type, "must be either Utilization, Value, or AverageValue")
    }
    for name in ["value", "averageValue"] {
      if let quantity = target[name].quantity, quantity.sign <= 0 {
        errors.invalid(target[name], "must be positive")
      }
    }
    if let percent = target["averageUtilization"].int, percent < 1 {
      errors.invalid(target["averageUtilization"], "must be greater than 0")
    }
  }
}
