import Schema
import Values

/// Label selectors (k8s.io/apimachinery/pkg/apis/meta/v1/validation).
enum Selectors {
  /// A metav1.LabelSelector; nothing is found in one that is absent.
  static func validate(_ selector: Field, allowsInvalidValues: Bool = false, _ errors: inout Findings) {
    if !selector.isSet { return }
    Metadata.labels(selector["matchLabels"], &errors)
    for requirement in selector["matchExpressions"].elements {
      self.requirement(requirement, allowsInvalidValues: allowsInvalidValues, &errors)
    }
  }

  private static func requirement(
    _ requirement: Field, allowsInvalidValues: Bool, _ errors: inout Findings
  ) {
    let values = requirement["values"]
    switch requirement["operator"].text {
    case "In", "NotIn":
      if values.isEmpty { errors.required(values, "must be specified when `operator` is 'In' or 'NotIn'") }
    case "Exists", "DoesNotExist":
      if !values.isEmpty {
        errors.forbidden(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      }
    default: errors.invalidText(requirement["operator"], "not a valid selector operator")
    }
    labelName(requirement["key"], &errors)
    if allowsInvalidValues { return }
    for value in values.elements { errors.check(value, Names.labelValue) }
  }

  static func labelName(_ field: Field, _ errors: inout Findings) { errors.check(field, Names.qualified) }

  /// Whether the selector selects everything.
  static func isEmpty(_ selector: Field) -> Bool {
    selector["matchLabels"].isEmpty && selector["matchExpressions"].isEmpty
  }

  /// Whether the selector selects what has those labels; one that is absent selects nothing.
  static func matches(_ selector: Field, _ labels: Object?) -> Bool {
    guard selector.isSet, let parsed = try? LabelSelector(selector.value) else { return false }
    return parsed.matches(labels: labels)
  }

  /// A selector with its members in the order of its type.
  static func shown(_ selector: Field) -> Value {
    guard selector.isSet else { return .null }
    var out = Object()
    for name in ["matchLabels", "matchExpressions"] where !selector[name].isEmpty {
      out[name] = selector[name].value
    }
    return .object(out)
  }
}
