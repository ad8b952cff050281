/// Estimates what a checked expression may cost before it is run, as cel-go's checker does.
struct CostEstimator {
  /// The sizes of the keys and the values in a list or map.
  struct EntrySize {
    let isList: Bool
    let key: SizeEstimate
    let value: SizeEstimate

    static func union(_ a: EntrySize?, _ b: EntrySize?) -> EntrySize? {
      guard let a, let b else { return nil }
      return EntrySize(isList: a.isList, key: a.key.union(b.key), value: a.value.union(b.value))
    }
  }

  /// A variable of a loop.
  private struct Local {
    let name: String
    let path: [String]
    let size: SizeEstimate?
    var entrySize: EntrySize?
  }

  private let expression: CheckedExpression
  let estimator: any CostEstimating
  private let presenceTestCost: CostEstimate
  private var paths: [Int: [String]] = [:]
  private var sizes: [Int: SizeEstimate] = [:]
  private var entrySizes: [Int: EntrySize] = [:]
  private var locals: [Local] = []

  init(_ expression: CheckedExpression, _ estimator: any CostEstimating, presenceTestHasCost: Bool) {
    self.expression = expression
    self.estimator = estimator
    presenceTestCost = .fixed(presenceTestHasCost ? CostFactor.selectOrIdentifier : 0)
  }

  mutating func cost(_ node: Expression) -> CostEstimate {
    switch node.kind {
    case .literal: return .fixed(CostFactor.constant)
    case .identifier(let name):
      paths[node.id] = local(name)?.path ?? [name]
      return .fixed(CostFactor.selectOrIdentifier)
    case .select(let operand, let field, let isTest):
      if isTest { return presenceTestCost.adding(cost(operand)) }
      return selectCost(node, operand, field)
    case .call(let function, let target, let arguments):
      return callCost(node, function, target, arguments)
    case .list(let elements, _): return listCost(node, elements)
    case .map(let entries): return mapCost(node, entries)
    case .structure(_, let fields):
      var sum = CostEstimate.fixed(CostFactor.structureCreation)
      for field in fields { sum = sum.adding(cost(field.value)) }
      return sum
    case .comprehension(let comprehension):
      return isBinding(comprehension)
        ? bindingCost(node, comprehension) : comprehensionCost(node, comprehension)
    }
  }

  private mutating func selectCost(
    _ node: Expression, _ operand: Expression, _ field: String
  ) -> CostEstimate {
    var sum = cost(operand)
    switch expression.type(of: operand) {
    case .map, .object, .parameter: sum = sum.adding(.fixed(CostFactor.selectOrIdentifier))
    default: break
    }
    paths[node.id] = path(operand) + [field]
    return sum
  }

  private mutating func listCost(_ node: Expression, _ elements: [Expression]) -> CostEstimate {
    var sum = CostEstimate.fixed(CostFactor.listCreation)
    var size: SizeEstimate?
    for element in elements {
      sum = sum.adding(cost(element))
      size = size?.union(sizeOrUnknown(element)) ?? sizeOrUnknown(element)
    }
    entrySizes[node.id] = EntrySize(isList: true, key: .fixed(1), value: size ?? .fixed(0))
    return sum
  }

  private mutating func mapCost(_ node: Expression, _ entries: [Expression.MapEntry]) -> CostEstimate {
    var sum = CostEstimate.fixed(CostFactor.mapCreation)
    var keys: SizeEstimate?
    var values: SizeEstimate?
    for entry in entries {
      sum = sum.adding(cost(entry.key)).adding(cost(entry.value))
      keys = keys?.union(sizeOrUnknown(entry.key)) ?? sizeOrUnknown(entry.key)
      values = values?.union(sizeOrUnknown(entry.value)) ?? sizeOrUnknown(entry.value)
    }
    entrySizes[node.id] = EntrySize(isList: false, key: keys ?? .fixed(0), value: values ?? .fixed(0))
    return sum
  }

  // MARK: Loops

