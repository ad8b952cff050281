/// How long to wait before trying again (k8s.io/apimachinery/pkg/util/wait Backoff, with the numbers that
/// k8s.io/apiserver/pkg/util/webhook gives it).
public struct RetryBackoff: Sendable {
  /// The first wait, before ``jitter``.
  public var initial: Duration
  /// Each wait is this many times the one before.
  public var factor: Double
  /// A wait is up to this part longer, by chance.
  public var jitter: Double
  /// How often the call is made at most.
  public var attempts: Int

  public init(
    initial: Duration = .milliseconds(500), factor: Double = 1.5, jitter: Double = 0.2, attempts: Int = 5
  ) {
    self.initial = initial
    self.factor = factor
    self.jitter = jitter
    self.attempts = attempts
  }

  /// The wait after a number of failures, at least one.
  public func wait(afterFailures count: Int) -> Duration {
    var wait = initial
    for _ in 1..<max(1, count) { wait = wait * factor }
    return jitter > 0 ? wait * (1 + Double.random(in: 0..<jitter)) : wait
  }
}
