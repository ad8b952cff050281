import Values

/// Compiles the expressions of an AuthenticationConfiguration: Common Expression Language with one variable
/// (k8s.io/apiserver pkg/authentication/cel).
public protocol ClaimExpressions: Sendable {
  /// - Parameters:
  ///   - expression: the text.
  ///   - variable: what it may speak of.
  ///   - returnsBool: whether it must be of type bool; otherwise any type will do.
  /// - Throws: why it can't be compiled: `compilation failed: …`, `must evaluate to bool`.
  func compile(
    _ expression: String, over variable: ClaimVariable, returnsBool: Bool
  ) throws(ClaimExpressionError) -> any ClaimExpression
}

/// The variable of an expression.
public enum ClaimVariable: String, Sendable {
  /// The token's claims: a map of anything by name.
  case claims
  /// The user made from them: `username`, `uid`, `groups`, `extra`.
  case user
}

/// A compiled expression.
public protocol ClaimExpression: Sendable {
  /// Whether it selects a field of the variable (`claims.email`, `claims.?email`) anywhere.
  func selects(_ field: String) -> Bool

  /// - Parameter value: the variable's value, an object.
  /// - Returns: a string, bool, null or list of strings as it is; an empty object for any other outcome.
  /// - Throws: what went wrong: a missing key, a cost limit.
  func evaluate(_ value: Value) throws(ClaimExpressionError) -> Value
}

/// Why an expression can't be compiled or evaluated.
public struct ClaimExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// Stands where there is no expression language: every expression is an error.
public struct NoClaimExpressions: ClaimExpressions {
  public init() {}

  public func compile(
    _ expression: String, over variable: ClaimVariable, returnsBool: Bool
  ) throws(ClaimExpressionError) -> any ClaimExpression {
    throw ClaimExpressionError(
      "expressions need the Common Expression Language, which this server has not got")
  }
}
