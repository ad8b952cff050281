/// Finds the variables of an expression that its loops do not bind.
struct VariableCollector {
  private let expression: CheckedExpression
  private var found: [String] = []

  static func variables(of expression: CheckedExpression) -> [String] {
    var collector = VariableCollector(expression: expression)
    collector.visit(expression.root, bound: [])
    return collector.found
  }

  private init(expression: CheckedExpression) { self.expression = expression }

  private mutating func visit(_ node: Expression, bound: Set<String>) {
    switch node.kind {
    case .identifier(let name):
      if bound.contains(name) || expression.constants[node.id] != nil || found.contains(name) { return }
      found.append(name)
    case .comprehension(let c):
      visit(c.range, bound: bound)
      visit(c.initial, bound: bound)
      let inResult = bound.union([c.accumulator])
      let inLoop = inResult.union([c.variable] + (c.secondVariable.map { [$0] } ?? []))
      visit(c.condition, bound: inLoop)
      visit(c.step, bound: inLoop)
      visit(c.result, bound: inResult)
    default:
      for child in node.children { visit(child, bound: bound) }
    }
  }
}
