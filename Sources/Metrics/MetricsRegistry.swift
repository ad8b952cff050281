import Synchronization

/// Something that is measured.
public protocol Metric: Sendable {
  /// Of its first family; metrics are written in the order of their names.
  var name: String { get }

  /// Writes its families.
  func write(to out: inout Exposition)
}

/// All metrics of a server. Whoever measures something adds it here; `/metrics` shows it.
public final class MetricsRegistry: Sendable {
  private let metrics = Mutex<[any Metric]>([])

  public init() {}

  /// Adds a metric. A second one of the same name is not taken: a scraper would refuse both.
  public func add(_ metric: any Metric) {
    metrics.withLock { metrics in
      if !metrics.contains(where: { $0.name == metric.name }) { metrics.append(metric) }
    }
  }

  /// Adds a counter and gives it back.
  public func counter(_ name: String, _ help: String, labels: [String] = []) -> Counter {
    let counter = Counter(name, help, labels: labels)
    add(counter)
    return counter
  }

  /// Adds a histogram and gives it back.
  public func histogram(_ name: String, _ help: String, labels: [String] = [], bounds: [Double]) -> Histogram
  {
    let histogram = Histogram(name, help, labels: labels, bounds: bounds)
    add(histogram)
    return histogram
  }

  /// Adds a gauge, or a counter that is kept elsewhere, which is read when it is asked for.
  public func gauge(
    _ name: String, _ help: String, labels: [String] = [], type: MetricType = .gauge,
    read: @escaping @Sendable () -> [Gauge.Sample]
  ) {
    add(Gauge(name, help, labels: labels, type: type, read: read))
  }

  /// Everything, as text.
  public func text(_ format: Exposition.Format) -> String {
    var out = Exposition(format)
    for metric in metrics.withLock({ $0 }).sorted(by: { $0.name < $1.name }) { metric.write(to: &out) }
    return out.finished()
  }
}
