import CEL
import Synchronization
import Values

/// What expressions are evaluated with, for one request.
public struct PolicyInput: Sendable {
  /// Nulls where there is none.
  public var object: Value
  public var oldObject: Value
  /// An AdmissionRequest without its objects.
  public var request: Value
  public var params: Value = .null
  public var namespaceObject: Value = .null
  /// Who asks the authorizer.
  public var checks: AuthorizationChecks?
  /// The check that `authorizer.requestResource` begins.
  public var requestResource: AuthorizationCheck?

  public init(object: Value?, oldObject: Value?, request: Value) {
    self.object = object ?? .null
    self.oldObject = oldObject ?? .null
    self.request = request
  }

  /// The values of variables. Those that an environment doesn't declare are never asked for.
  fileprivate var values: [String: CELValue] {
    var values: [String: CELValue] = [
      "object": CELValue(object), "oldObject": CELValue(oldObject), "request": CELValue(request),
      "params": CELValue(params), "namespaceObject": CELValue(namespaceObject),
    ]
    if let checks {
      values["authorizer"] = checks.authorizer
      if let requestResource { values["authorizer.requestResource"] = checks.resource(requestResource) }
    }
    return values
  }
}

/// Evaluates the expressions of a policy for one request.
public struct PolicyRun: Sendable {
  /// The budget is used up: nothing more is evaluated.
  public struct BudgetExceeded: Error, Sendable {
    public init() {}

    public let message =
      "validation failed due to running out of cost budget, no further validation rules will be run"
  }

  /// How an expression ended: a value, or a text that tells what went wrong.
  public typealias Outcome = Result<CELValue, PolicyEnvironment.Fault>

  private let activation: Activation
  private let variables: LazyVariables
  private let checks: AuthorizationChecks?

  /// - Parameter variables: those of the policy's environment.
  public init(
    _ input: PolicyInput,
    variables: [(name: String, program: Result<PolicyExpression, PolicyEnvironment.Fault>)]
  ) {
    let values = input.values
    let lazy = LazyVariables(variables, values)
    self.variables = lazy
    checks = input.checks
    activation = Activation(values.merging(["variables": .object(lazy)], uniquingKeysWith: { $1 }))
  }

  /// Evaluates one expression.
  /// - Parameter budget: what is left for this and all later ones; reduced by what it costs.
  public func evaluate(
    _ expression: PolicyExpression, budget: inout UInt64
  ) async throws(BudgetExceeded) -> Outcome {
    // Each answer of the authorizer costs so much that the budget ends this long before.
    for _ in 0..<64 {
      let run = expression.program.evaluate(
        activation, limits: .init(cost: KubernetesCEL.Limits.call, isCancelled: { Task.isCancelled }))
      if run.error?.kind == .interrupted, let checks, await checks.resolve() { continue }
      let cost = run.cost.addingReportingOverflow(variables.takeCost())
      guard !cost.overflow, cost.partialValue <= budget else { throw BudgetExceeded() }
      budget -= cost.partialValue
      switch run.result {
      case .success(let value): return .success(value)
      case .failure(let error): return .failure(Self.failed(expression, error.message))
      }
    }
    return .failure(Self.failed(expression, "operation interrupted"))
  }

  private static func failed(_ expression: PolicyExpression, _ reason: String) -> PolicyEnvironment.Fault {
    .init(message: "expression '\(expression.text)' resulted in error: \(reason)")
  }
}

/// The value of `variables`: each is evaluated when it is first asked for.
final class LazyVariables: CELObject {
  private struct State {
    var known: [String: Result<CELValue, CELError>] = [:]
    var cost: UInt64 = 0
    var depth = 0
  }

  private let programs: [String: Result<PolicyExpression, PolicyEnvironment.Fault>]
  private let values: [String: CELValue]
  private let state = Mutex(State())
  /// How many variables may wait for one another, each of which takes a part of the stack.
  private static let depthLimit = 64

  init(
    _ variables: [(name: String, program: Result<PolicyExpression, PolicyEnvironment.Fault>)],
    _ values: [String: CELValue]
  ) {
    programs = Dictionary(variables.map { ($0.name, $0.program) }, uniquingKeysWith: { $1 })
    self.values = values
  }

  let type = CELType.object(PolicyTypes.variables)

  /// What variables have cost since it was asked last.
  func takeCost() -> UInt64 {
    state.withLock { state in
      defer { state.cost = 0 }
      return state.cost
    }
  }

  func hasField(_ name: String) throws(CELError) -> Bool { programs[name] != nil }
  func isEqual(to other: CELValue) -> Bool { other.object === self }

  func field(_ name: String) throws(CELError) -> CELValue {
    if let known = state.withLock({ $0.known[name] }) { return try known.get() }
    guard let program = programs[name] else { throw .noSuchKey(name) }
    let result = evaluate(name, program)
    if case .failure(let error) = result, error.kind == .interrupted { throw error }
    state.withLock { $0.known[name] = result }
    return try result.get()
  }

  private func evaluate(
    _ name: String, _ program: Result<PolicyExpression, PolicyEnvironment.Fault>
  ) -> Result<CELValue, CELError> {
    func failure(_ reason: String) -> Result<CELValue, CELError> {
      .failure(CELError("composited variable \"\(name)\" fails to evaluate: \(reason)"))
    }
    switch program {
    case .failure(let fault):
      return .failure(CELError("composited variable \"\(name)\" fails to compile: \(fault.message)"))
    case .success(let expression):
      let isTooDeep = state.withLock { state in
        state.depth += 1
        return state.depth > Self.depthLimit
      }
      defer { state.withLock { $0.depth -= 1 } }
      if isTooDeep { return failure("more than \(Self.depthLimit) variables refer to one another") }
      let run = expression.program.evaluate(
        Activation(values.merging(["variables": .object(self)], uniquingKeysWith: { $1 })),
        limits: .init(cost: KubernetesCEL.Limits.call, isCancelled: { Task.isCancelled }))
      if let error = run.error, error.kind == .interrupted { return .failure(error) }
      state.withLock { $0.cost = $0.cost.saturatingAdd(run.cost) }
      if let error = run.error { return failure(error.message) }
      return run.result
    }
  }
}
