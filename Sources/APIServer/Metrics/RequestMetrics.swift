import Metrics
import Synchronization

/// What tells series about requests apart. Of requests for what is not served all but the verb is empty:
/// clients could make up values without end.
struct RequestLabels: Hashable, Sendable {
  var verb = ""
  var dryRun = ""
  var group = ""
  var version = ""
  var resource = ""
  var subresource = ""
  var scope = ""

  static let names = ["verb", "group", "version", "resource", "subresource", "scope", "component"]
  static let namesWithDryRun = [
    "verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component",
  ]

  var values: [String] { [verb, group, version, resource, subresource, scope, "apiserver"] }
  var valuesWithDryRun: [String] {
    [verb, dryRun, group, version, resource, subresource, scope, "apiserver"]
  }
}

/// The metrics that every request is counted in, kept together so that one look-up does for all of them.
final class RequestMetrics: Metric {
  let name = "apiserver_request_duration_seconds"

  private struct Series {
    var codes: [Int: Double] = [:]
    var terminated: [Int: Double] = [:]
    var aborted = 0.0
    var durations = Distribution(bounds: RequestMetrics.durationBounds)
    /// Without the time that webhooks took.
    var ownDurations = Distribution(bounds: RequestMetrics.durationBounds)
    var sizes = Distribution(bounds: RequestMetrics.sizeBounds)
    var longRunning = 0
  }

  static let durationBounds: [Double] = [
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
  ]
  static let sizeBounds = Distribution.exponentialBounds(from: 1000, factor: 10, count: 7)

  private let series = Mutex<[RequestLabels: Series]>([:])

  /// A request was answered.
  /// - Parameters:
  ///   - elsewhere: what of the time others took: webhooks and queues.
  ///   - size: of the body, where it is known.
  ///   - isTerminated: the server ended the request before it was carried out.
  ///   - isAborted: the answer broke off.
  func record(
    _ labels: RequestLabels, code: Int, elapsed: Duration, elsewhere: Duration, size: Int?,
    wasLongRunning: Bool, isTerminated: Bool, isAborted: Bool
  ) {
    series.withLock { series in
      var one = series.removeValue(forKey: labels) ?? Series()
      one.codes[code, default: 0] += 1
      if isTerminated { one.terminated[code, default: 0] += 1 }
      if isAborted { one.aborted += 1 }
      one.durations.observe(elapsed.inSeconds, bounds: Self.durationBounds)
      one.ownDurations.observe((elapsed - elsewhere).inSeconds, bounds: Self.durationBounds)
      if let size { one.sizes.observe(Double(size), bounds: Self.sizeBounds) }
      if wasLongRunning { one.longRunning -= 1 }
      series[labels] = one
    }
  }

  /// A long-running request begins.
  func beginLongRunning(_ labels: RequestLabels) {
    series.withLock { $0[labels, default: Series()].longRunning += 1 }
  }

  func write(to out: inout Exposition) {
    let series = series.withLock { $0 }.map { (labels: $0.key, series: $0.value) }
      .sorted { $0.labels.valuesWithDryRun.lexicographicallyPrecedes($1.labels.valuesWithDryRun) }
    out.family(
      "apiserver_longrunning_requests",
      "Gauge of all active long-running apiserver requests by verb, group, version, resource, scope and component. "
        + "Not all requests are tracked this way.", .gauge)
    for (labels, one) in series where one.longRunning > 0 {
      out.sample(
        "apiserver_longrunning_requests", RequestLabels.names, labels.values, Double(one.longRunning))
    }
    out.family(
      "apiserver_request_aborts_total", "Requests whose answer the server broke off.", .counter)
    for (labels, one) in series where one.aborted > 0 {
      out.sample(
        "apiserver_request_aborts_total", Array(RequestLabels.names.dropLast()),
        Array(labels.values.dropLast()),
        one.aborted)
    }
    latencies(
      "apiserver_request_duration_seconds",
      "Response latency distribution in seconds for each verb, dry run value, group, version, resource, "
        + "subresource, scope and component.", series.map { ($0.labels, $0.series.durations) }, &out)
    latencies(
      "apiserver_request_sli_duration_seconds",
      "The same without the time that webhooks and queues took.",
      series.map { ($0.labels, $0.series.ownDurations) }, &out)
    out.family(
      "apiserver_request_terminations_total",
      "Number of requests which apiserver terminated in self-defense.", .counter)
    for (labels, one) in series where labels.dryRun.isEmpty {
      for (code, count) in one.terminated.sorted(by: { $0.key < $1.key }) {
        out.sample(
          "apiserver_request_terminations_total", RequestLabels.names + ["code"],
          labels.values + [String(code)], count)
      }
    }
    out.family(
      "apiserver_request_total",
      "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, "
        + "component, and HTTP response code.", .counter)
    for (labels, one) in series {
      for (code, count) in one.codes.sorted(by: { $0.key < $1.key }) {
        out.sample(
          "apiserver_request_total", RequestLabels.namesWithDryRun + ["code"],
          labels.valuesWithDryRun + [String(code)], count)
      }
    }
    out.family(
      "apiserver_response_sizes",
      "Response size distribution in bytes for each group, version, verb, resource, subresource, scope and "
        + "component.", .histogram)
    for (labels, one) in series where one.sizes.count > 0 {
      one.sizes.write(
        to: &out, "apiserver_response_sizes", bounds: Self.sizeBounds, labels: RequestLabels.names,
        values: labels.values)
    }
  }

  private func latencies(
    _ name: String, _ help: String, _ series: [(RequestLabels, Distribution)], _ out: inout Exposition
  ) {
    out.family(name, help, .histogram)
    for (labels, one) in series where one.count > 0 {
      one.write(
        to: &out, name, bounds: Self.durationBounds, labels: RequestLabels.namesWithDryRun,
        values: labels.valuesWithDryRun)
    }
  }
}
