import Values

/// Turns a checked expression into nodes with their variables in numbered slots.
struct Planner {
  private let expression: CheckedExpression
  private let environment: Environment
  private let options: Program.Options
  private(set) var variables: [String] = []
  private(set) var slotCount = 0
  private var slots: [String: Int] = [:]
  /// Variables of loops, the innermost last.
  private var locals: [(name: String, slot: Int)] = []

  init(_ expression: CheckedExpression, environment: Environment, options: Program.Options) {
    self.expression = expression
    self.environment = environment
    self.options = options
  }

  mutating func plan(_ node: Expression) -> any Node {
    switch node.kind {
    case .literal(let value): return ConstantNode(value)
    case .identifier, .select: return attribute(node)
    case .call(let function, let target, let arguments):
      return call(node, function, (target.map { [$0] } ?? []) + arguments)
    case .list(let elements, let optionals):
      let nodes = elements.map { plan($0) }
      return folded(ListNode(nodes, optionals: optionals), nodes)
    case .map(let entries):
      let nodes = entries.map { (key: plan($0.key), value: plan($0.value), isOptional: $0.isOptional) }
      return folded(MapNode(nodes), nodes.flatMap { [$0.key, $0.value] })
    case .structure(let type, let fields):
      guard let provider = environment.provider(ofType: type) else {
        return FailureNode(CELError("unknown type '\(type)'"))
      }
      let nodes = fields.map { (name: $0.name, value: plan($0.value), isOptional: $0.isOptional) }
      return StructureNode(type, nodes, provider)
    case .comprehension(let comprehension): return fold(comprehension)
    }
  }

  // MARK: Constants

  /// The node, or its value where all under it is constant and constants are to be folded.
  private func folded(_ node: any Node, _ children: [any Node]) -> any Node {
    guard options.foldsConstants, children.allSatisfy({ $0 is ConstantNode }) else { return node }
    let frame = Frame(slotCount: 0)
    guard let value = try? node.evaluate(frame) else { return node }
    return ConstantNode(value)
  }

  // MARK: Attributes

  private mutating func slot(of name: String) -> Int {
    if let local = locals.last(where: { $0.name == name }) { return local.slot }
    if let slot = slots[name] { return slot }
    slots[name] = slotCount
    variables.append(name)
    return newSlot()
  }

  private mutating func newSlot() -> Int {
    defer { slotCount += 1 }
    return slotCount
  }

  private mutating func attribute(_ node: Expression) -> any Node {
    switch node.kind {
    case .identifier(let name):
      if let value = expression.constants[node.id] { return ConstantNode(value) }
      return VariableNode(slot: slot(of: name), name: name)
    case .select(let operand, let field, let isTest):
      let qualifier = AttributeNode.Qualifier(kind: .field(field), isOptional: false)
      let attribute = relative(plan(operand)).adding(qualifier)
      guard isTest else { return attribute }
      return AttributeNode(
        root: attribute.root, qualifiers: attribute.qualifiers, isTest: true,
        cost: options.presenceTestHasCost ? CostFactor.selectOrIdentifier : 0)
    default: return plan(node)
    }
  }

  /// The node as an attribute, if it is one that gives its value.
  private func plain(_ node: any Node) -> AttributeNode? {
    if let variable = node as? VariableNode {
      return AttributeNode(root: .variable(slot: variable.slot, name: variable.name))
    }
    guard let attribute = node as? AttributeNode, !attribute.isTest else { return nil }
    return attribute
  }

  /// An attribute that qualifiers can be added to.
  private func relative(_ node: any Node) -> AttributeNode {
    if let attribute = plain(node) { return attribute }
    return AttributeNode(root: .node(node))
  }

  private mutating func index(
    _ operand: Expression, _ index: Expression, isOptional: Bool
  ) -> any Node {
    let indexNode = plan(index)
    let kind: AttributeNode.Qualifier.Kind
    if let constant = indexNode as? ConstantNode {
      kind = .constant(constant.value)
    } else if let attribute = plain(indexNode) {
      kind = .attribute(attribute)
    } else {
      kind = .node(indexNode)
    }
    return relative(plan(operand)).adding(AttributeNode.Qualifier(kind: kind, isOptional: isOptional))
  }

