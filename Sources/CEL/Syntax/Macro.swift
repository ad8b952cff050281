/// A call that is replaced by another expression while it is read.
public struct Macro: Sendable {
  /// What calls a macro takes.
  public struct Key: Sendable, Hashable {
    public let function: String
    public let isMember: Bool
    public let argumentCount: Int
  }

  /// Why a macro can't take its arguments.
  public struct ExpansionError: Error, Sendable {
    let node: Expression
    let message: String

    /// - Parameter node: the argument that the message is about.
    public init(_ message: String, at node: Expression) {
      self.message = message
      self.node = node
    }
  }

  /// Gives what stands for the call; nil where the call is none of the macro's after all.
  public typealias Expander =
    @Sendable (
      _ factory: inout ExpressionFactory, _ target: Expression?, _ arguments: [Expression]
    ) throws(ExpansionError) -> Expression?

  public let key: Key
  let expand: Expander

  public static func global(_ function: String, arguments: Int, _ expand: @escaping Expander) -> Macro {
    Macro(key: Key(function: function, isMember: false, argumentCount: arguments), expand: expand)
  }

  public static func member(_ function: String, arguments: Int, _ expand: @escaping Expander) -> Macro {
    Macro(key: Key(function: function, isMember: true, argumentCount: arguments), expand: expand)
  }
}

/// Makes the nodes of an expression and remembers where in the text they stand.
public struct ExpressionFactory: Sendable {
  /// By the ids of nodes, from 1.
  private(set) var positions: [Int] = [0]
  /// Where nodes made without a place stand; a macro's call while it is expanded.
  var position = 0

  /// The name of the accumulator in the macros' loops; no variable can have it.
  public static let accumulator = "@result"

  /// A new id for a node at a place.
  mutating func newID(at position: Int? = nil) -> Int {
    positions.append(position ?? self.position)
    return positions.count - 1
  }

  /// Where a node stands.
  func position(of node: Expression) -> Int { positions.indices.contains(node.id) ? positions[node.id] : 0 }

  /// A node where the macro's call stands.
  public mutating func make(_ kind: Expression.Kind) -> Expression {
    Expression(id: newID(), kind)
  }

  mutating func make(_ kind: Expression.Kind, at position: Int) -> Expression {
    Expression(id: newID(at: position), kind)
  }

  public mutating func literal(_ value: CELValue) -> Expression { make(.literal(value)) }
  public mutating func identifier(_ name: String) -> Expression { make(.identifier(name)) }
  public mutating func accumulator() -> Expression { identifier(Self.accumulator) }
  public mutating func list(_ elements: [Expression]) -> Expression { make(.list(elements, optionals: [])) }

  public mutating func call(_ function: String, _ arguments: Expression...) -> Expression {
    make(.call(function: function, target: nil, arguments: arguments))
  }

  public mutating func memberCall(
    _ function: String, _ target: Expression, _ arguments: Expression...
  ) -> Expression {
    make(.call(function: function, target: target, arguments: arguments))
  }
}
