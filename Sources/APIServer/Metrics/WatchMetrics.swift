import Metrics
import Schema
import Synchronization

/// What watches send, by resource.
final class WatchMetrics: Metric {
  let name = "apiserver_watch_events_total"
  private static let bounds = Distribution.exponentialBounds(from: 1024, factor: 2, count: 8)
  private static let labels = ["group", "version", "resource"]

  /// The events of one resource; a watch keeps it.
  final class Series: Sendable {
    fileprivate let sizes = Mutex(Distribution(bounds: WatchMetrics.bounds))

    /// An event was sent.
    func record(bytes: Int) { sizes.withLock { $0.observe(Double(bytes), bounds: WatchMetrics.bounds) } }
  }

  private let series = Mutex<[GroupVersionResource: Series]>([:])

  /// - Parameter resource: one that is served.
  func series(_ resource: GroupVersionResource) -> Series {
    series.withLock { all in
      if let one = all[resource] { return one }
      let made = Series()
      all[resource] = made
      return made
    }
  }

  func write(to out: inout Exposition) {
    let all = series.withLock { $0 }.map { resource, series in
      ([resource.group, resource.version, resource.resource], series.sizes.withLock { $0 })
    }.filter { $0.1.count > 0 }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
    out.family(
      "apiserver_watch_events_sizes",
      "Watch event size distribution in bytes broken down by group, version and resource", .histogram)
    for (values, sizes) in all {
      sizes.write(
        to: &out, "apiserver_watch_events_sizes", bounds: Self.bounds, labels: Self.labels, values: values)
    }
    out.family(
      "apiserver_watch_events_total",
      "Number of events sent in watch clients broken down by group, version and resource", .counter)
    for (values, sizes) in all {
      out.sample("apiserver_watch_events_total", Self.labels, values, Double(sizes.count))
    }
  }
}
