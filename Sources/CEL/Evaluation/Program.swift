/// An expression ready to be run, any number of times and by many tasks at once.
public final class Program: Sendable {
  /// Choices that hold for all runs.
  public struct Options: Sendable {
    /// Lists, maps and conversions of constants are made before the run and then cost nothing, and so does
    /// `in` with such a list (cel-go's OptOptimize).
    public var foldsConstants = false
    /// `has()` costs 1 beside what its operand costs.
    public var presenceTestHasCost = true
    /// The runtime cost of calls, by function and overload, where it is not the overload's own or cel-go's;
    /// asked once for each call of the expression.
    public var runtimeCost: (@Sendable (_ function: String, _ overload: String) -> Overload.RuntimeCost?)?

    public init() {}
  }

  /// Bounds of one run.
  public struct Limits: Sendable {
    /// The most that the run may cost; nil for no bound.
    public var cost: UInt64?
    /// Asked in comprehensions, every hundred rounds; true ends the run.
    public var isCancelled: (@Sendable () -> Bool)?

    public init(cost: UInt64? = nil, isCancelled: (@Sendable () -> Bool)? = nil) {
      self.cost = cost
      self.isCancelled = isCancelled
    }
  }

  /// What a run gave.
  public struct Evaluation: Sendable {
    public let result: Result<CELValue, CELError>
    /// What it cost, also where it failed.
    public let cost: UInt64

    /// The value; nil where the run failed.
    public var value: CELValue? { try? result.get() }
    /// Why the run failed.
    public var error: CELError? { if case .failure(let error) = result { error } else { nil } }
  }

  public let expression: CheckedExpression
  let root: any Node
  /// The variables, by their slots.
  let variables: [String]
  let slotCount: Int

  /// Turns a checked expression into a program.
  public init(_ expression: CheckedExpression, environment: Environment, options: Options = Options()) {
    var planner = Planner(expression, environment: environment, options: options)
    self.expression = expression
    root = planner.plan(expression.root)
    variables = planner.variables
    slotCount = planner.slotCount
  }

  /// Runs it.
  /// - Parameter variables: the values of the variables; one without a value is an error where it is read.
  public func evaluate(_ variables: Activation, limits: Limits = Limits()) -> Evaluation {
    let frame = Frame(self, variables, limits)
    do throws(CELError) {
      let value = try root.evaluate(frame)
      return Evaluation(result: .success(value), cost: frame.cost)
    } catch {
      return Evaluation(result: .failure(error), cost: frame.cost)
    }
  }
}

/// The values of variables.
public struct Activation: Sendable, ExpressibleByDictionaryLiteral {
  private let values: [String: CELValue]
  private let resolve: (@Sendable (String) -> CELValue?)?

  public init(_ values: [String: CELValue]) {
    self.values = values
    resolve = nil
  }

  /// Values that are made when they are asked for, at most once in a run.
  public init(_ values: [String: CELValue] = [:], resolve: @escaping @Sendable (String) -> CELValue?) {
    self.values = values
    self.resolve = resolve
  }

  public init(dictionaryLiteral elements: (String, CELValue)...) {
    self.init(Dictionary(elements, uniquingKeysWith: { _, last in last }))
  }

  /// The value of a variable; nil where it has none.
  public subscript(name: String) -> CELValue? { values[name] ?? resolve?(name) }
}
