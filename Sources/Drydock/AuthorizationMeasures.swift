import Authorization
import Metrics

/// What is measured of authorization webhooks and their match conditions
/// (k8s.io/apiserver/pkg/authorization/metrics).
struct AuthorizationMeasures: Sendable {
  private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  private let evaluations: Counter
  private let durations: Histogram
  private let failOpen: Counter
  private let conditionErrors: Counter
  private let exclusions: Counter
  private let conditionDurations: Histogram

  init(_ registry: MetricsRegistry) {
    evaluations = registry.counter(
      "apiserver_authorization_webhook_evaluations_total",
      "Questions that authorization webhooks were asked, by webhook and what came of it.",
      labels: ["name", "result"])
    durations = registry.histogram(
      "apiserver_authorization_webhook_duration_seconds",
      "How long authorization webhooks take to answer, by webhook and what came of it.",
      labels: ["name", "result"],
      bounds: Self.bounds)
    failOpen = registry.counter(
      "apiserver_authorization_webhook_evaluations_fail_open_total",
      "Questions that an authorization webhook could not be asked, where the next authorizer decided.",
      labels: ["name", "result"])
    conditionErrors = registry.counter(
      "apiserver_authorization_match_condition_evaluation_errors_total",
      "Requests for which an authorizer's match conditions could not be evaluated.", labels: ["type", "name"])
    exclusions = registry.counter(
      "apiserver_authorization_match_condition_exclusions_total",
      "Requests for which an authorizer was not asked because of its match conditions.",
      labels: ["type", "name"])
    conditionDurations = registry.histogram(
      "apiserver_authorization_match_condition_evaluation_seconds",
      "How long an authorizer's match conditions take to evaluate.", labels: ["type", "name"],
      bounds: Self.bounds)
  }

  /// A webhook was asked.
  func record(_ evaluation: WebhookAuthorizer.Evaluation) {
    let labels = [evaluation.name, evaluation.result]
    evaluations.increment(labels)
    durations.observe(evaluation.duration, labels)
    if evaluation.failedOpen { failOpen.increment(labels) }
  }

  /// Measures the match conditions of a webhook.
  func condition(_ name: String, _ match: () -> WebhookAuthorizer.Match) -> WebhookAuthorizer.Match {
    let labels = ["Webhook", name]
    let start = ContinuousClock.now
    let result = match()
    conditionDurations.observe(start.duration(to: .now), labels)
    switch result {
    case .matches: break
    case .excluded: exclusions.increment(labels)
    case .failed: conditionErrors.increment(labels)
    }
    return result
  }
}
