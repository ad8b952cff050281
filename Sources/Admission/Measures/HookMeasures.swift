import Metrics

/// What is measured of calls to admission webhooks (k8s.io/apiserver/pkg/admission/metrics).
struct HookMeasures: Sendable {
  /// The two kinds of webhooks, as labels name them.
  enum Step: String {
    case admit
    case validating
  }

  /// Higher codes are counted as this one: webhooks choose them.
  private static let highestCode = 600

  private let durations: Histogram
  private let requests: Counter
  private let rejections: Counter
  private let failOpen: Counter

  init(_ registry: MetricsRegistry) {
    durations = registry.histogram(
      "apiserver_admission_webhook_admission_duration_seconds",
      "How long admission webhooks take to answer, by webhook, kind of webhook, operation and whether the request "
        + "was rejected.", labels: ["name", "type", "operation", "rejected"],
      bounds: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25])
    requests = registry.counter(
      "apiserver_admission_webhook_request_total",
      "Calls to admission webhooks, by webhook, kind of webhook, operation, code and whether the request was "
        + "rejected. Codes over 600 count as 600.", labels: ["name", "type", "operation", "code", "rejected"])
    rejections = registry.counter(
      "apiserver_admission_webhook_rejection_count",
      "Requests that were rejected because of an admission webhook, by webhook, kind of webhook and operation; by "
        + "the type of the error (calling_webhook_error, apiserver_internal_error, or no_error where the webhook "
        + "said so), and by the code. Codes over 600 count as 600.",
      labels: ["name", "type", "operation", "error_type", "rejection_code"])
    failOpen = registry.counter(
      "apiserver_admission_webhook_fail_open_count",
      "Requests that went on although an admission webhook could not be asked, by webhook and kind of webhook.",
      labels: ["name", "type"])
  }

  /// A webhook was asked.
  /// - Parameters:
  ///   - failure: why the request can't go on, or there is no answer; nil where the webhook allowed it.
  ///   - isIgnored: whether the request goes on where there is no answer.
  func record(
    _ hook: String, _ step: Step, _ operation: AdmissionOperation, _ failure: HookFailure?, isIgnored: Bool,
    elapsed: Duration
  ) {
    var code = 200
    var error: String?
    switch failure {
    case nil: break
    case .call(_, let status):
      code = status
      if isIgnored {
        failOpen.increment([hook, step.rawValue])
      } else {
        error = "calling_webhook_error"
      }
    case .denial(let status):
      code = status.code
      error = "no_error"
    case .refusal:
      code = 0
      error = "apiserver_internal_error"
    }
    let shown = String(min(code, Self.highestCode))
    let rejected = error == nil ? "false" : "true"
    if let error { rejections.increment([hook, step.rawValue, operation.rawValue, error, shown]) }
    requests.increment([hook, step.rawValue, operation.rawValue, shown, rejected])
    durations.observe(elapsed, [hook, step.rawValue, operation.rawValue, rejected])
  }
}
