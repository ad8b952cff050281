import Values

/// The JSONPath of `additionalPrinterColumns` (Kubernetes documentation, "JSONPath Support"): names `.spec.x`
/// and `['x']`, elements `[0]`, `[-1]`, `[1:3]`, `[*]`, `.*`, unions `[0,2]`, filters
/// `[?(@.type=="Ready")]`, and `..` for all that is below.
///
/// It is read once and evaluated for many objects. Length, steps, depth and results are bounded, so that no
/// path takes more time than a walk or two through the object.
struct SimpleJSONPath: Sendable {
  /// One step from the values so far to the next.
  indirect enum Step: Sendable {
    case field(String)
    case wildcard
    case slice(Slice)
    case union([Step])
    case filter(Filter)
    case descendants
  }

  /// Elements of an array, as Python counts them: from the end where negative.
  struct Slice: Sendable {
    var start: Int?
    var end: Int?
    var step: Int?
    /// Whether it is one index, `start`.
    var isIndex: Bool
  }

  struct Filter: Sendable {
    enum Comparison: String, Sendable {
      case equal = "==", notEqual = "!=", less = "<", atMost = "<=", greater = ">", atLeast = ">="
    }

    enum Operand: Sendable {
      case path([Step])
      case constant(Value)
    }

    var left: Operand
    /// Nil: the left side must be there.
    var comparison: (Comparison, Operand)?
  }

  /// The path cannot be followed in this object, for example because a list was expected.
  private struct Mismatch: Error {}

  static let longest = 2048
  static let mostSteps = 64
  static let deepestFilter = 4
  private static let mostResults = 10_000
  /// Of values that a step looked at, over all.
  private static let mostVisits = 200_000
  private static let deepestDescent = 200

  private let steps: [Step]

  /// - Parameter text: without the braces of a template: `.status.phase`.
  /// - Returns: nil if it is no path, or one that is too long.
  init?(_ text: String) {
    guard text.utf8.count <= Self.longest, let steps = SimpleJSONPathParser.parse(text) else { return nil }
    self.steps = steps
  }

  /// The first value that the path leads to; nil if there is none, or if the path cannot be followed.
  func first(in root: Value) -> Value? {
    var walk = Walk(left: Self.mostVisits)
    return try? walk.follow(steps, from: [root]).first
  }

  // MARK: - Evaluation

  private struct Walk {
    /// How many more values may be looked at.
    var left: Int

    mutating func follow(_ steps: [Step], from start: [Value]) throws(Mismatch) -> [Value] {
      var values = start
      for step in steps {
        if values.isEmpty { break }
        values = try follow(step, from: values)
        if values.count > SimpleJSONPath.mostResults { throw Mismatch() }
      }
      return values
    }

    private mutating func follow(_ step: Step, from values: [Value]) throws(Mismatch) -> [Value] {
      var found: [Value] = []
      for value in values {
        try visit(1)
        switch step {
        case .field(let name): found += name.isEmpty ? [value] : value[name].map { [$0] } ?? []
        case .wildcard:
          let children = Self.children(value)
          try visit(children.count)
          found += children
        case .slice(let slice): found += try elements(of: value, slice)
        case .union(let parts): for part in parts { found += try follow(part, from: [value]) }
        case .filter(let filter): found += try elements(of: value, filter)
        case .descendants: try descend(value, depth: 0, into: &found)
        }
      }
      return found
    }

    private mutating func visit(_ count: Int) throws(Mismatch) {
      left -= count
      if left < 0 { throw Mismatch() }
    }

    /// In an order that does not depend on how the object was written.
    private static func children(_ value: Value) -> [Value] {
      if let object = value.object { return object.sortedKeys.compactMap { object[$0] } }
      return value.array ?? []
    }

    private mutating func descend(_ value: Value, depth: Int, into found: inout [Value]) throws(Mismatch) {
      try visit(1)
      if depth > SimpleJSONPath.deepestDescent { throw Mismatch() }
      found.append(value)
      for child in Self.children(value) { try descend(child, depth: depth + 1, into: &found) }
    }

    private mutating func elements(of value: Value, _ slice: Slice) throws(Mismatch) -> [Value] {
      if value.isNull { return [] }
      guard let array = value.array else { throw Mismatch() }
      let start = Self.position(slice.start ?? 0, in: array)
      if slice.isIndex {
        guard array.indices.contains(start) else { throw Mismatch() }
        return [array[start]]
      }
      let end = slice.end.map { Self.position($0, in: array) } ?? array.count
      if start == end { return [] }
      guard start >= 0, start < array.count, end >= start, end <= array.count else { throw Mismatch() }
      try visit(end - start)
      return stride(from: start, to: end, by: max(slice.step ?? 1, 1)).map { array[$0] }
    }

    private static func position(_ index: Int, in array: [Value]) -> Int {
      index < 0 ? index + array.count : index
    }

    // MARK: - Filters

    private mutating func elements(of value: Value, _ filter: Filter) throws(Mismatch) -> [Value] {
      if value.isNull { return [] }
      guard let array = value.array else { throw Mismatch() }
      var found: [Value] = []
      for element in array {
        try visit(1)
        let left = try operand(filter.left, of: element)
        guard let (comparison, right) = filter.comparison else {
          if !left.isEmpty { found.append(element) }
          continue
        }
        if left.isEmpty { continue }
        let other = try operand(right, of: element)
        if other.isEmpty { continue }
        guard left.count == 1, other.count == 1 else { throw Mismatch() }
        if try Self.compare(left[0], comparison, other[0]) { found.append(element) }
      }
      return found
    }

    private mutating func operand(_ operand: Filter.Operand, of element: Value) throws(Mismatch) -> [Value] {
      switch operand {
      case .constant(let value): [value]
      case .path(let steps): try follow(steps, from: [element])
      }
    }

    /// Only values of one kind can be compared, and booleans not by size.
    private static func compare(
      _ a: Value, _ comparison: Filter.Comparison, _ b: Value
    ) throws(Mismatch) -> Bool {
      switch (a, b) {
      case (.string(let a), .string(let b)):
        if a == b { return holds(comparison, isLess: false, isEqual: true) }
        return holds(comparison, isLess: a.utf8.lexicographicallyPrecedes(b.utf8), isEqual: false)
      case (.int(let a), .int(let b)): return holds(comparison, isLess: a < b, isEqual: a == b)
      case (.double(let a), .double(let b)): return holds(comparison, isLess: a < b, isEqual: a == b)
      case (.bool(let a), .bool(let b)):
        guard comparison == .equal || comparison == .notEqual else { throw Mismatch() }
        return holds(comparison, isLess: false, isEqual: a == b)
      default: throw Mismatch()
      }
    }

    private static func holds(_ comparison: Filter.Comparison, isLess: Bool, isEqual: Bool) -> Bool {
      switch comparison {
      case .equal: isEqual
      case .notEqual: !isEqual
      case .less: isLess
      case .atMost: isLess || isEqual
      case .greater: !isLess && !isEqual
      case .atLeast: !isLess
      }
    }
  }
}
