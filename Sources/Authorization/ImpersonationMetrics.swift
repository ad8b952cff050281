import Metrics

/// How often impersonation is tried, by mode and outcome, under kube-apiserver's names.
public final class ImpersonationMetrics: Sendable {
  private static let labels = ["mode", "decision"]
  private static let bounds = Distribution.exponentialBounds(from: 0.001, factor: 2, count: 15)

  private let attempts: Counter
  private let attemptDurations: Histogram
  private let authorizations: Counter
  private let authorizationDurations: Histogram

  /// - Parameter registry: gains the metrics.
  public init(registry: MetricsRegistry) {
    let prefix = "apiserver_impersonation_"
    attempts = registry.counter(
      prefix + "attempts_total", "Total number of impersonation attempts split by mode and decision.",
      labels: Self.labels)
    attemptDurations = registry.histogram(
      prefix + "attempts_duration_seconds",
      "Latency of impersonation attempts in seconds split by mode and decision.", labels: Self.labels,
      bounds: Self.bounds)
    authorizations = registry.counter(
      prefix + "authorization_attempts_total",
      "Total number of authorization checks made by the impersonation handler split by mode and decision.",
      labels: Self.labels)
    authorizationDurations = registry.histogram(
      prefix + "authorization_attempts_duration_seconds",
      "Latency of authorization checks made by the impersonation handler in seconds split by mode and decision.",
      labels: Self.labels, bounds: Self.bounds)
  }

  /// A mode was tried for a requester.
  func didAttempt(_ mode: ImpersonationMode, isAllowed: Bool, _ elapsed: Duration) {
    attempts.increment(Self.values(mode, isAllowed))
    attemptDurations.observe(elapsed, Self.values(mode, isAllowed))
  }

  /// The authorizer was asked for a mode.
  func didAuthorize(_ mode: ImpersonationMode, isAllowed: Bool, _ elapsed: Duration) {
    authorizations.increment(Self.values(mode, isAllowed))
    authorizationDurations.observe(elapsed, Self.values(mode, isAllowed))
  }

  private static func values(_ mode: ImpersonationMode, _ isAllowed: Bool) -> [String] {
    [mode.label, isAllowed ? "allowed" : "denied"]
  }
}
