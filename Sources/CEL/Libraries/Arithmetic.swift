import Values

/// The operators of the language on values of any types
/// (https://github.com/google/cel-spec/blob/master/doc/langdef.md#overflow).
enum Arithmetic {
  static func add(_ a: CELValue, _ b: CELValue) throws(CELError) -> CELValue {
    switch (a, b) {
    case (.int(let a), .int(let b)): return .int(try checked(a.addingReportingOverflow(b)))
    case (.uint(let a), .uint(let b)): return .uint(try checked(a.addingReportingOverflow(b)))
    case (.double(let a), .double(let b)): return .double(a + b)
    case (.string(let a), .string(let b)): return .string(a + b)
    case (.bytes(let a), .bytes(let b)): return .bytes(a + b)
    case (.list(let a), .list(let b)): return try a.concatenated(with: b)
    case (.duration(let a), .duration(let b)): return .duration(try a.adding(b))
    case (.duration(let d), .timestamp(let t)), (.timestamp(let t), .duration(let d)):
      return .timestamp(try t.adding(d.nanoseconds))
    default: throw mismatch(Operator.add, a, b)
    }
  }

  static func subtract(_ a: CELValue, _ b: CELValue) throws(CELError) -> CELValue {
    switch (a, b) {
    case (.int(let a), .int(let b)): return .int(try checked(a.subtractingReportingOverflow(b)))
    case (.uint(let a), .uint(let b)): return .uint(try checked(a.subtractingReportingOverflow(b)))
    case (.double(let a), .double(let b)): return .double(a - b)
    case (.duration(let a), .duration(let b)):
      let (difference, overflow) = a.nanoseconds.subtractingReportingOverflow(b.nanoseconds)
      if overflow { throw .durationOverflow }
      return .duration(CELDuration(nanoseconds: difference))
    case (.timestamp(let t), .duration(let d)):
      if d.nanoseconds == .min { throw .timestampOverflow }
      return .timestamp(try t.adding(-d.nanoseconds))
    case (.timestamp(let a), .timestamp(let b)):
      let seconds = a.seconds.subtractingReportingOverflow(b.seconds)
      let scaled = seconds.partialValue.multipliedReportingOverflow(by: 1_000_000_000)
      let sum = scaled.partialValue.addingReportingOverflow(Int64(a.nanoseconds) - Int64(b.nanoseconds))
      if seconds.overflow || scaled.overflow || sum.overflow { throw .timestampOverflow }
      return .duration(CELDuration(nanoseconds: sum.partialValue))
    default: throw mismatch(Operator.subtract, a, b)
    }
  }

  static func multiply(_ a: CELValue, _ b: CELValue) throws(CELError) -> CELValue {
    switch (a, b) {
    case (.int(let a), .int(let b)): return .int(try checked(a.multipliedReportingOverflow(by: b)))
    case (.uint(let a), .uint(let b)): return .uint(try checked(a.multipliedReportingOverflow(by: b)))
    case (.double(let a), .double(let b)): return .double(a * b)
    default: throw mismatch(Operator.multiply, a, b)
    }
  }

  static func divide(_ a: CELValue, _ b: CELValue) throws(CELError) -> CELValue {
    switch (a, b) {
    case (.int(let a), .int(let b)):
      if b == 0 { throw .divisionByZero }
      return .int(try checked(a.dividedReportingOverflow(by: b)))
    case (.uint(let a), .uint(let b)):
      if b == 0 { throw .divisionByZero }
      return .uint(a / b)
    case (.double(let a), .double(let b)): return .double(a / b)
    default: throw mismatch(Operator.divide, a, b)
    }
  }

  static func modulo(_ a: CELValue, _ b: CELValue) throws(CELError) -> CELValue {
    switch (a, b) {
    case (.int(let a), .int(let b)):
      if b == 0 { throw .modulusByZero }
      return .int(try checked(a.remainderReportingOverflow(dividingBy: b)))
    case (.uint(let a), .uint(let b)):
      if b == 0 { throw .modulusByZero }
      return .uint(a % b)
    default: throw mismatch(Operator.modulo, a, b)
    }
  }

  static func negate(_ a: CELValue) throws(CELError) -> CELValue {
    switch a {
    case .int(let a):
      if a == .min { throw .integerOverflow }
      return .int(-a)
    case .double(let a): return .double(-a)
    default: throw .noSuchOverload(Operator.negate, [a])
    }
  }

