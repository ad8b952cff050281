import Schema
import Values

/// Lists of metav1.Condition (k8s.io/apimachinery/pkg/apis/meta/v1/validation).
enum ConditionRules {
  private static let messageLimit = 32 * 1024

  static func validate(_ list: Field, _ errors: inout Findings) {
    var types: Set<String> = []
    for condition in list.elements {
      let type = condition["type"]
      if !types.insert(type.text).inserted { errors.duplicate(type, .string(type.text)) }
      Selectors.labelName(type, &errors)
      errors.oneOf(condition["status"], ["False", "True", "Unknown"])
      let generation = condition["observedGeneration"]
      if generation.number < 0 { errors.invalid(generation, "must be greater than or equal to zero") }
      if !condition["lastTransitionTime"].isSet {
        errors.required(condition["lastTransitionTime"], "must be set")
      }
      reason(condition["reason"], &errors)
      if condition["message"].text.utf8.count > messageLimit {
        errors.tooLong(condition["message"], maximum: messageLimit)
      }
    }
  }

  private static func reason(_ field: Field, _ errors: inout Findings) {
    if !field.hasText { errors.required(field) }
    if isReason(field.text) { return }
    errors.invalidText(
      field,
      "a condition reason must start with alphabetic character, optionally followed by a string of "
        + "alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' "
        + "(e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', "
        + "regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')")
  }

  private static func isReason(_ text: String) -> Bool {
    func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }
    func isWord(_ byte: UInt8) -> Bool { isLetter(byte) || (0x30...0x39).contains(byte) || byte == 0x5F }
    guard let first = text.utf8.first, let last = text.utf8.last, isLetter(first), isWord(last) else {
      return false
    }
    return text.utf8.allSatisfy { isWord($0) || $0 == 0x2C || $0 == 0x3A }
  }
}
