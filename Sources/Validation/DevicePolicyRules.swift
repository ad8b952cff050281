import Schema
import Values

/// How much of a device's capacity requests may take (KEP-5075).
enum DevicePolicyRules {
  static func policy(_ policy: Field, capacity: Field, _ errors: inout Findings) {
    let (values, range) = (policy["validValues"], policy["validRange"])
    if !values.isEmpty, range.isSet {
      return errors.forbidden(
        policy,
        "exactly one policy can be specified, cannot specify \"validValues\" and \"validRange\" at the same time"
      )
    }
    guard !values.isEmpty || range.isSet else { return }
    let name = values.isEmpty ? "validRange" : "validValues"
    guard let base = policy["default"].quantity, let whole = capacity.quantity else {
      return errors.required(policy["default"], "required when \(name) is defined")
    }
    if values.isEmpty {
      self.range(range, base, whole, &errors)
    } else {
      self.values(values, base, whole, &errors)
    }
  }

  private static func shown(_ quantity: Quantity) -> Value { .string(quantity.description) }

  private static func values(
    _ list: Field, _ base: Quantity, _ whole: Quantity, _ errors: inout Findings
  ) {
    let fields = list.elements.compactMap { field in field.quantity.map { (field, $0) } }
    for (before, after) in zip(fields, fields.dropFirst()) where before.1 > after.1 {
      errors.invalid(after.0, showing: shown(after.1), "values must be sorted in ascending order")
    }
    DeviceLists.set(
      list, maximum: 10, key: { $0.quantity.map { String($0.value) } ?? "" }, &errors
    ) { option, errors in
      guard let quantity = option.quantity, quantity > whole else { return }
      errors.invalid(
        option, showing: shown(quantity), "option is larger than capacity value: \(whole.description)")
    }
    if !fields.contains(where: { $0.1 == base }) {
      errors.invalid(
        list, showing: shown(base), "default value is not valid according to the requestPolicy")
    }
  }

  private static func range(
    _ range: Field, _ base: Quantity, _ whole: Quantity, _ errors: inout Findings
  ) {
    let (low, high, step) = (range["min"], range["max"], range["step"])
    guard let least = low.quantity else {
      return errors.required(low, "required when validRange is defined")
    }
    let size = whole.description
    if least > whole {
      errors.invalid(low, showing: shown(least), "min is larger than capacity value: \(size)")
    }
    if base < least {
      errors.invalid(low, showing: shown(base), "default is less than min: \(least.description)")
    }
    let most = high.quantity
    if let most {
      if least > most {
        errors.invalid(high, showing: shown(least), "min is larger than max: \(most.description)")
      }
      if most > whole {
        errors.invalid(high, showing: shown(most), "max is larger than capacity value: \(size)")
      }
      if base > most {
        errors.invalid(high, showing: shown(base), "default is more than max: \(most.description)")
      }
    }
    guard let width = step.quantity else { return }
    let next = least + width
    if next > whole {
      errors.invalid(
        step, showing: shown(width), "one step \(next.description) is larger than capacity value: \(size)")
    }
    for value in [base] + (most.map { [$0] } ?? []) {
      let (distance, overflows) = value.value.subtractingReportingOverflow(least.value)
      // The real server divides by a step of nought and dies of it.
      guard !overflows,
        width.value == 0 || distance.remainderReportingOverflow(dividingBy: width.value).partialValue != 0
      else { continue }
      errors.invalid(
        step, showing: shown(value),
        "value is not a multiple of a given step (\(width.description)) from (\(least.description))")
    }
  }
}
