/// What calls cost when they are run, as cel-go reckons where neither an overload nor the program's options
/// say otherwise.
enum RuntimeCosts {
  /// Of a call that is known to mean one overload; nil for 1.
  static func cost(ofOverload id: String) -> BinaryCost? {
    switch id {
    case "starts_with_string", "ends_with_string", "string_to_bytes", "bytes_to_string", "strings_quote",
      "string_format":
      .traversalOfFirst
    case "in_list": .sizeOfSecond
    case "less_string", "greater_string", "less_equals_string", "greater_equals_string", "less_bytes",
      "greater_bytes", "less_equals_bytes", "greater_equals_bytes", "equals", "not_equals":
      .traversalOfSmaller
    case "add_string", "add_bytes": .traversalOfBoth
    case "matches_string", "matches": .regularExpression
    case "contains_string": .product
    default: nil
    }
  }

  /// That of going through the smaller of two values.
  static func smaller(_ a: CELValue, _ b: CELValue) -> UInt64 {
    min(a.costSize, b.costSize).costMultiply(CostFactor.stringTraversal)
  }
}

/// What a call costs that depends on its first two values at most.
enum BinaryCost: Sendable {
  case one
  case traversalOfFirst
  case traversalOfSmaller
  case traversalOfBoth
  case sizeOfSecond
  case regularExpression
  case product
  case custom(Overload.RuntimeCost)

  func amount(_ a: CELValue, _ b: CELValue, _ result: CELValue) -> UInt64 {
    switch self {
    case .one: return 1
    case .custom(let cost): return cost([a, b], result)
    default: return amount(a.costSize, b.costSize)
    }
  }

  private func amount(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let factor = CostFactor.stringTraversal
    switch self {
    case .traversalOfFirst: return a.costMultiply(factor)
    case .traversalOfSmaller: return min(a, b).costMultiply(factor)
    case .traversalOfBoth: return a.saturatingAdd(b).costMultiply(factor)
    case .sizeOfSecond: return b
    case .regularExpression:
      return a.saturatingAdd(1).costMultiply(factor).saturatingMultiply(
        b.costMultiply(CostFactor.regexLength))
    case .product: return a.costMultiply(factor).saturatingMultiply(b.costMultiply(factor))
    case .one, .custom: return 1
    }
  }

  /// Adds the cost to a run's, before the work where it does not depend on the result; calls that fail cost
  /// their price too.
  @inline(__always)
  func charged(
    _ frame: Frame, _ a: CELValue, _ b: CELValue, _ run: () throws(CELError) -> CELValue
  ) throws(CELError) -> CELValue {
    if case .custom(let cost) = self {
      let result = try run()
      try frame.charge(cost([a, b], result))
      return result
    }
    try frame.charge(amount(a, b, .null))
    return try run()
  }

  /// As the cost of a call of any number of arguments; nil for 1.
  var general: Overload.RuntimeCost? {
    switch self {
    case .one: nil
    case .custom(let cost): cost
    default:
      { values, _ in amount(values.first?.costSize ?? 1, values.count > 1 ? values[1].costSize : 1) }
    }
  }
}
