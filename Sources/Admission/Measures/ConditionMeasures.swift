import Metrics

/// What is measured of the match conditions of webhooks and policies (k8s.io/apiserver/pkg/admission/metrics).
struct ConditionMeasures: Sendable {
  /// Whose conditions they are.
  struct Subject: Sendable {
    var name: String
    /// `webhook` or `policy`.
    var kind: String
    /// `admit` and `validating` of webhooks, `mutate` and `validate` of policies.
    var type: String
  }

  /// What came of evaluating them.
  enum Outcome {
    case matches, excluded, failed
  }

  private static let labels = ["name", "kind", "type", "operation"]
  private let errors: Counter
  private let exclusions: Counter
  private let durations: Histogram

  init(_ registry: MetricsRegistry) {
    errors = registry.counter(
      "apiserver_admission_match_condition_evaluation_errors_total",
      "Match conditions that could not be evaluated, by the name and kind of what has them (webhook or policy), "
        + "type and operation.", labels: Self.labels)
    exclusions = registry.counter(
      "apiserver_admission_match_condition_exclusions_total",
      "Requests that match conditions excluded, by the name and kind of what has them (webhook or policy), type "
        + "and operation.", labels: Self.labels)
    durations = registry.histogram(
      "apiserver_admission_match_condition_evaluation_seconds",
      "How long match conditions take to evaluate, by the name and kind of what has them (webhook or policy), type "
        + "and operation.", labels: Self.labels, bounds: [0.005, 0.025, 0.1, 0.5, 1, 2.5])
  }

  func record(
    _ subject: Subject, _ operation: AdmissionOperation, _ outcome: Outcome, elapsed: Duration
  ) {
    let values = [subject.name, subject.kind, subject.type, operation.rawValue]
    durations.observe(elapsed, values)
    switch outcome {
    case .matches: break
    case .excluded: exclusions.increment(values)
    case .failed: errors.increment(values)
    }
  }
}
