/// `a && b`, `a || b`: an error on one side does not count where the other side decides.
final class LogicNode: Node {
  private let left: any Node
  private let right: any Node
  /// The value of one side that decides: false for `&&`, true for `||`.
  private let deciding: Bool

  init(_ left: any Node, _ right: any Node, deciding: Bool) {
    self.left = left
    self.right = right
    self.deciding = deciding
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    var failure: CELError?
    do throws(CELError) {
      let value = try left.evaluate(frame)
      if case .bool(let isTrue) = value {
        if isTrue == deciding { return value }
      } else {
        failure = .noSuchOverload
      }
    } catch {
      guard error.isAbsorbable else { throw error }
      failure = error
    }
    let value = try rightValue(frame, failure)
    if case .bool(let isTrue) = value {
      if isTrue == deciding { return value }
      if let failure { throw failure }
      return value
    }
    throw failure ?? .noSuchOverload
  }

  /// The right side, whose error gives way to that of the left.
  private func rightValue(_ frame: Frame, _ failure: CELError?) throws(CELError) -> CELValue {
    do throws(CELError) {
      return try right.evaluate(frame)
    } catch {
      throw error.isAbsorbable ? failure ?? error : error
    }
  }
}

/// `!a`.
final class NotNode: Node {
  private let operand: any Node

  init(_ operand: any Node) { self.operand = operand }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    let value = try operand.evaluate(frame)
    guard case .bool(let isTrue) = value else { throw .noSuchOverload("!_", [value]) }
    try frame.charge(1)
    return .bool(!isTrue)
  }
}

/// The test of a loop that goes on unless the value is known to be false: errors may yet be absorbed.
final class NotStrictlyFalseNode: Node {
  private let operand: any Node

  init(_ operand: any Node) { self.operand = operand }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    var result = true
    do throws(CELError) {
      if case .bool(let isTrue) = try operand.evaluate(frame) { result = isTrue }
    } catch {
      guard error.isAbsorbable else { throw error }
    }
    try frame.charge(1)
    return .bool(result)
  }
}

/// `a == b`, `a != b`.
final class EqualityNode: Node {
  private let left: any Node
  private let right: any Node
  private let isNegated: Bool
  private let cost: Overload.RuntimeCost?

  init(_ left: any Node, _ right: any Node, isNegated: Bool, cost: Overload.RuntimeCost?) {
    self.left = left
    self.right = right
    self.isNegated = isNegated
    self.cost = cost
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    let a = try left.evaluate(frame)
    let b = try right.evaluate(frame)
    // Before the work is done, so that none is done past the budget.
    if cost == nil { try frame.charge(price(a, b)) }
    var comparison = Comparison()
    let result = CELValue.bool(try comparison.areEqual(a, b) != isNegated)
    if let cost { try frame.charge(cost([a, b], result)) }
    return result
  }

  private func price(_ a: CELValue, _ b: CELValue) -> UInt64 {
    if !isNegated, case .object(let object) = a, let price = object.equalityCost { return price }
    return RuntimeCosts.smaller(a, b)
  }
}

/// An `in` with a list known before the run.
final class MembershipNode: Node {
  private let element: any Node
  private let members: Set<CELMapKey>

  init(_ element: any Node, _ members: Set<CELMapKey>) {
    self.element = element
    self.members = members
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    let value = try element.evaluate(frame)
    return .bool(CELMapKey(value).map(members.contains) ?? false)
  }
}
