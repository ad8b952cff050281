/// A call of a function.
final class CallNode: Node {
  private let function: String
  private let arguments: [any Node]
  private let overloads: [Overload]
  private let cost: Overload.RuntimeCost?

  /// - Parameter overloads: those that the call may mean, the first that takes the values being run.
  /// - Parameter cost: nil for 1.
  init(_ function: String, _ arguments: [any Node], _ overloads: [Overload], cost: Overload.RuntimeCost?) {
    self.function = function
    self.arguments = arguments
    self.overloads = overloads
    self.cost = cost
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    var values: [CELValue] = []
    values.reserveCapacity(arguments.count)
    for argument in arguments { values.append(try argument.evaluate(frame)) }
    for overload in overloads where overload.accepts(values) {
      if cost == nil { try frame.charge(1) }
      let result = try overload.call(values)
      if let cost { try frame.charge(cost(values, result)) }
      return result
    }
    throw .noSuchOverload(function, values)
  }
}

/// A call of one overload with one argument.
final class UnaryCallNode: Node {
  private let function: String
  private let argument: any Node
  private let type: CELType
  private let run: @Sendable (CELValue) throws(CELError) -> CELValue
  private let cost: Overload.RuntimeCost?

  init(
    _ function: String, _ argument: any Node, _ type: CELType,
    _ run: @escaping @Sendable (CELValue) throws(CELError) -> CELValue, cost: Overload.RuntimeCost?
  ) {
    self.function = function
    self.argument = argument
    self.type = type
    self.run = run
    self.cost = cost
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    let value = try argument.evaluate(frame)
    guard value.conforms(to: type) else { throw .noSuchOverload(function, [value]) }
    if cost == nil { try frame.charge(1) }
    let result = try run(value)
    if let cost { try frame.charge(cost([value], result)) }
    return result
  }
}

/// A call of one overload with two arguments.
final class BinaryCallNode: Node {
  private let function: String
  private let left: any Node
  private let right: any Node
  private let types: (CELType, CELType)
  private let run: @Sendable (CELValue, CELValue) throws(CELError) -> CELValue
  private let cost: BinaryCost

  init(
    _ function: String, _ left: any Node, _ right: any Node, _ types: (CELType, CELType),
    _ run: @escaping @Sendable (CELValue, CELValue) throws(CELError) -> CELValue, cost: BinaryCost
  ) {
    self.function = function
    self.left = left
    self.right = right
    self.types = types
    self.run = run
    self.cost = cost
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    let a = try left.evaluate(frame)
    let b = try right.evaluate(frame)
    guard a.conforms(to: types.0), b.conforms(to: types.1) else { throw .noSuchOverload(function, [a, b]) }
    return try cost.charged(frame, a, b) { () throws(CELError) in try run(a, b) }
  }
}

/// An operator of the language on any two values: fails where they don't go together.
final class OperatorNode: Node {
  private let left: any Node
  private let right: any Node
  private let run: @Sendable (CELValue, CELValue) throws(CELError) -> CELValue
  private let cost: BinaryCost

  init(
    _ left: any Node, _ right: any Node,
    _ run: @escaping @Sendable (CELValue, CELValue) throws(CELError) -> CELValue, cost: BinaryCost
  ) {
    self.left = left
    self.right = right
    self.run = run
    self.cost = cost
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    let a = try left.evaluate(frame)
    let b = try right.evaluate(frame)
    return try cost.charged(frame, a, b) { () throws(CELError) in try run(a, b) }
  }
}

/// `text.matches(pattern)` with a pattern known before the run.
final class MatchesNode: Node {
  private let text: any Node
  private let pattern: RegularExpressionPattern
  private let cost: Overload.RuntimeCost?

  init(_ text: any Node, _ pattern: RegularExpressionPattern, cost: Overload.RuntimeCost?) {
    self.text = text
    self.pattern = pattern
    self.cost = cost
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    let value = try text.evaluate(frame)
    guard case .string(let string) = value else {
      throw .noSuchOverload("matches", [value, .string(pattern.text)])
    }
    let result = CELValue.bool(pattern.expression.matches(string))
    try frame.charge(cost?([value, .string(pattern.text)], result) ?? 1)
    return result
  }
}

/// `a.or(b)`, `a.orValue(b)`: the other is only run where the optional is empty.
final class OptionalOrNode: Node {
  private let optional: any Node
  private let other: any Node
  private let unwraps: Bool

  init(_ optional: any Node, _ other: any Node, unwraps: Bool) {
    self.optional = optional
    self.other = other
    self.unwraps = unwraps
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    let value = try optional.evaluate(frame)
    guard case .optional(let held) = value else {
      throw .noSuchOverload(unwraps ? "orValue" : "or", [value])
    }
    guard let inner = held.value else { return try other.evaluate(frame) }
    return unwraps ? inner : value
  }
}
