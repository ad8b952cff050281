import CEL

/// The match conditions of a policy or webhook, compiled
/// (Kubernetes documentation, "Dynamic Admission Control", Matching requests: matchConditions).
public struct PolicyConditions: Sendable {
  private let expressions: [Result<PolicyExpression, PolicyEnvironment.Fault>]

  /// - Parameter texts: the expressions, in order.
  public init(_ texts: [String], in environment: PolicyEnvironment) {
    expressions = texts.map { text in
      Result { () throws(PolicyEnvironment.Fault) in
        try environment.compile(text, returning: .policyCondition)
      }
    }
  }

  public var isEmpty: Bool { expressions.isEmpty }

  /// Whether all hold. One that is false decides, whatever errors others have.
  /// - Parameter ignoresFailure: whether an error counts as a condition that doesn't hold.
  /// - Throws: what went wrong where no condition is false.
  public func match(
    _ run: PolicyRun, ignoresFailure: Bool
  ) async throws(PolicyEnvironment.Fault) -> Bool {
    var budget = KubernetesCEL.Limits.matchConditions
    var outcomes: [PolicyRun.Outcome] = []
    for expression in expressions {
      switch expression {
      case .failure(let fault):
        outcomes.append(.failure(.init(message: "compilation error: \(fault.message)")))
      case .success(let expression):
        do throws(PolicyRun.BudgetExceeded) {
          outcomes.append(try await run.evaluate(expression, budget: &budget))
        } catch {
          if ignoresFailure { return false }
          throw .init(message: error.message)
        }
      }
    }
    var errors: [String] = []
    for outcome in outcomes {
      switch outcome {
      case .success(let value): if value.bool == false { return false }
      case .failure(let fault): if !errors.contains(fault.message) { errors.append(fault.message) }
      }
    }
    guard let first = errors.first else { return true }
    if ignoresFailure { return false }
    throw .init(message: errors.count == 1 ? first : "[\(errors.joined(separator: ", "))]")
  }
}
