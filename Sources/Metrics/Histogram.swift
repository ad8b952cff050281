import Synchronization

/// A distribution in cumulative buckets, by labels (Prometheus data model).
public final class Histogram: Metric {
  public let name: String
  private let help: String
  private let labels: [String]
  private let bounds: [Double]
  private let series = Mutex<[[String]: Distribution]>([:])
  private static let maximumSeries = 2_000

  public init(_ name: String, _ help: String, labels: [String] = [], bounds: [Double]) {
    self.name = name
    self.help = help
    self.labels = labels
    self.bounds = bounds
  }

  /// - Parameter labelValues: as many as there are labels, in their order.
  public func observe(_ value: Double, _ labelValues: [String] = []) {
    series.withLock { series in
      let isRoom = series.count < Self.maximumSeries || series[labelValues] != nil
      series[isRoom ? labelValues : labels.map { _ in "other" }, default: Distribution(bounds: bounds)]
        .observe(value, bounds: bounds)
    }
  }

  /// Observes a time in seconds.
  public func observe(_ time: Duration, _ labelValues: [String] = []) { observe(time.inSeconds, labelValues) }

  public func write(to out: inout Exposition) {
    out.family(name, help, .histogram)
    for (labelValues, one) in series.withLock({ $0 }).sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
    {
      one.write(to: &out, name, bounds: bounds, labels: labels, values: labelValues)
    }
  }
}

extension Duration {
  /// Seconds with their fraction.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
