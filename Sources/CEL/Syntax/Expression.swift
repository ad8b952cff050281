import Values

/// A node of an expression's tree. Macros are already expanded.
public final class Expression: Sendable {
  /// Unique in the tree, from 1; counts in the order in which nodes were made.
  public let id: Int
  public let kind: Kind
  /// How many nodes stand under each other from here down; bounded by the parser.
  let height: Int

  public indirect enum Kind: Sendable {
    /// null, bool, int, uint, double, string or bytes.
    case literal(CELValue)
    case identifier(String)
    /// `operand.field`; where `isTest`, `has(operand.field)`.
    case select(operand: Expression, field: String, isTest: Bool)
    /// A function or an operator (`_+_`); with a target, a member function.
    case call(function: String, target: Expression?, arguments: [Expression])
    /// Elements at `optionals` are written `?element`.
    case list([Expression], optionals: [Int])
    case map([MapEntry])
    case structure(typeName: String, fields: [StructureField])
    case comprehension(Comprehension)
  }

  public struct MapEntry: Sendable {
    public let id: Int
    public let key: Expression
    public let value: Expression
    /// Written `?key: value`.
    public let isOptional: Bool
  }

  public struct StructureField: Sendable {
    public let id: Int
    public let name: String
    public let value: Expression
    /// Written `?field: value`.
    public let isOptional: Bool
  }

  /// What the macros over lists and maps expand to: a loop that folds a range into an accumulator.
  public struct Comprehension: Sendable {
    public let range: Expression
    /// The element, or a map's key; with a second variable, the index or key.
    public let variable: String
    /// The element or the map's value; nil in macros of one variable.
    public let secondVariable: String?
    public let accumulator: String
    public let initial: Expression
    /// Tested before each round.
    public let condition: Expression
    public let step: Expression
    public let result: Expression
  }

  public init(id: Int, _ kind: Kind) {
    self.id = id
    self.kind = kind
    height = 1 + Self.children(of: kind).reduce(0) { max($0, $1.height) }
  }
}

extension Expression {
  /// The string of a literal.
  public var stringLiteral: String? {
    if case .literal(.string(let text)) = kind { text } else { nil }
  }

  /// The name of an identifier.
  public var identifier: String? { if case .identifier(let name) = kind { name } else { nil } }

  /// `a.b.c` where the node is an identifier or selections on one; nil else.
  var qualifiedName: String? {
    switch kind {
    case .identifier(let name): name
    case .select(let operand, let field, isTest: false): operand.qualifiedName.map { $0 + "." + field }
    default: nil
    }
  }

  /// The node's children, in the order of evaluation.
  public var children: [Expression] { Self.children(of: kind) }

  private static func children(of kind: Kind) -> [Expression] {
    switch kind {
    case .literal, .identifier: []
    case .select(let operand, _, _): [operand]
    case .call(_, let target, let arguments): (target.map { [$0] } ?? []) + arguments
    case .list(let elements, _): elements
    case .map(let entries): entries.flatMap { [$0.key, $0.value] }
    case .structure(_, let fields): fields.map(\.value)
    case .comprehension(let c): [c.range, c.initial, c.condition, c.step, c.result]
    }
  }
}

/// The names that operators have as functions.
enum Operator {
  static let conditional = "_?_:_"
  static let and = "_&&_"
  static let or = "_||_"
  static let not = "!_"
  static let negate = "-_"
  static let equals = "_==_"
  static let notEquals = "_!=_"
  static let add = "_+_"
  static let subtract = "_-_"
  static let multiply = "_*_"
  static let divide = "_/_"
  static let modulo = "_%_"
  static let less = "_<_"
  static let lessOrEqual = "_<=_"
  static let greater = "_>_"
  static let greaterOrEqual = "_>=_"
  static let `in` = "@in"
  static let index = "_[_]"
  static let optionalIndex = "_[?_]"
  static let optionalSelect = "_?._"
  static let notStrictlyFalse = "@not_strictly_false"
}
