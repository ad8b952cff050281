import Synchronization

/// A value that only grows, by labels (Prometheus data model).
public final class Counter: Sendable {
  let name: String
  let help: String
  let labels: [String]
  private let values = Mutex<[[String]: Double]>([:])
  /// Series beyond this number are counted as one: label values may come from clients.
  private static let maximumSeries = 10_000

  init(_ name: String, _ help: String, labels: [String]) {
    self.name = name
    self.help = help
    self.labels = labels
  }

  func increment(_ labelValues: [String], by amount: Double = 1) {
    values.withLock { values in
      let isRoom = values.count < Self.maximumSeries || values[labelValues] != nil
      values[isRoom ? labelValues : labels.map { _ in "other" }, default: 0] += amount
    }
  }

  func write(to out: inout String) {
    Exposition.head(name, help, "counter", to: &out)
    for (labelValues, value) in values.withLock({ $0 }).sorted(by: {
      $0.key.lexicographicallyPrecedes($1.key)
    }) {
      Exposition.sample(name, labels, labelValues, value, to: &out)
    }
  }
}

/// A distribution in cumulative buckets, by labels (Prometheus data model).
public final class Histogram: Sendable {
  private struct Series: Sendable {
    var buckets: [UInt64]
    var count: UInt64 = 0
    var sum = 0.0
  }

  let name: String
  let help: String
  let labels: [String]
  let bounds: [Double]
  private let series = Mutex<[[String]: Series]>([:])
  private static let maximumSeries = 2_000

  init(_ name: String, _ help: String, labels: [String], bounds: [Double]) {
    self.name = name
    self.help = help
    self.labels = labels
    self.bounds = bounds
  }

  func observe(_ value: Double, _ labelValues: [String]) {
    series.withLock { series in
      let isRoom = series.count < Self.maximumSeries || series[labelValues] != nil
      let key = isRoom ? labelValues : labels.map { _ in "other" }
      var one = series[key] ?? Series(buckets: Array(repeating: 0, count: bounds.count))
      if let index = bounds.firstIndex(where: { value <= $0 }) { one.buckets[index] += 1 }
      one.count += 1
      one.sum += value
      series[key] = one
    }
  }

  func write(to out: inout String) {
    Exposition.head(name, help, "histogram", to: &out)
    for (labelValues, one) in series.withLock({ $0 }).sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
    {
      var sum: UInt64 = 0
      for (bound, count) in zip(bounds, one.buckets) {
        sum += count
        Exposition.sample(
          name + "_bucket", labels + ["le"], labelValues + [Exposition.number(bound)], Double(sum), to: &out)
      }
      Exposition.sample(
        name + "_bucket", labels + ["le"], labelValues + ["+Inf"], Double(one.count), to: &out)
      Exposition.sample(name + "_sum", labels, labelValues, one.sum, to: &out)
      Exposition.sample(name + "_count", labels, labelValues, Double(one.count), to: &out)
    }
  }
}

/// Values that are read when asked for, by labels.
public final class Gauge: Sendable {
  let name: String
  let help: String
  let labels: [String]
  private let read: @Sendable () -> [(labels: [String], value: Double)]

  init(
    _ name: String, _ help: String, labels: [String] = [],
    read: @escaping @Sendable () -> [(labels: [String], value: Double)]
  ) {
    self.name = name
    self.help = help
    self.labels = labels
    self.read = read
  }

  func write(to out: inout String) {
    Exposition.head(name, help, "gauge", to: &out)
    for (labelValues, value) in read() { Exposition.sample(name, labels, labelValues, value, to: &out) }
  }
}

/// The text format of Prometheus, version 0.0.4.
enum Exposition {
  static func head(_ name: String, _ help: String, _ type: String, to out: inout String) {
    out += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  static func sample(
    _ name: String, _ labels: [String], _ values: [String], _ value: Double, to out: inout String
  ) {
    out += name
    if !labels.isEmpty {
      out += "{" + zip(labels, values).map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",") + "}"
    }
    out += " \(number(value))\n"
  }

  static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
  }

  private static func escaped(_ text: String) -> String {
    var out = ""
    for character in text {
      switch character {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      default: out.append(character)
      }
    }
    return out
  }
}
