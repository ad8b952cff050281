/// What one run of a program keeps: the values of variables and what it has cost.
final class Frame {
  /// Of variables and of loops. Nil where a variable was not asked for yet.
  // One run is of one task and no access spans another: the checks of exclusive access would only cost time.
  @exclusivity(unchecked) var slots: [CELValue?]
  @exclusivity(unchecked) private(set) var cost: UInt64 = 0
  private let activation: Activation
  private let costLimit: UInt64
  private let isCancelled: (@Sendable () -> Bool)?
  private var rounds = 0

  /// How many rounds of loops pass between two looks at whether the run is cancelled.
  private static let roundsBetweenChecks = 100

  init(_ program: Program, _ activation: Activation, _ limits: Program.Limits) {
    slots = Array(repeating: nil, count: program.slotCount)
    self.activation = activation
    costLimit = limits.cost ?? .max
    isCancelled = limits.isCancelled
  }

  /// Without variables and limits.
  init(slotCount: Int) {
    slots = Array(repeating: nil, count: slotCount)
    activation = [:]
    costLimit = .max
    isCancelled = nil
  }

  /// Adds to the cost.
  /// - Throws: where the budget is exceeded.
  @inline(__always)
  func charge(_ amount: UInt64) throws(CELError) {
    cost = cost.saturatingAdd(amount)
    if cost > costLimit { throw .costLimit }
  }

  /// The value of a variable; it is asked for once.
  func variable(_ slot: Int, _ name: String) throws(CELError) -> CELValue {
    if let value = slots[slot] { return value }
    guard let value = activation[name] else { throw CELError("no such attribute(s): \(name)") }
    slots[slot] = value
    return value
  }

  /// Counts a round of a loop.
  /// - Throws: where the run is cancelled.
  func countRound() throws(CELError) {
    rounds &+= 1
    if rounds % Self.roundsBetweenChecks == 0, let isCancelled, isCancelled() { throw .interrupted }
  }
}

/// A node of a program.
protocol Node: AnyObject, Sendable {
  func evaluate(_ frame: Frame) throws(CELError) -> CELValue
}

extension CELError {
  /// Whether `&&`, `||` and the macros may go on past it.
  var isAbsorbable: Bool { kind == .evaluation }
}

/// A variable or a loop's.
final class VariableNode: Node {
  let slot: Int
  let name: String

  init(slot: Int, name: String) {
    self.slot = slot
    self.name = name
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    try frame.charge(CostFactor.selectOrIdentifier)
    return try frame.variable(slot, name)
  }
}

/// A value that is known before the run; costs nothing.
final class ConstantNode: Node {
  let value: CELValue

  init(_ value: CELValue) { self.value = value }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue { value }
}