  /// Whether the loop only gives a value a name.
  private func isBinding(_ comprehension: Expression.Comprehension) -> Bool {
    guard case .list(let elements, _) = comprehension.range.kind, elements.isEmpty,
      case .literal(.bool(false)) = comprehension.condition.kind
    else { return false }
    return true
  }

  private mutating func bindingCost(
    _ node: Expression, _ comprehension: Expression.Comprehension
  ) -> CostEstimate {
    var sum = cost(comprehension.range).adding(cost(comprehension.initial))
    locals.append(accumulator(comprehension))
    sum = sum.adding(cost(comprehension.result))
    locals.removeLast()
    copySizes(from: comprehension.result, to: node)
    return sum
  }

  private mutating func accumulator(_ comprehension: Expression.Comprehension) -> Local {
    let initial = comprehension.initial
    return Local(
      name: comprehension.accumulator, path: path(initial), size: size(initial),
      entrySize: entrySize(initial))
  }

  private mutating func comprehensionCost(
    _ node: Expression, _ comprehension: Expression.Comprehension
  ) -> CostEstimate {
    let range = comprehension.range
    var sum = cost(range).adding(cost(comprehension.initial))
    locals.append(accumulator(comprehension))
    let variables = loopVariables(comprehension)
    locals += variables
    let round = cost(comprehension.condition).adding(cost(comprehension.step))
    locals.removeLast(variables.count)
    sum = sum.adding(cost(comprehension.result))
    locals.removeLast()
    let rounds = sizeOrUnknown(range)
    sum = sum.adding(rounds.multiplied(by: round))
    switch comprehension.initial.kind {
    case .literal: sizes[node.id] = size(comprehension.initial)
    case .list, .map:
      sizes[node.id] = rounds
      if let entry = entrySize(comprehension.step) { entrySizes[node.id] = entry }
    default: break
    }
    return sum
  }

  private mutating func loopVariables(_ comprehension: Expression.Comprehension) -> [Local] {
    let range = comprehension.range
    let entry = entrySize(range)
    let isList: Bool
    if let entry {
      isList = entry.isList
    } else if case .list = expression.type(of: range) {
      isList = true
    } else {
      isList = false
    }
    let path = path(range)
    let value = Local(
      name: comprehension.secondVariable ?? comprehension.variable,
      path: path + [isList ? "@items" : "@values"], size: entry?.value)
    let key = Local(
      name: comprehension.variable, path: path + [isList ? "@indices" : "@keys"], size: entry?.key)
    if comprehension.secondVariable != nil { return [key, value] }
    return [isList ? value : key]
  }

  // MARK: Calls

  private mutating func callCost(
    _ node: Expression, _ function: String, _ target: Expression?, _ arguments: [Expression]
  ) -> CostEstimate {
    if function == "dyn", arguments.count == 1 {
      let argumentCost = cost(arguments[0])
      copySizes(from: arguments[0], to: node)
      return argumentCost.adding(.fixed(1))
    }
    var costs: [CostEstimate] = []
    var nodes: [CostNode] = []
    for argument in arguments {
      costs.append(cost(argument))
      nodes.append(costNode(argument))
    }
    let overloads = expression.overloads(of: node)
    if overloads.isEmpty { return .zero }
    var sum = CostEstimate.zero
    var targetNode: CostNode?
    if let target {
      sum = cost(target)
      targetNode = costNode(target)
    }
    let call = Call(node: node, function: function, target: targetNode, arguments: nodes, costs: costs)
    var callCost: CostEstimate?
    var resultSize: SizeEstimate?
    for overload in overloads {
      let estimate = self.estimate(call, overload)
      callCost = callCost?.union(estimate.cost) ?? estimate.cost
      if let size = estimate.resultSize { resultSize = resultSize?.union(size) ?? size }
      if overload.id == "index_list" || overload.id == "index_map", let operand = arguments.first {
        resultSize = entrySize(operand)?.value
        paths[node.id] = path(operand) + [overload.id == "index_list" ? "@items" : "@values"]
      }
      if resultSize == nil { resultSize = size(node) }
    }
    if let resultSize { sizes[node.id] = resultSize }
    return sum.adding(callCost ?? .zero)
  }

