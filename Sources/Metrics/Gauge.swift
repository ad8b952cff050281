/// Values that are read when they are asked for, by labels.
public final class Gauge: Metric {
  public typealias Sample = (labels: [String], value: Double)

  public let name: String
  private let help: String
  private let labels: [String]
  private let type: MetricType
  private let read: @Sendable () -> [Sample]

  /// - Parameters:
  ///   - type: of values that only grow, `counter`.
  ///   - read: the series, each with as many label values as there are labels.
  public init(
    _ name: String, _ help: String, labels: [String] = [], type: MetricType = .gauge,
    read: @escaping @Sendable () -> [Sample]
  ) {
    self.name = name
    self.help = help
    self.labels = labels
    self.type = type
    self.read = read
  }

  public func write(to out: inout Exposition) {
    out.family(name, help, type)
    for (labelValues, value) in read() { out.sample(name, labels, labelValues, value) }
  }
}