  /// `a in b`.
  static func contains(_ a: CELValue, _ b: CELValue) throws(CELError) -> CELValue {
    switch b {
    case .list(let list):
      var comparison = Comparison()
      return .bool(try comparison.contains(list, a))
    case .map(let map): return .bool(map[a] != nil)
    case .object(let object):
      guard let structure = object.structure else { throw .noSuchOverload }
      guard case .string(let name) = a else { return .bool(false) }
      return .bool(try structure.hasField(name))
    default: throw .noSuchOverload
    }
  }

  /// Whether the order of two values is one of those asked for.
  static func compare(
    _ function: String, _ wanted: @escaping @Sendable (Int) -> Bool
  ) -> @Sendable (CELValue, CELValue) throws(CELError) -> CELValue {
    { (a: CELValue, b: CELValue) throws(CELError) -> CELValue in .bool(wanted(try order(function, a, b))) }
  }

  /// -1, 0 or 1.
  static func order(_ function: String, _ a: CELValue, _ b: CELValue) throws(CELError) -> Int {
    if let order = NumericOrder(a, b) {
      switch order {
      case .less: return -1
      case .same: return 0
      case .greater: return 1
      case .none: throw CELError("NaN values cannot be ordered")
      }
    }
    switch (a, b) {
    case (.string(let a), .string(let b)): return order(a.utf8, b.utf8)
    case (.bytes(let a), .bytes(let b)): return order(a, b)
    case (.bool(let a), .bool(let b)): return (a ? 1 : 0) - (b ? 1 : 0)
    case (.timestamp(let a), .timestamp(let b)): return a < b ? -1 : a == b ? 0 : 1
    case (.duration(let a), .duration(let b)): return a < b ? -1 : a == b ? 0 : 1
    default: throw mismatch(function, a, b)
    }
  }

  private static func order<Bytes: Sequence<UInt8>>(_ a: Bytes, _ b: Bytes) -> Int {
    if a.lexicographicallyPrecedes(b) { return -1 }
    return b.lexicographicallyPrecedes(a) ? 1 : 0
  }

  private static func checked(_ result: (partialValue: Int64, overflow: Bool)) throws(CELError) -> Int64 {
    if result.overflow { throw .integerOverflow }
    return result.partialValue
  }

  private static func checked(_ result: (partialValue: UInt64, overflow: Bool)) throws(CELError) -> UInt64 {
    if result.overflow { throw .unsignedOverflow }
    return result.partialValue
  }

  /// The error of an operator on values that don't go together: it names their types where the first is of
  /// none that the operator knows.
  private static func mismatch(_ function: String, _ a: CELValue, _ b: CELValue) -> CELError {
    isKnown(function, a) ? .noSuchOverload : .noSuchOverload(function, [a, b])
  }

  private static func isKnown(_ function: String, _ value: CELValue) -> Bool {
    switch (function, value) {
    case (_, .int), (_, .uint): return true
    case (Operator.modulo, _): return false
    case (_, .double): return true
    case (Operator.multiply, _), (Operator.divide, _): return false
    case (_, .duration), (_, .timestamp): return true
    case (Operator.subtract, _): return false
    case (_, .string), (_, .bytes): return true
    case (Operator.add, .list): return true
    case (Operator.add, _): return false
    case (_, .bool): return true
    default: return false
    }
  }
}

extension CELDuration {
  func adding(_ other: CELDuration) throws(CELError) -> CELDuration {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(other.nanoseconds)
    if overflow { throw .durationOverflow }
    return CELDuration(nanoseconds: sum)
  }
}

extension Timestamp {
  /// The years 1 to 9999, which are all that expressions know.
  private static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// Nil out of the range that expressions know.
  init?(checking seconds: Int64, nanoseconds: Int32) {
    guard Self.secondsRange.contains(seconds) else { return nil }
    self.init(seconds: seconds, nanoseconds: nanoseconds)
  }

  func adding(_ duration: Int64) throws(CELError) -> Timestamp {
    let nanoseconds = Int64(self.nanoseconds) + duration % 1_000_000_000
    let carry: Int64 = nanoseconds < 0 ? -1 : nanoseconds >= 1_000_000_000 ? 1 : 0
    let (sum, overflow) = seconds.addingReportingOverflow(duration / 1_000_000_000 + carry)
    let rest = Int32(nanoseconds - carry * 1_000_000_000)
    guard !overflow, let moment = Timestamp(checking: sum, nanoseconds: rest) else {
      throw .timestampOverflow
    }
    return moment
  }
}