  // MARK: Calls

  private mutating func call(
    _ node: Expression, _ function: String, _ arguments: [Expression]
  ) -> any Node {
    switch (function, arguments.count) {
    case (Operator.index, 2): return index(arguments[0], arguments[1], isOptional: false)
    case (Operator.optionalIndex, 2), (Operator.optionalSelect, 2):
      return index(arguments[0], arguments[1], isOptional: true)
    case (Operator.conditional, 3):
      let condition = plan(arguments[0])
      let branches = arguments[1...].map { branch(plan($0)) }
      return AttributeNode(root: .conditional(condition, branches[0], branches[1]), cost: 0)
    case (Operator.and, 2), (Operator.or, 2):
      return LogicNode(plan(arguments[0]), plan(arguments[1]), deciding: function == Operator.or)
    case (Operator.not, 1): return NotNode(plan(arguments[0]))
    case (Operator.notStrictlyFalse, 1): return NotStrictlyFalseNode(plan(arguments[0]))
    default: return functionCall(function, arguments, expression.overloads(of: node))
    }
  }

  /// A branch of a condition: a plain attribute in it costs nothing of its own.
  private func branch(_ node: any Node) -> AttributeNode {
    plain(node) ?? AttributeNode(root: .node(node), cost: 0)
  }

  private mutating func functionCall(
    _ function: String, _ arguments: [Expression], _ overloads: [Overload]
  ) -> any Node {
    let nodes = arguments.map { plan($0) }
    let isStandard = !overloads.isEmpty && overloads.allSatisfy(\.isStandard)
    let only = overloads.count == 1 ? overloads[0] : nil
    let cost = cost(function, only)
    if isStandard, let special = standardCall(function, nodes, only, cost) { return special }
    let call: any Node
    switch (only?.implementation, nodes.count) {
    case (.unary(let run), 1):
      call = UnaryCallNode(function, nodes[0], only?.arguments[0] ?? .dyn, run, cost: cost.general)
    case (.binary(let run), 2):
      let types = (only?.arguments[0] ?? .dyn, only?.arguments[1] ?? .dyn)
      call = BinaryCallNode(function, nodes[0], nodes[1], types, run, cost: cost)
    default: call = CallNode(function, nodes, overloads, cost: cost.general)
    }
    return isStandard && StandardLibrary.conversions.contains(function) ? folded(call, nodes) : call
  }

  /// What a call costs: as the overload says, the program's options, or cel-go, the first that does.
  private func cost(_ function: String, _ overload: Overload?) -> BinaryCost {
    let id: String
    switch function {
    // Equality is always the same overload, whatever the checker made of it.
    case Operator.equals: id = "equals"
    case Operator.notEquals: id = "not_equals"
    default: id = overload?.id ?? ""
    }
    if let own = overload?.runtimeCost { return .custom(own) }
    if let given = options.runtimeCost?(function, id) { return .custom(given) }
    return RuntimeCosts.cost(ofOverload: id) ?? .one
  }

  private func standardCall(
    _ function: String, _ nodes: [any Node], _ overload: Overload?, _ cost: BinaryCost
  ) -> (any Node)? {
    guard nodes.count == 2 else { return nil }
    if function == Operator.equals || function == Operator.notEquals {
      var custom: Overload.RuntimeCost?
      if case .custom(let given) = cost { custom = given }
      return EqualityNode(nodes[0], nodes[1], isNegated: function == Operator.notEquals, cost: custom)
    }
    if function == Operator.in, options.foldsConstants, overload?.id == "in_list",
      let members = (nodes[1] as? ConstantNode)?.value.list?.constantMembers
    {
      return MembershipNode(nodes[0], members)
    }
    if let run = StandardLibrary.operators[function] {
      return OperatorNode(nodes[0], nodes[1], run, cost: cost)
    }
    switch function {
    case "matches":
      guard let text = (nodes[1] as? ConstantNode)?.value.string,
        let pattern = RegularExpressionPattern(text)
      else { return nil }
      return MatchesNode(nodes[0], pattern, cost: cost.general)
    case "or", "orValue": return OptionalOrNode(nodes[0], nodes[1], unwraps: function == "orValue")
    default: return nil
    }
  }

