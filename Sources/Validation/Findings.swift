import Schema
import Values

/// What validation finds, in the order in which the real server reports it.
typealias Findings = [FieldError]

/// Tells what is wrong with a text: one message a fault, none for a good one.
typealias TextCheck = (String) -> [String]

extension [FieldError] {
  mutating func required(_ field: Field, _ detail: String = "") { append(.required(field.path, detail)) }

  /// A value that is not allowed; the field's own where none is given.
  mutating func invalid(_ field: Field, _ detail: String) {
    append(.invalid(field.path, field.value ?? .null, detail))
  }

  mutating func invalid(_ field: Field, showing value: Value, _ detail: String) {
    append(.invalid(field.path, value, detail))
  }

  mutating func invalidText(_ field: Field, _ detail: String) {
    append(.invalid(field.path, .string(field.text), detail))
  }

  mutating func forbidden(_ field: Field, _ detail: String) { append(.forbidden(field.path, detail)) }

  mutating func duplicate(_ field: Field, _ value: Value? = nil) {
    append(.duplicate(field.path, value ?? field.value ?? .string("")))
  }

  mutating func notFound(_ field: Field) { append(.notFound(field.path, .string(field.text))) }

  mutating func tooLong(_ field: Field, maximum: Int) { append(.tooLong(field.path, maximum: maximum)) }

  mutating func tooMany(_ field: Field, maximum: Int) {
    append(.tooMany(field.path, actual: field.count, maximum: maximum))
  }

  // MARK: - Rules that repeat

  /// The text must pass the check.
  mutating func check(_ field: Field, _ check: TextCheck) {
    for message in check(field.text) { invalidText(field, message) }
  }

  /// The text must be there and pass the check.
  mutating func checkRequired(_ field: Field, _ detail: String = "", _ check: TextCheck) {
    if field.hasText { self.check(field, check) } else { required(field, detail) }
  }

  /// The text must be there.
  mutating func requireText(_ field: Field, _ detail: String = "") {
    if !field.hasText { required(field, detail) }
  }

  /// The text must be one of those. They are listed as they are given.
  mutating func oneOf(_ field: Field, _ supported: [String]) {
    if !supported.contains(field.text) {
      append(.notSupported(field.path, .string(field.text), supported))
    }
  }

  /// As ``oneOf(_:_:)``, where an empty text is a missing one.
  mutating func requiredOneOf(_ field: Field, _ supported: [String], _ detail: String = "") {
    if field.hasText { oneOf(field, supported) } else { required(field, detail) }
  }

  mutating func nonNegative(_ field: Field) {
    if field.number < 0 { invalid(field, Texts.nonNegative) }
  }

  mutating func positive(_ field: Field) {
    if field.number <= 0 { invalid(field, showing: .int(field.number), "must be greater than zero") }
  }

  mutating func inRange(_ field: Field, _ low: Int64, _ high: Int64) {
    if field.number < low || field.number > high {
      invalid(field, showing: .int(field.number), Texts.range(low, high))
    }
  }

  mutating func port(_ field: Field) { inRange(field, 1, 65_535) }

  /// A port's number or its name.
  mutating func portOrName(_ field: Field) {
    if case .string(let text) = field.value {
      for message in Names.portName(text) { invalid(field, message) }
    } else {
      port(field)
    }
  }

  /// The field must be what it was.
  mutating func immutable(_ new: Field, _ old: Value?) {
    let was = old?.isNull == true ? nil : old
    if new.value != was { invalid(new, Texts.immutable) }
  }
}

/// Texts that several kinds' validation uses (k8s.io/apimachinery/pkg/util/validation, pkg/api/validation).
enum Texts {
  static let nonNegative = "must be greater than or equal to 0"
  static let immutable = "field is immutable"

  static func range(_ low: Int64, _ high: Int64) -> String {
    "must be between \(low) and \(high), inclusive"
  }
}
