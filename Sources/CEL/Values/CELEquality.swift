/// `==` of expressions: never fails, numbers of different types are compared by what they stand for, values of
/// other different types differ.
extension CELValue: Equatable {
  public static func == (a: CELValue, b: CELValue) -> Bool {
    var comparison = Comparison()
    return (try? comparison.areEqual(a, b)) ?? false
  }
}

/// Compares values that may hold the same list many times over: what looks small can take very long, so the work
/// is bounded.
struct Comparison {
  private var work = 0

  /// The most values that are compared.
  private static let workLimit = 1_000_000

  /// - Throws: an exceeded budget, where there is too much to compare.
  mutating func areEqual(_ a: CELValue, _ b: CELValue) throws(CELError) -> Bool {
    work += 1
    if work > Self.workLimit { throw .costLimit }
    switch (a, b) {
    case (.string(let a), .string(let b)): return a.hasSameScalars(as: b)
    case (.int(let a), .int(let b)): return a == b
    case (.bool(let a), .bool(let b)): return a == b
    case (.null, .null): return true
    case (.uint(let a), .uint(let b)): return a == b
    case (.double(let a), .double(let b)): return a == b
    case (.bytes(let a), .bytes(let b)): return a == b
    case (.timestamp(let a), .timestamp(let b)): return a == b
    case (.duration(let a), .duration(let b)): return a == b
    case (.list(let a), .list(let b)): return try areEqual(a, b)
    case (.map(let a), .map(let b)): return try areEqual(a, b)
    case (.type(let a), .type(let b)): return a.runtimeName == b.runtimeName
    case (.optional(let a), .optional(let b)):
      guard let a = a.value, let b = b.value else { return a.value == nil && b.value == nil }
      return try areEqual(a, b)
    case (.object(let a), _): return a.isEqual(to: b)
    case (_, .object(let b)): return b.isEqual(to: a)
    default: return NumericOrder(a, b) == .same
    }
  }

  private mutating func areEqual(_ a: CELList, _ b: CELList) throws(CELError) -> Bool {
    // The left side decides what is the same, as in cel-go.
    if let custom = a.custom { return custom.isEqual(to: b) }
    let count = a.count
    guard count == b.count else { return false }
    for index in 0..<count {
      guard let mine = a[safe: index], let theirs = b[safe: index], try areEqual(mine, theirs) else {
        return false
      }
    }
    return true
  }

  private mutating func areEqual(_ a: CELMap, _ b: CELMap) throws(CELError) -> Bool {
    guard a.count == b.count else { return false }
    for key in a.keys {
      guard let mine = a[key], let theirs = b[key], try areEqual(mine, theirs) else { return false }
    }
    return true
  }

  /// Whether an element of the list equals the value.
  mutating func contains(_ list: CELList, _ value: CELValue) throws(CELError) -> Bool {
    if let custom = list.custom { return custom.contains(value) }
    for element in list where try areEqual(element, value) { return true }
    return false
  }
}

extension String {
  /// Whether both are the same bytes. Swift's own `==` also holds for different spellings of a character.
  func hasSameScalars(as other: String) -> Bool {
    let a = utf8
    let b = other.utf8
    return a.count == b.count && a.elementsEqual(b)
  }
}

/// How two numbers of any of the three types are ordered.
enum NumericOrder {
  case less, same, greater
  /// One of them is NaN.
  case none

  /// Nil where one is no number.
  init?(_ a: CELValue, _ b: CELValue) {
    switch (a, b) {
    case (.int(let a), .int(let b)): self.init(a, b)
    case (.uint(let a), .uint(let b)): self.init(a, b)
    case (.double(let a), .double(let b)): self.init(a, b)
    case (.int(let a), .uint(let b)): self.init(a, b)
    case (.uint(let a), .int(let b)): self.init(a, b)
    case (.int(let a), .double(let b)): self = Self.order(a, b)
    case (.double(let a), .int(let b)): self = Self.order(b, a).reversed
    case (.uint(let a), .double(let b)): self = Self.order(a, b)
    case (.double(let a), .uint(let b)): self = Self.order(b, a).reversed
    default: return nil
    }
  }

  private init<A: BinaryInteger, B: BinaryInteger>(_ a: A, _ b: B) {
    self = a < b ? .less : a == b ? .same : .greater
  }

  private init(_ a: Double, _ b: Double) { self = a < b ? .less : a == b ? .same : a > b ? .greater : .none }

  /// Exact: the double is compared with the whole number, not with its nearest double.
  private static func order<Number: FixedWidthInteger>(_ a: Number, _ b: Double) -> NumericOrder {
    if b.isNaN { return .none }
    if b < Double(Number.min) { return .greater }
    if b >= Double(Number.max) { return .less }
    // In range now, so the whole part converts without a trap.
    let whole = Number(b.rounded(.down))
    if a != whole { return a < whole ? .less : .greater }
    return b > b.rounded(.down) ? .less : .same
  }

  private var reversed: NumericOrder {
    switch self {
    case .less: .greater
    case .greater: .less
    default: self
    }
  }
}
