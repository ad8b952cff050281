import Authorization

/// Decides by the policy what is recorded and hands events to the backends.
public final class Auditor: Sendable {
  public let counters: AuditCounters
  private let policy: AuditPolicy
  private let sinks: [any AuditSink]

  public init(policy: AuditPolicy, sinks: [any AuditSink], counters: AuditCounters = AuditCounters()) {
    self.policy = policy
    self.sinks = sinks
    self.counters = counters
  }

  /// What is recorded of a request; counts it.
  public func verdict(_ request: AuthorizationAttributes) -> AuditPolicy.Verdict {
    let verdict = policy.verdict(request)
    counters.count(level: verdict.level)
    return verdict
  }

  /// Hands an event to all backends.
  /// - Returns: false where a backend lost it and its request must for that be refused.
  public func record(_ event: AuditEvent) async -> Bool {
    counters.countEvent()
    var isKept = true
    for sink in sinks where await !sink.process(event) { isKept = false }
    return isKept
  }

  /// A request was refused because its first event was lost.
  public func countRejected() { counters.countRejected() }

  /// Writes what was recorded and is not written yet.
  public func shutdown(within grace: Duration) async {
    for sink in sinks { await sink.shutdown(within: grace) }
  }
}
