import Values

/// Defaults of HorizontalPodAutoscalers in both of their versions (pkg/apis/autoscaling/v1 and v2).
enum AutoscalerDefaults {
  private static let cpuUtilization: Value = 80

  static func autoscaler(_ autoscaler: inout Object) {
    let isFirstVersion = autoscaler["apiVersion"]?.string == "autoscaling/v1"
    let hasMetrics =
      autoscaler["metadata"]?["annotations"]?["autoscaling.alpha.kubernetes.io/metrics"] != nil
    autoscaler.edit("spec") { spec in
      if isFirstVersion {
        if !hasMetrics { spec.setDefault("targetCPUUtilizationPercentage", cpuUtilization) }
        return
      }
      if spec["metrics"]?.array?.isEmpty ?? true { spec["metrics"] = [cpuMetric] }
      spec.edit("behavior") { behavior in
        fill(&behavior, "scaleUp", scaleUp)
        fill(&behavior, "scaleDown", scaleDown)
      }
    }
  }

  private static var cpuMetric: Value {
    [
      "type": "Resource",
      "resource": [
        "name": "cpu", "target": ["type": "Utilization", "averageUtilization": cpuUtilization],
      ],
    ]
  }

  private static let scaleUp: Object = [
    "stabilizationWindowSeconds": 0, "selectPolicy": "Max",
    "policies": [policy("Pods", 4), policy("Percent", 100)],
  ]

  /// How long to look back is for the controller to say.
  private static let scaleDown: Object = ["selectPolicy": "Max", "policies": [policy("Percent", 100)]]

  private static func policy(_ type: Value, _ value: Value) -> Value {
    ["type": type, "value": value, "periodSeconds": 15]
  }

  private static func fill(_ behavior: inout Object, _ direction: String, _ rules: Object) {
    behavior.setDefault(direction, .object([:]))
    behavior.edit(direction) { given in for (name, value) in rules { given.setDefault(name, value) } }
  }
}
