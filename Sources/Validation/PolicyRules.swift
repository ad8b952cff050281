import Schema
import Values

/// PodDisruptionBudgets (pkg/apis/policy/validation).
enum PolicyRules {
  static let table: [String: KindRules] = [
    "policy/PodDisruptionBudget": KindRules(
      skipsMetadata: true, content: { budget, errors in spec(budget["spec"], &errors) }, steps: [.content],
      subresources: [
        "status": { new, _, errors in
          let status = new["status"]
          ConditionRules.validate(status["conditions"], &errors)
          for name in ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] {
            errors.nonNegative(status[name])
          }
        }
      ])
  ]

  private static func spec(_ spec: Field, _ errors: inout Findings) {
    let bounds = [spec["minAvailable"], spec["maxUnavailable"]]
    if bounds.allSatisfy(\.isSet) {
      errors.invalid(
        spec, showing: GoStruct.value(spec.value, as: "PodDisruptionBudgetSpec"),
        "minAvailable and maxUnavailable cannot be both set")
    }
    for bound in bounds where bound.isSet {
      errors.countOrPercent(bound)
      errors.atMostAll(bound)
    }
    Selectors.validate(spec["selector"], &errors)
    if spec["unhealthyPodEvictionPolicy"].isSet {
      errors.oneOf(spec["unhealthyPodEvictionPolicy"], ["AlwaysAllow", "IfHealthyBudget"])
    }
  }
}
