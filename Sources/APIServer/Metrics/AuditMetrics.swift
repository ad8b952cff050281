import Audit
import Metrics

/// What is counted about auditing.
enum AuditMetrics {
  static func add(to registry: MetricsRegistry, _ counters: AuditCounters) {
    registry.gauge(
      "apiserver_audit_event_total", "Counter of audit events generated and sent to the audit backend.",
      type: .counter
    ) { [([], Double(counters.events))] }
    registry.gauge(
      "apiserver_audit_error_total",
      "Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the "
        + "error.",
      labels: ["plugin"], type: .counter
    ) { counters.errors.map { ([$0.plugin.rawValue], Double($0.count)) } }
    registry.gauge(
      "apiserver_audit_level_total", "Counter of policy levels for audit events (1 per request).",
      labels: ["level"], type: .counter
    ) { counters.levels.filter { $0.count > 0 }.map { ([$0.level.name], Double($0.count)) } }
    registry.gauge(
      "apiserver_audit_requests_rejected_total",
      "Counter of apiserver requests rejected due to an error in audit logging backend.", type: .counter
    ) { [([], Double(counters.rejectedRequests))] }
  }
}
