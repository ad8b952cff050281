/// A function with the types it takes and gives.
public struct FunctionDeclaration: Sendable {
  /// As expressions write it: `startsWith`, `ip.isCanonical`; operators are `_+_`, `!_`, `_[_]`.
  public let name: String
  public var overloads: [Overload]

  public init(_ name: String, _ overloads: [Overload]) {
    self.name = name
    self.overloads = overloads
  }
}

/// One signature of a function.
public struct Overload: Sendable {
  /// Unique in an environment: `string_to_int`.
  public let id: String
  /// Called `target.f(x)`; the target is the first argument.
  public let isMember: Bool
  /// The types, the target's first; those written ``CELType/parameter(_:)`` stand for any type.
  public let arguments: [CELType]
  public let result: CELType
  public let implementation: Implementation
  /// What one call costs when it is run; nil for what cel-go reckons, mostly 1.
  public var runtimeCost: RuntimeCost?
  /// What calls are estimated to cost before they are run; nil for what cel-go reckons.
  public var costEstimate: CostEstimateFunction?
  /// One of the language itself, whose operators the planner knows.
  var isStandard = false

  /// The cost of one call, from its arguments (the target first) and what it gave.
  public typealias RuntimeCost = @Sendable (_ arguments: [CELValue], _ result: CELValue) -> UInt64

  /// What a call is estimated to cost and how large its result is; nil for what cel-go reckons.
  /// The costs of the arguments themselves are added to it.
  public typealias CostEstimateFunction =
    @Sendable (_ estimator: any CostEstimating, _ target: CostNode?, _ arguments: [CostNode]) -> CallEstimate?

  /// How a function is run. Arguments are of the declared types when it is called.
  public enum Implementation: Sendable {
    case nullary(@Sendable () throws(CELError) -> CELValue)
    case unary(@Sendable (CELValue) throws(CELError) -> CELValue)
    case binary(@Sendable (CELValue, CELValue) throws(CELError) -> CELValue)
    case ternary(@Sendable (CELValue, CELValue, CELValue) throws(CELError) -> CELValue)
    case variadic(@Sendable ([CELValue]) throws(CELError) -> CELValue)
  }

  init(
    id: String, isMember: Bool, arguments: [CELType], result: CELType, implementation: Implementation,
    runtimeCost: RuntimeCost?, costEstimate: CostEstimateFunction?
  ) {
    self.id = id
    self.isMember = isMember
    self.arguments = arguments
    self.result = result
    self.implementation = implementation
    self.runtimeCost = runtimeCost
    self.costEstimate = costEstimate
  }

  /// A function called `f(x)`.
  public static func global(
    _ id: String, _ arguments: [CELType], _ result: CELType, runtimeCost: RuntimeCost? = nil,
    costEstimate: CostEstimateFunction? = nil, _ implementation: Implementation
  ) -> Overload {
    Overload(
      id: id, isMember: false, arguments: arguments, result: result, implementation: implementation,
      runtimeCost: runtimeCost, costEstimate: costEstimate)
  }

  /// A function called `x.f(y)`; `arguments` begins with the type of `x`.
  public static func member(
    _ id: String, _ arguments: [CELType], _ result: CELType, runtimeCost: RuntimeCost? = nil,
    costEstimate: CostEstimateFunction? = nil, _ implementation: Implementation
  ) -> Overload {
    Overload(
      id: id, isMember: true, arguments: arguments, result: result, implementation: implementation,
      runtimeCost: runtimeCost, costEstimate: costEstimate)
  }
}

extension Overload {
  /// Runs it, the arguments being of its types.
  func call(_ arguments: [CELValue]) throws(CELError) -> CELValue {
    switch (implementation, arguments.count) {
    case (.nullary(let run), 0): return try run()
    case (.unary(let run), 1): return try run(arguments[0])
    case (.binary(let run), 2): return try run(arguments[0], arguments[1])
    case (.ternary(let run), 3): return try run(arguments[0], arguments[1], arguments[2])
    case (.variadic(let run), _): return try run(arguments)
    default: throw .noSuchOverload
    }
  }

  /// Whether the values are of its types, as far as values know their types.
  func accepts(_ values: [CELValue]) -> Bool {
    guard values.count == arguments.count else { return false }
    for (type, value) in zip(arguments, values) where !value.conforms(to: type) { return false }
    return true
  }
}

extension CELValue {
  /// Whether the value can stand where the type is declared; what is in lists and maps is not looked at.
  func conforms(to type: CELType) -> Bool {
    switch (type, self) {
    case (.dyn, _), (.any, _), (.parameter, _): true
    case (.null, .null), (.bool, .bool), (.int, .int), (.uint, .uint), (.double, .double),
      (.string, .string), (.bytes, .bytes), (.timestamp, .timestamp), (.duration, .duration),
      (.list, .list), (.map, .map), (.type, .type):
      true
    case (.wrapper, .null): true
    case (.wrapper(let inner), _): conforms(to: inner)
    case (.opaque(CELType.optionalName, _), .optional): true
    case (.opaque(let name, _), .object(let object)): object.type.runtimeName == name
    case (.object(let name), .object(let object)): object.type.runtimeName == name
    // Objects of a schema are maps to those functions that take maps, such as size().
    case (.map, .object(let object)): object.structure != nil
    default: false
    }
  }
}
