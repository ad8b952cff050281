import Metrics
import Synchronization

/// What is measured of requests by flow schema and priority level (`apiserver_flowcontrol_…`). Nothing waits in queues
/// here: what is about them is left out.
final class FlowMetrics: Metric {
  let name = "apiserver_flowcontrol_current_executing_requests"

  private struct Key: Hashable {
    var level: String
    var schema: String
    var isWatch: Bool

    var labels: [String] { [level, schema] }
  }

  private struct Series {
    var executing = 0
    var dispatched = 0.0
    var rejected = 0.0
    var durations = Distribution(bounds: FlowMetrics.bounds)
  }

  private static let bounds: [Double] = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30]
  private static let labels = ["priority_level", "flow_schema"]

  private let series = Mutex<[Key: Series]>([:])

  private static func key(_ flow: FlowClass, isWatch: Bool) -> Key {
    Key(level: flow.level, schema: flow.schema, isWatch: isWatch)
  }

  func reject(_ flow: FlowClass, isWatch: Bool) {
    series.withLock { $0[Self.key(flow, isWatch: isWatch), default: Series()].rejected += 1 }
  }

  func begin(_ flow: FlowClass, isWatch: Bool) {
    series.withLock { series in
      series[Self.key(flow, isWatch: isWatch), default: Series()].executing += 1
      series[Self.key(flow, isWatch: isWatch), default: Series()].dispatched += 1
    }
  }

  func end(_ flow: FlowClass, isWatch: Bool, elapsed: Duration) {
    series.withLock { series in
      series[Self.key(flow, isWatch: isWatch), default: Series()].executing -= 1
      series[Self.key(flow, isWatch: isWatch), default: Series()].durations
        .observe(elapsed.inSeconds, bounds: Self.bounds)
    }
  }

  func write(to out: inout Exposition) {
    let all = series.withLock { $0 }
    func sums(_ part: (Series) -> Double) -> [(labels: [String], value: Double)] {
      var sums: [[String]: Double] = [:]
      for (key, one) in all { sums[key.labels, default: 0] += part(one) }
      return sums.map { ($0.key, $0.value) }.sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
    }
    out.family(
      name,
      "Requests that are being carried out, watches until they begin, by priority level and flow schema.",
      .gauge)
    for (labels, value) in sums({ Double($0.executing) }) { out.sample(name, Self.labels, labels, value) }
    let dispatched = "apiserver_flowcontrol_dispatched_requests_total"
    out.family(dispatched, "Requests that were let pass, by priority level and flow schema.", .counter)
    for (labels, value) in sums(\.dispatched) where value > 0 {
      out.sample(dispatched, Self.labels, labels, value)
    }
    let rejected = "apiserver_flowcontrol_rejected_requests_total"
    out.family(rejected, "Requests that were refused, by priority level, flow schema and reason.", .counter)
    for (labels, value) in sums(\.rejected) where value > 0 {
      out.sample(rejected, Self.labels + ["reason"], labels + ["concurrency-limit"], value)
    }
    let seconds = "apiserver_flowcontrol_request_execution_seconds"
    out.family(
      seconds, "How long requests take, watches until they begin, by priority level, flow schema and type.",
      .histogram)
    let byType = all.map { ($0.key.labels + [$0.key.isWatch ? "watch" : "regular"], $0.value.durations) }
      .filter { $0.1.count > 0 }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
    for (labels, one) in byType {
      one.write(to: &out, seconds, bounds: Self.bounds, labels: Self.labels + ["type"], values: labels)
    }
  }
}
