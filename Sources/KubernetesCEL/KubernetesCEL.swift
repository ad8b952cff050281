import CEL

/// The Common Expression Language as Kubernetes 1.36 offers it
/// (Kubernetes documentation, "Common Expression Language in Kubernetes").
public enum KubernetesCEL {
  /// The libraries and choices that all expressions share; variables and types are added to a copy.
  public static let base: Environment = {
    var options = Environment.Options()
    options.optionalSyntax = true
    options.validators = [.durations, .timestamps, .regularExpressions, .homogeneousLiterals, .formats]
    return Environment(
      libraries: [
        .standard, .strings(version: 2), .optionals, .twoVariableComprehensions, .extendedLists, .sets, .urls,
        .regex, .lists,
        .authorizer, .quantity, .ip, .cidr, .format, .semver,
      ], options: options)
  }()

  /// How programs are run: what functions cost, constants made once.
  public static let programOptions: Program.Options = {
    var options = Program.Options()
    options.foldsConstants = true
    options.presenceTestHasCost = false
    options.runtimeCost = RuntimeCost.of
    return options
  }()

  /// What an expression may cost at most (k8s.io/apiserver/pkg/apis/cel).
  public enum Limits {
    /// One evaluation.
    public static let call: UInt64 = 1_000_000
    /// All rules of a custom object, or all expressions of a policy's binding.
    public static let object: UInt64 = 10_000_000
    /// All match conditions of a webhook.
    public static let matchConditions: UInt64 = 2_500_000
    /// What one rule of a custom resource definition may be estimated to cost.
    public static let staticRule: UInt64 = 10_000_000
    /// What all rules of a version may be estimated to cost.
    public static let staticDefinition: UInt64 = 100_000_000
    /// The size of a message that an expression makes, in bytes.
    public static let message = 5 * 1024
    /// The size of a request, in bytes: what sizes without a limit are taken from.
    public static let request: UInt64 = 3 << 20
  }

  /// Makes a program of an expression.
  public static func program(_ expression: CheckedExpression, _ environment: Environment) -> Program {
    Program(expression, environment: environment, options: programOptions)
  }

  /// What an expression may cost before it is run.
  /// - Parameter sizes: how large the values of variables may be; nil where unknown.
  public static func estimate(
    _ expression: CheckedExpression, sizes: @escaping @Sendable (CostNode) -> SizeEstimate? = { _ in nil }
  ) -> CostEstimate {
    expression.costEstimate(KubernetesEstimator(sizes: sizes), presenceTestHasCost: false)
  }

  /// Evaluates an expression, asking the authorizer where the expression does.
  /// - Parameters:
  ///   - budget: what is left for this and later expressions; reduced by the cost.
  ///   - checks: who asks the authorizer; nil where there is no variable `authorizer`.
  public static func evaluate(
    _ program: Program, _ variables: Activation, budget: inout UInt64, checks: AuthorizationChecks? = nil
  ) async -> Result<CELValue, CELError> {
    // A check costs more than a third of what a call may cost: there are at most two.
    for _ in 0..<4 {
      let run = program.evaluate(variables, limits: .init(cost: min(Limits.call, budget)))
      if run.error?.kind == .interrupted, let checks, await checks.resolve() { continue }
      budget -= min(budget, run.cost)
      return run.result
    }
    return .failure(CELError("operation interrupted", kind: .interrupted))
  }
}