  // MARK: Loops

  private mutating func fold(_ comprehension: Expression.Comprehension) -> any Node {
    let range = plan(comprehension.range)
    let initial = plan(comprehension.initial)
    let slots = FoldNode.Slots(
      variable: newSlot(), secondVariable: comprehension.secondVariable.map { _ in newSlot() },
      accumulator: newSlot())
    locals.append((comprehension.accumulator, slots.accumulator))
    locals.append((comprehension.variable, slots.variable))
    if let name = comprehension.secondVariable, let slot = slots.secondVariable {
      locals.append((name, slot))
    }
    var condition: (any Node)? = plan(comprehension.condition)
    if let constant = condition as? ConstantNode, case .bool(true) = constant.value { condition = nil }
    let step = step(comprehension.step, comprehension.accumulator, slots.accumulator)
    locals.removeLast(slots.secondVariable == nil ? 1 : 2)
    let result = plan(comprehension.result)
    locals.removeLast()
    return FoldNode(
      range: range, slots: slots, initial: initial, condition: condition, step: step, result: result)
  }

  /// The step of a loop; the steps of the macros change their accumulator in place.
  private mutating func step(_ node: Expression, _ accumulator: String, _ slot: Int) -> any Node {
    guard case .call(let function, nil, let arguments) = node.kind else { return plan(node) }
    let isOnAccumulator = arguments.first?.identifier == accumulator
    switch (function, arguments.count) {
    case (Operator.conditional, 3) where arguments[2].identifier == accumulator:
      let condition = plan(arguments[0])
      let ifTrue = step(arguments[1], accumulator, slot)
      return AttributeNode(
        root: .conditional(condition, branch(ifTrue), branch(plan(arguments[2]))), cost: 0)
    case (Operator.add, 2) where isOnAccumulator:
      guard case .list(let elements, let optionals) = arguments[1].kind, elements.count == 1,
        optionals.isEmpty, isListAccumulator(arguments[0])
      else { return plan(node) }
      let value = plan(elements[0])
      let isFolded = options.foldsConstants && value is ConstantNode
      return AppendNode(accumulator: slot, value: value, listCost: isFolded ? 0 : CostFactor.listCreation)
    case ("cel.@mapInsert", 2) where isOnAccumulator:
      return MapInsertNode(accumulator: slot, key: plan(arguments[1]), value: nil)
    case ("cel.@mapInsert", 3) where isOnAccumulator:
      return MapInsertNode(accumulator: slot, key: plan(arguments[1]), value: plan(arguments[2]))
    case (Operator.and, 2) where isOnAccumulator, (Operator.or, 2) where isOnAccumulator:
      return FoldLogicNode(plan(arguments[0]), plan(arguments[1]), deciding: function == Operator.or)
    default: return plan(node)
    }
  }

  private func isListAccumulator(_ node: Expression) -> Bool {
    if case .list = expression.type(of: node) { true } else { false }
  }
}

/// What can't be run.
final class FailureNode: Node {
  private let error: CELError

  init(_ error: CELError) { self.error = error }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue { throw error }
}

/// A regular expression and its text.
struct RegularExpressionPattern: Sendable {
  let text: String
  let expression: RegularExpression

  /// Nil where the text is none.
  init?(_ text: String) {
    guard let expression = try? RegularExpression(text) else { return nil }
    self.text = text
    self.expression = expression
  }

  /// Reads an expression that is only known when the program runs.
  static func compile(_ text: String) throws(CELError) -> RegularExpression {
    do throws(RegularExpression.SyntaxError) {
      return try RegularExpression(text)
    } catch {
      throw CELError("error parsing regexp: \(error.description)")
    }
  }
}

extension CELList {
  /// The elements as keys, where all are strings, numbers or booleans.
  fileprivate var constantMembers: Set<CELMapKey>? {
    var members: Set<CELMapKey> = []
    for element in self {
      guard let key = CELMapKey(element) else { return nil }
      members.insert(key)
    }
    return members
  }
}
