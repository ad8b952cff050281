/// How many observations there were up to each of some bounds.
public struct Distribution: Sendable {
  private var buckets: [UInt64]
  public private(set) var count: UInt64 = 0
  public private(set) var sum = 0.0

  public init(bounds: [Double]) { buckets = Array(repeating: 0, count: bounds.count) }

  /// - Parameter bounds: those that it was made with.
  public mutating func observe(_ value: Double, bounds: [Double]) {
    if let index = bounds.firstIndex(where: { value <= $0 }) { buckets[index] += 1 }
    count += 1
    sum += value
  }

  /// Adds the observations of another with the same bounds.
  public mutating func add(_ other: Distribution) {
    for index in buckets.indices where index < other.buckets.count { buckets[index] += other.buckets[index] }
    count += other.count
    sum += other.sum
  }

  /// Writes the series of a histogram.
  public func write(
    to out: inout Exposition, _ name: String, bounds: [Double], labels: [String], values: [String]
  ) {
    var sum: UInt64 = 0
    for (bound, count) in zip(bounds, buckets) {
      sum += count
      out.sample(name + "_bucket", labels + ["le"], values + [out.bound(bound)], Double(sum))
    }
    out.sample(name + "_bucket", labels + ["le"], values + ["+Inf"], Double(count))
    out.sample(name + "_sum", labels, values, self.sum)
    out.sample(name + "_count", labels, values, Double(count))
  }

  /// `count` bounds, each by a factor greater than the last.
  public static func exponentialBounds(from start: Double, factor: Double, count: Int) -> [Double] {
    var bounds: [Double] = []
    var bound = start
    for _ in 0..<count {
      bounds.append(bound)
      bound *= factor
    }
    return bounds
  }
}
