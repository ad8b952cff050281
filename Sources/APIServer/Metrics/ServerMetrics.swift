import HTTPService
import Schema
import Store

/// What the server counts about its requests, under kube-apiserver's names.
public final class ServerMetrics: Sendable {
  enum AuthenticationOutcome: String {
    case success, failure, error
  }

  private let requests = Counter(
    "apiserver_request_total",
    "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, "
      + "component, and HTTP response code.",
    labels: ["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component", "code"])
  private let durations = Histogram(
    "apiserver_request_duration_seconds",
    "Response latency distribution in seconds for each verb, dry run value, group, version, resource, "
      + "subresource, scope and component.",
    labels: ["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component"],
    bounds: [
      0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
    ])
  private let attempts = Counter(
    "authentication_attempts", "Counter of authenticated attempts.", labels: ["result"])
  private let gauges: [Gauge]

  init(store: ObjectStore, flowControl: FlowControl) {
    gauges = [
      Gauge(
        "apiserver_current_inflight_requests",
        "Maximal number of currently used inflight request limit of this apiserver per request kind in last "
          + "second.",
        labels: ["request_kind"]
      ) {
        let running = flowControl.inFlight
        return [(["mutating"], Double(running.mutating)), (["readOnly"], Double(running.readOnly))]
      },
      Gauge(
        "apiserver_resource_objects", "Number of stored objects at the time of last check split by kind.",
        labels: ["group", "resource"]
      ) {
        store.counts().map { ([$0.key.group, $0.key.resource], Double($0.value)) }
          .sorted { $0.0.lexicographicallyPrecedes($1.0) }
      },
    ]
  }

  func authentication(_ outcome: AuthenticationOutcome) { attempts.increment([outcome.rawValue]) }

  /// Starts the clock of a request.
  func begin(_ context: RequestContext) -> RequestObservation {
    RequestObservation(metrics: self, context: context, start: .now)
  }

  func record(_ context: RequestContext, code: Int, elapsed: Duration) {
    let info = context.info
    let dryRun = context.query("dryRun") == nil ? "" : "All"
    let resource = context.served.catalog.resource(
      GroupVersionResource(group: info.apiGroup, version: info.apiVersion, resource: info.resource))
    // What is not served gives no labels of its own: clients could make them without end.
    let subresource = info.subresource.isEmpty || resource?.subresource(info.subresource) != nil
    let labels =
      resource == nil || !subresource
      ? [Self.verb(info, context), dryRun, "", "", "", "", "", "apiserver"]
      : [
        Self.verb(info, context), dryRun, info.apiGroup, info.apiVersion, info.resource, info.subresource,
        Self.scope(info), "apiserver",
      ]
    requests.increment(labels + [String(code)])
    let (seconds, attoseconds) = elapsed.components
    durations.observe(Double(seconds) + Double(attoseconds) * 1e-18, labels)
  }

  private static let verbs = [
    "get": "GET", "list": "LIST", "watch": "WATCH", "create": "POST", "update": "PUT", "patch": "PATCH",
    "delete": "DELETE", "deletecollection": "DELETECOLLECTION", "post": "POST", "put": "PUT",
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

  /// All metrics in the text format.
  func exposition() -> String {
    var out = ""
    requests.write(to: &out)
    durations.write(to: &out)
    attempts.write(to: &out)
    for gauge in gauges { gauge.write(to: &out) }
    for gauge in ProcessMetrics.gauges { gauge.write(to: &out) }
    return out
  }
}

/// A request under way, to be counted when it is answered.
struct RequestObservation {
  let metrics: ServerMetrics
  let context: RequestContext
  let start: ContinuousClock.Instant

  func end(_ response: HTTPResponse) -> HTTPResponse {
    metrics.record(context, code: response.status, elapsed: start.duration(to: .now))
    return response
  }
}
