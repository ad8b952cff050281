import Values

/// The total order of values and the numeric equality that field ownership is reckoned with
/// (sigs.k8s.io/structured-merge-diff, package value): numbers before texts, then booleans, lists, maps and
/// null; `1` and `1.0` are one number; texts are compared by their bytes.
enum ValueOrder {
  /// Negative, zero or positive, as `a` comes before, with or after `b`.
  static func compare(_ a: Value, _ b: Value) -> Int {
    switch (a, b) {
    case (.int(let x), .int(let y)): return x < y ? -1 : (x == y ? 0 : 1)
    case (.int(let x), .double(let y)): return compare(Double(x), y)
    case (.double(let x), .int(let y)): return compare(x, Double(y))
    case (.double(let x), .double(let y)): return compare(x, y)
    case (.string(let x), .string(let y)): return compare(x, y)
    case (.bool(let x), .bool(let y)): return x == y ? 0 : (x ? 1 : -1)
    case (.array(let x), .array(let y)): return compare(x, y)
    case (.object(let x), .object(let y)): return compare(x, y)
    default: return rank(a) - rank(b)
    }
  }

  /// Whether the two are the same value, numbers by their size and objects whatever their order.
  static func isEqual(_ a: Value, _ b: Value) -> Bool {
    switch (a, b) {
    case (.array(let x), .array(let y)):
      return x.count == y.count && zip(x, y).allSatisfy { isEqual($0, $1) }
    case (.object(let x), .object(let y)):
      guard x.count == y.count else { return false }
      for (key, value) in x {
        guard let other = y[key], isEqual(value, other) else { return false }
      }
      return true
    default: return compare(a, b) == 0
    }
  }

  /// The order of the texts' UTF-8 bytes, which is Go's order of strings.
  static func compare(_ a: String, _ b: String) -> Int {
    var a = a
    var b = b
    return a.withUTF8 { x in
      b.withUTF8 { y in
        let shared = min(x.count, y.count)
        var i = 0
        while i < shared {
          if x[i] != y[i] { return x[i] < y[i] ? -1 : 1 }
          i += 1
        }
        return x.count - y.count
      }
    }
  }

  private static func compare(_ a: Double, _ b: Double) -> Int { a < b ? -1 : (a == b ? 0 : 1) }

  private static func compare(_ a: [Value], _ b: [Value]) -> Int {
    for (x, y) in zip(a, b) {
      let order = compare(x, y)
      if order != 0 { return order }
    }
    return a.count - b.count
  }

  private static func compare(_ a: Object, _ b: Object) -> Int {
    let keysOfA = a.sortedKeys
    let keysOfB = b.sortedKeys
    for (x, y) in zip(keysOfA, keysOfB) {
      let order = compare(x, y)
      if order != 0 { return order }
      let inner = compare(a[x] ?? .null, b[y] ?? .null)
      if inner != 0 { return inner }
    }
    return keysOfA.count - keysOfB.count
  }

  private static func rank(_ value: Value) -> Int {
    switch value {
    case .int, .double: 0
    case .string: 1
    case .bool: 2
    case .array: 3
    case .object: 4
    case .null: 5
    }
  }
}
