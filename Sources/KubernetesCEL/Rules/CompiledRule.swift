import CEL
import Schema

/// A rule of a schema, compiled, with what it may cost at most.
public struct CompiledRule: Sendable {
  public let source: ValidationRule
  /// Nil where the rule is empty or can't be compiled.
  public let program: Program?
  /// Why the rule can't be compiled.
  public private(set) var fault: String?
  /// The rule compares with the value before a change.
  public let usesOldSelf: Bool
  /// What one evaluation may cost; zero where there is no program.
  public let cost: UInt64
  /// The program of `messageExpression`; nil where there is none.
  public private(set) var message: Program?
  /// Why `messageExpression` can't be compiled.
  public private(set) var messageFault: String?
  public private(set) var messageCost: UInt64 = 0
  /// `fieldPath` as findings write it, without a dot before it; empty where there is none.
  public private(set) var fieldPath = ""

  init(_ source: ValidationRule, _ scope: RuleScope, _ shape: SchemaShape, _ environment: Environment) {
    self.source = source
    guard !source.rule.trimmed.isEmpty else {
      (program, usesOldSelf, cost) = (nil, false, 0)
      return
    }
    let compiled = Self.compile(source.rule, shape, environment)
    switch compiled {
    case .failure(let error):
      (program, usesOldSelf, cost) = (nil, false, 0)
      fault = "compilation failed: \(error)"
      return
    case .success(let compiled) where compiled.program.expression.type != .bool:
      (program, usesOldSelf, cost) = (nil, false, 0)
      fault = "cel expression must evaluate to a bool"
      return
    case .success(let compiled):
      program = compiled.program
      usesOldSelf = compiled.program.expression.variables.contains("oldSelf")
      cost = compiled.cost
    }
    if !source.messageExpression.isEmpty {
      switch Self.compile(source.messageExpression, shape, environment) {
      case .failure(let error):
        messageFault = "messageExpression compilation failed: \(error)"
        return
      case .success(let compiled) where compiled.program.expression.type != .string:
        messageFault = "messageExpression must evaluate to a string"
        return
      case .success(let compiled):
        message = compiled.program
        messageCost = compiled.cost
      }
    }
    if !source.fieldPath.isEmpty {
      fieldPath = (try? RuleFieldPath.read(source.fieldPath, in: scope.schema)) ?? ""
    }
  }

  private static func compile(
    _ text: String, _ shape: SchemaShape, _ environment: Environment
  ) -> Result<(program: Program, cost: UInt64), CompilationError> {
    Result { () throws(CompilationError) in
      let checked = try environment.compile(text)
      let estimate = KubernetesCEL.estimate(checked) { shape.size(at: $0.path) }
      return (KubernetesCEL.program(checked, environment), estimate.max)
    }
  }
}
