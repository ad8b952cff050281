import Synchronization

/// A value that only grows, by labels (Prometheus data model).
public final class Counter: Metric {
  public let name: String
  private let help: String
  private let labels: [String]
  private let type: MetricType
  private let values: Mutex<[[String]: Double]>
  /// Series beyond this number are counted as one: label values may come from clients.
  private static let maximumSeries = 10_000

  /// - Parameters:
  ///   - labels: names; without any there is one series, which is there from the start.
  ///   - type: `untyped` for names that are no counter's in every format.
  public init(_ name: String, _ help: String, labels: [String] = [], type: MetricType = .counter) {
    self.name = name
    self.help = help
    self.labels = labels
    self.type = type
    values = Mutex(labels.isEmpty ? [[]: 0] : [:])
  }

  /// - Parameter labelValues: as many as there are labels, in their order.
  public func increment(_ labelValues: [String] = [], by amount: Double = 1) {
    values.withLock { values in
      let isRoom = values.count < Self.maximumSeries || values[labelValues] != nil
      values[isRoom ? labelValues : labels.map { _ in "other" }, default: 0] += amount
    }
  }

  /// Sets a series, of what is shown as a gauge.
  public func set(_ value: Double, _ labelValues: [String] = []) {
    values.withLock { values in
      let isRoom = values.count < Self.maximumSeries || values[labelValues] != nil
      values[isRoom ? labelValues : labels.map { _ in "other" }] = value
    }
  }

  public func write(to out: inout Exposition) {
    out.family(name, help, type)
    for (labelValues, value) in values.withLock({ $0 }).sorted(by: {
      $0.key.lexicographicallyPrecedes($1.key)
    }) {
      out.sample(name, labels, labelValues, value)
    }
  }
}