  /// A call with what is known of its arguments.
  struct Call {
    let node: Expression
    let function: String
    let target: CostNode?
    let arguments: [CostNode]
    /// What the arguments themselves cost.
    let costs: [CostEstimate]

    var argumentCost: CostEstimate { costs.reduce(.zero) { $0.adding($1) } }
  }

  private mutating func estimate(_ call: Call, _ overload: Overload) -> CallEstimate {
    let given =
      overload.costEstimate?(estimator, call.target, call.arguments)
      ?? estimator.cost(
        ofCall: call.function, overload: overload.id, target: call.target, arguments: call.arguments)
    if let given {
      return CallEstimate(given.cost.adding(call.argumentCost), resultSize: given.resultSize)
    }
    let arguments = call.arguments
    switch overload.id {
    case "conditional" where arguments.count == 3:
      // The sizes of the branches' entries are those of the whole.
      let entry = EntrySize.union(entrySize(arguments[1].expression), entrySize(arguments[2].expression))
      if let entry { entrySizes[call.node.id] = entry }
    case "add_string" where arguments.count == 2, "add_bytes" where arguments.count == 2,
      "add_list" where arguments.count == 2:
      let entry = EntrySize.union(entrySize(arguments[0].expression), entrySize(arguments[1].expression))
      if let entry { entrySizes[call.node.id] = entry }
    default: break
    }
    return StandardEstimates.estimate(call, overload.id)
  }

  // MARK: Sizes and paths

  private func local(_ name: String) -> Local? { locals.last { $0.name == name } }

  private func path(_ node: Expression) -> [String] {
    if let name = node.identifier, let local = local(name) { return local.path }
    return paths[node.id] ?? []
  }

  private mutating func costNode(_ node: Expression) -> CostNode {
    var path = path(node)
    // Accumulators come from no variable.
    if path.first == ExpressionFactory.accumulator { path = [] }
    return CostNode(path: path, type: expression.type(of: node), expression: node, size: size(node))
  }

  private mutating func sizeOrUnknown(_ node: Expression) -> SizeEstimate { size(node) ?? .unknown }

  private mutating func size(_ node: Expression) -> SizeEstimate? {
    if let size = sizes[node.id] { return size }
    if let size = Self.writtenSize(node) { return size }
    let type = expression.type(of: node)
    let asked = CostNode(path: path(node), type: type, expression: node, size: nil)
    if let size = estimator.size(of: asked) {
      sizes[node.id] = size
      return size
    }
    if Self.isScalar(type) { return .fixed(1) }
    return node.identifier.flatMap { local($0)?.size }
  }

  private func entrySize(_ node: Expression) -> EntrySize? {
    entrySizes[node.id] ?? node.identifier.flatMap { local($0)?.entrySize }
  }

  private mutating func copySizes(from source: Expression, to node: Expression) {
    if let size = size(source) { sizes[node.id] = size }
    if let entry = entrySize(source) { entrySizes[node.id] = entry }
  }

  /// The size of what is written in the expression itself.
  private static func writtenSize(_ node: Expression) -> SizeEstimate? {
    switch node.kind {
    case .literal(let value): .fixed(value.costSize)
    case .list(let elements, _): .fixed(UInt64(elements.count))
    case .map(let entries): .fixed(UInt64(entries.count))
    default: nil
    }
  }

  private static func isScalar(_ type: CELType) -> Bool {
    switch type {
    case .bool, .double, .duration, .int, .timestamp, .uint: true
    case .wrapper(let inner): isScalar(inner)
    default: type.wrappedInOptional.map(isScalar) ?? false
    }
  }
}

extension CheckedExpression {
  /// What the expression may cost when it is run.
  /// - Parameter estimator: tells how large variables may be and what functions cost.
  /// - Parameter presenceTestHasCost: whether `has()` costs 1 beside its operand.
  public func costEstimate(
    _ estimator: any CostEstimating, presenceTestHasCost: Bool = true
  ) -> CostEstimate {
    var coster = CostEstimator(self, estimator, presenceTestHasCost: presenceTestHasCost)
    return coster.cost(root)
  }
}
