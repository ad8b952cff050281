import Authentication
import Values

/// Expressions that only select fields: `claims.email`, `user.username`; with `== "x"` they compare.
struct TestExpressions: ClaimExpressions {
  func compile(
    _ expression: String, over variable: ClaimVariable, returnsBool: Bool
  ) throws(ClaimExpressionError) -> any ClaimExpression {
    let prefix = "\(variable.rawValue)."
    guard expression.hasPrefix(prefix) else {
      throw ClaimExpressionError("compilation failed: \(expression)")
    }
    let parts = expression.dropFirst(prefix.count).split(separator: " == ").map(String.init)
    return Selection(field: parts[0], compared: parts.count > 1 ? parts[1] : nil)
  }

  private struct Selection: ClaimExpression {
    var field: String
    var compared: String?

    func selects(_ field: String) -> Bool { field == self.field }

    func evaluate(_ value: Value) throws(ClaimExpressionError) -> Value {
      guard let found = value[field] else { throw ClaimExpressionError("no such key: \(field)") }
      return compared.map { .bool(JSON.text(found) == $0) } ?? found
    }
  }
}
