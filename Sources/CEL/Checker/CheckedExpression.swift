/// An expression that was read and checked: what programs and cost estimates are made from.
public struct CheckedExpression: Sendable {
  public let root: Expression
  public let source: SourceText
  /// The type of each node, by its id; nil for ids that are no nodes.
  let types: [CELType?]
  /// The overloads that a call may mean, by the id of the call.
  let overloads: [Int: [Overload]]
  /// The value of identifiers that are constants.
  let constants: [Int: CELValue]
  /// Where each node stands in the text.
  let positions: [Int]

  /// The type of the expression.
  public var type: CELType { type(of: root) }

  /// The type of a node.
  public func type(of node: Expression) -> CELType {
    types.indices.contains(node.id) ? types[node.id] ?? .dyn : .dyn
  }

  /// The overloads that a call may mean.
  public func overloads(of call: Expression) -> [Overload] { overloads[call.id] ?? [] }

  /// Where a node stands in the text.
  public func location(of node: Expression) -> SourceLocation {
    positions.indices.contains(node.id) ? source.location(at: positions[node.id]) : .none
  }

  /// The names of the variables it speaks of, in the order in which they appear.
  public var variables: [String] { VariableCollector.variables(of: self) }
}
