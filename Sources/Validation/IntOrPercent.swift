import Schema
import Values

/// Counts that may be given as percentages (intstr.IntOrString).
extension [FieldError] {
  /// A number that is not negative, or a percentage.
  mutating func countOrPercent(_ field: Field) {
    if case .string(let text) = field.value {
      if Percent.value(text) == nil { invalid(field, Percent.text) }
    } else {
      nonNegative(field)
    }
  }

  mutating func atMostAll(_ field: Field) {
    if case .string(let text) = field.value, let percent = Percent.value(text), percent > 100 {
      invalid(field, "must not be greater than 100%")
    }
  }
}

enum Percent {
  static let text = Names.described(
    "a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", ["1%", "93%"])

  /// The number before the sign; nil for what is no percentage.
  static func value(_ text: String) -> Int64? {
    text.hasSuffix("%") ? Characters.number(text.dropLast()) : nil
  }

  /// The number, of a percentage or not; zero where there is none.
  static func count(_ field: Field) -> Int64 {
    if case .string(let text) = field.value { return value(text) ?? Int64(text) ?? 0 }
    return field.number
  }
}
