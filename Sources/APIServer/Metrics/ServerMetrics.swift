import Audit
import Authorization
import HTTPService
import Metrics
import Schema
import Store
import Values

/// What the server counts, under kube-apiserver's names.
public final class ServerMetrics: Sendable {
  /// All metrics: whoever measures something adds it here.
  public let registry: MetricsRegistry
  let stages = StageMetrics()
  let watches = WatchMetrics()
  private let requests = RequestMetrics()
  private let decisions: Counter
  private let refusals: Counter
  private let deprecated: Counter
  private let handshakeErrors: Counter

  /// - Parameter registry: where others may have added metrics of their own.
  init(registry: MetricsRegistry, store: ObjectStore, flowControl: FlowControl, audit: AuditCounters?) {
    self.registry = registry
    registry.add(requests)
    registry.add(stages)
    registry.add(watches)
    decisions = registry.counter(
      "apiserver_authorization_decisions_total",
      "Total number of terminal decisions made by an authorizer split by authorizer type, name, and decision.",
      labels: ["type", "name", "decision"])
    refusals = Counter(
      "apiserver_authorization_decisions", "Requests by whether they were authorized: allow or deny.",
      labels: ["decision"], type: .untyped)
    registry.add(refusals)
    deprecated = Counter(
      "apiserver_requested_deprecated_apis",
      "Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, "
        + "subresource, and removed_release.",
      labels: ["group", "version", "resource", "subresource", "removed_release"], type: .gauge)
    registry.add(deprecated)
    handshakeErrors = registry.counter(
      "apiserver_tls_handshake_errors_total", "Connections that ended because their TLS handshake failed.")
    registry.gauge(
      "apiserver_current_inflight_requests",
      "Maximal number of currently used inflight request limit of this apiserver per request kind in last "
        + "second.",
      labels: ["request_kind"]
    ) {
      let running = flowControl.inFlight
      return [(["mutating"], Double(running.mutating)), (["readOnly"], Double(running.readOnly))]
    }
    StoreMetrics.add(to: registry, store)
    ProcessMetrics.add(to: registry)
    BuildMetrics.add(to: registry)
    if let audit { AuditMetrics.add(to: registry, audit) }
  }

  /// What tells the series of a request apart.
  func labels(_ context: RequestContext) -> RequestLabels {
    let info = context.info
    var labels = RequestLabels()
    labels.verb = Self.verb(info, context)
    labels.dryRun = context.query("dryRun") == nil ? "" : "All"
    let resource = context.served.catalog.resource(
      GroupVersionResource(group: info.apiGroup, version: info.apiVersion, resource: info.resource))
    // What is not served gives no labels of its own: clients could make them without end.
    guard let resource, info.subresource.isEmpty || resource.subresource(info.subresource) != nil else {
      return labels
    }
    labels.group = info.apiGroup
    labels.version = info.apiVersion
    labels.resource = info.resource
    labels.subresource = info.subresource
    labels.scope = Self.scope(info)
    return labels
  }

  func beginLongRunning(_ labels: RequestLabels) { requests.beginLongRunning(labels) }

  func record(
    _ labels: RequestLabels, _ context: RequestContext, code: Int, elapsed: Duration, size: Int?,
    wasLongRunning: Bool, isAborted: Bool
  ) {
    let isRead = labels.verb == "GET" || labels.verb == "LIST"
    requests.record(
      labels, code: code, elapsed: elapsed, elsewhere: context.trace.latency.elsewhere,
      size: isRead && labels.dryRun.isEmpty ? size : nil, wasLongRunning: wasLongRunning,
      isTerminated: context.isTerminated, isAborted: isAborted)
  }

  /// An authorizer decided about a request.
  func record(_ decision: AuthorizationDecision, elapsed: Duration) {
    stages.record(.authorization, elapsed)
    let outcome: StageMetrics.Authorization =
      switch decision.verdict {
      case .allow: .allowed
      case .deny: .denied
      case .noOpinion: decision.error == nil ? .noOpinion : .error
      }
    stages.record(outcome, elapsed)
    refusals.increment([decision.isAllowed ? "allow" : "deny"])
    // Members of system:masters are let through before any authorizer is asked, and don't count.
    guard decision.verdict != .noOpinion, decision.authorizer != "PrivilegedGroup" else { return }
    decisions.increment([
      decision.authorizer, decision.authorizer.lowercased(), decision.isAllowed ? "allowed" : "denied",
    ])
  }

  /// A client's TLS handshake failed.
  public func recordHandshakeError() { handshakeErrors.increment() }

  /// A deprecated API was asked for.
  func recordDeprecated(_ info: RequestInfo) {
    deprecated.set(1, [info.apiGroup, info.apiVersion, info.resource, info.subresource, ""])
  }

  // MARK: - Labels

  private static let verbs = [
    "get": "GET", "list": "LIST", "watch": "WATCH", "create": "POST", "update": "PUT", "patch": "PATCH",
    "delete": "DELETE", "deletecollection": "DELETECOLLECTION", "post": "POST", "put": "PUT", "head": "HEAD",
    "options": "OPTIONS",
  ]

  private static func verb(_ info: RequestInfo, _ context: RequestContext) -> String {
    if ["log", "exec", "attach", "portforward", "proxy"].contains(info.subresource) { return "CONNECT" }
    if info.verb == "patch", context.http.headers.first(name: "Content-Type")?.contains("apply-patch") == true
    {
      return "APPLY"
    }
    return verbs[info.verb] ?? "other"
  }

  private static func scope(_ info: RequestInfo) -> String {
    guard info.isResourceRequest else { return "" }
    if !info.name.isEmpty || info.verb == "create" { return "resource" }
    return info.namespace.isEmpty ? "cluster" : "namespace"
  }
}
