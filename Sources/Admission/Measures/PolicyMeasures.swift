import Metrics

/// What is measured of admission policies (k8s.io/apiserver/pkg/admission/plugin/policy).
struct PolicyMeasures: Sendable {
  /// Why an expression gave no answer.
  enum ErrorType: String, Sendable {
    case none = "no_error"
    case compile = "compile_error"
    case invalid = "invalid_error"
    case budget = "out_of_budget"
  }

  /// What was done about an expression's answer.
  enum Action: String, Sendable {
    case allow, deny, warn, audit
  }

  private let checks: Counter
  private let checkDurations: Histogram
  private let mutations: Counter
  private let mutationDurations: Histogram
  private static let bounds = [0.0000005, 0.001, 0.01, 0.1, 1.0]

  init(_ registry: MetricsRegistry) {
    let labels = ["policy", "policy_binding", "error_type", "enforcement_action"]
    checks = registry.counter(
      "apiserver_validating_admission_policy_check_total",
      "What came of the validations of ValidatingAdmissionPolicies, by policy, binding, type of error and what was "
        + "done.", labels: labels)
    checkDurations = registry.histogram(
      "apiserver_validating_admission_policy_check_duration_seconds",
      "How long ValidatingAdmissionPolicies take to evaluate, by policy, binding, type of error and what was done.",
      labels: labels, bounds: Self.bounds)
    let mutating = Array(labels.dropLast())
    mutations = registry.counter(
      "apiserver_mutating_admission_policy_check_total",
      "Evaluations of the mutations of MutatingAdmissionPolicies, by policy, binding and type of error.",
      labels: mutating)
    mutationDurations = registry.histogram(
      "apiserver_mutating_admission_policy_check_duration_seconds",
      "How long the mutations of MutatingAdmissionPolicies take, by policy, binding and type of error.",
      labels: mutating, bounds: Self.bounds)
  }

  /// Something was done about a validation.
  func check(
    _ policy: String, _ binding: String, _ error: ErrorType, _ action: Action, elapsed: Duration
  ) {
    let values = [policy, binding, error.rawValue, action.rawValue]
    checks.increment(values)
    checkDurations.observe(elapsed, values)
  }

  /// A mutation was evaluated.
  func mutate(_ policy: String, _ binding: String, _ error: ErrorType, elapsed: Duration) {
    let values = [policy, binding, error.rawValue]
    mutations.increment(values)
    mutationDurations.observe(elapsed, values)
  }
}
