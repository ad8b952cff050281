import CEL
import KubernetesCEL
import Values

/// The expressions of an AuthenticationConfiguration in the Common Expression Language
/// (k8s.io/apiserver pkg/authentication/cel).
public struct CELClaimExpressions: ClaimExpressions {
  private let base: Environment

  /// - Parameter base: what expressions may use besides their variable.
  public init(base: Environment = KubernetesCEL.base) { self.base = base }

  public func compile(
    _ expression: String, over variable: ClaimVariable, returnsBool: Bool
  ) throws(ClaimExpressionError) -> any ClaimExpression {
    var environment = base
    switch variable {
    case .claims: environment.declare(variable.rawValue, .map(.string, .any))
    case .user:
      environment.add(UserInfoType())
      environment.declare(variable.rawValue, .object(UserInfoType.name))
    }
    let checked: CheckedExpression
    do throws(CompilationError) {
      checked = try environment.compile(expression)
    } catch {
      throw ClaimExpressionError("compilation failed: \(error)")
    }
    if returnsBool, checked.type != .bool { throw ClaimExpressionError("must evaluate to bool") }
    return CELClaimExpression(
      program: KubernetesCEL.program(checked, environment), variable: variable.rawValue)
  }
}

/// The fields of `user`.
private struct UserInfoType: TypeProvider {
  static let name = "kubernetes.UserInfo"

  func hasType(_ name: String) -> Bool { name == Self.name }

  func fieldType(_ field: String, of type: String) -> CELType? {
    guard type == Self.name else { return nil }
    switch field {
    case "username", "uid": return .string
    case "groups": return .list(.string)
    case "extra": return .map(.string, .list(.string))
    default: return nil
    }
  }
}

private struct CELClaimExpression: ClaimExpression {
  var program: Program
  var variable: String

  func selects(_ field: String) -> Bool { selects(field, in: program.expression.root) }

  // The parser bounds how deep expressions are.
  private func selects(_ field: String, in node: Expression) -> Bool {
    switch node.kind {
    case .select(let operand, field, _) where operand.identifier == variable: return true
    case .call("_?._", nil, let arguments)
    where arguments.count == 2 && arguments[0].identifier == variable && arguments[1].stringLiteral == field:
      return true
    default: return node.children.contains { selects(field, in: $0) }
    }
  }

  func evaluate(_ value: Value) throws(ClaimExpressionError) -> Value {
    let limits = Program.Limits(cost: KubernetesCEL.Limits.call) { Task.isCancelled }
    switch program.evaluate([variable: CELValue(value)], limits: limits).result {
    case .success(let result): return Self.json(result)
    case .failure(let error): throw ClaimExpressionError(error.message)
    }
  }

  /// What users are made of, as JSON; an empty object for all else.
  private static func json(_ value: CELValue) -> Value {
    switch value {
    case .null: .null
    case .bool(let flag): .bool(flag)
    case .string(let text): .string(text)
    case .list(let list): .array(list.values.map { $0.string.map(Value.string) ?? [:] })
    default: [:]
    }
  }
}
