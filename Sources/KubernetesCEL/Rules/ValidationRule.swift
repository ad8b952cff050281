import Values

/// One rule of `x-kubernetes-validations`, as it stands in a schema.
public struct ValidationRule: Sendable {
  public let rule: String
  public let message: String
  public let messageExpression: String
  /// A reason of a cause, such as `FieldValueForbidden`; empty for `FieldValueInvalid`.
  public let reason: String
  public let fieldPath: String
  /// Nil where the rule does not say.
  public let optionalOldSelf: Bool?

  /// - Parameter value: a ValidationRule; what is missing or of another type counts as empty.
  public init(_ value: Value) {
    func text(_ name: String) -> String { value[name]?.string ?? "" }
    rule = text("rule")
    message = text("message")
    messageExpression = text("messageExpression")
    reason = text("reason")
    fieldPath = text("fieldPath")
    optionalOldSelf = value["optionalOldSelf"]?.bool
  }

  /// What names the rule in messages: its message, else itself.
  var shown: String { message.isEmpty ? rule.trimmed : message.trimmed }

  /// What is said where the rule does not hold.
  var text: String { message.isEmpty ? "failed rule: \(rule.trimmed)" : message.trimmed }
}
