/// A parsed expression and what is needed to point at its nodes.
struct ParsedExpression {
  let root: Expression
  let source: SourceText
  let factory: ExpressionFactory
}

/// Reads an expression by recursive descent, with the messages of cel-go's generated parser.
struct Parser {
  /// Ends the reading after an error that was reported.
  struct Stop: Error {}

  let source: SourceText
  let environment: Environment
  var factory = ExpressionFactory()
  var tokens: [Token] = []
  var at = 0
  var depth = 0
  private(set) var issues: [CompilationIssue] = []

  /// What an operand may begin with.
  static let operandStart: Set<Token.Kind> = [
    .leftBracket, .leftBrace, .leftParenthesis, .dot, .minus, .not, .true, .false, .null, .double, .int,
    .uint, .string, .bytes, .identifier,
  ]

  init(_ source: SourceText, environment: Environment) {
    self.source = source
    self.environment = environment
  }

  mutating func parse() throws(CompilationError) -> ParsedExpression {
    let limit = environment.options.sizeLimit
    guard source.scalars.count <= limit else {
      let message =
        "expression code point size exceeds limit: size: \(source.scalars.count), limit \(limit)"
      throw CompilationError([CompilationIssue(location: .none, message: message)], in: source)
    }
    var lexer = Lexer(source)
    lexer.run()
    for error in lexer.errors { report(error.message, at: error.offset) }
    tokens = lexer.tokens
    var root: Expression?
    do throws(Stop) {
      let expression = try expression()
      try expectEnd()
      root = expression
    } catch {}
    guard let root, issues.isEmpty else { throw CompilationError(issues, in: source) }
    return ParsedExpression(root: root, source: source, factory: factory)
  }

  // MARK: Tokens

  var token: Token { tokens[min(at, tokens.count - 1)] }

  func following(_ count: Int = 1) -> Token { tokens[min(at + count, tokens.count - 1)] }

  @discardableResult
  mutating func advance() -> Token {
    let token = self.token
    at += 1
    return token
  }

  mutating func take(_ kind: Token.Kind) -> Token? { token.kind == kind ? advance() : nil }

  // MARK: Errors

  mutating func report(_ message: String, at offset: Int) {
    issues.append(CompilationIssue(location: source.location(at: offset), message: message))
  }

  mutating func report(_ message: String, at node: Expression) {
    report(message, at: factory.position(of: node))
  }

  static func list(_ kinds: Set<Token.Kind>) -> String {
    let names = kinds.sorted().map(\.expectation)
    return names.count == 1 ? names[0] : "{" + names.joined(separator: ", ") + "}"
  }

  /// Takes a token that must come; one token too many before it is passed over, as the generated parser does.
  @discardableResult
  mutating func expect(_ kind: Token.Kind) throws(Stop) -> Token {
    if let found = take(kind) { return found }
    if following().kind == kind, token.kind != .end {
      report(
        "Syntax error: extraneous input '\(token.display)' expecting \(kind.expectation)", at: token.offset)
      advance()
      return advance()
    }
    let closers: Set<Token.Kind> = [.rightParenthesis, .rightBracket]
    if token.kind == .end, closers.contains(kind) {
      report("Syntax error: missing \(kind.expectation) at '<EOF>'", at: token.offset)
      throw Stop()
    }
    throw mismatch([kind])
  }

  /// At a place where one of the kinds must come: passes over one token too many.
  mutating func synchronize(_ kinds: Set<Token.Kind>) throws(Stop) {
    if kinds.contains(token.kind) { return }
    guard token.kind != .end, kinds.contains(following().kind) else { throw mismatch(kinds) }
    report(
      "Syntax error: extraneous input '\(token.display)' expecting \(Self.list(kinds))", at: token.offset)
    advance()
  }

  mutating func mismatch(_ kinds: Set<Token.Kind>) -> Stop {
    report(
      "Syntax error: mismatched input '\(token.display)' expecting \(Self.list(kinds))", at: token.offset)
    return Stop()
  }

  private mutating func expectEnd() throws(Stop) {
    if token.kind == .end { return }
    if following().kind == .end {
      report("Syntax error: extraneous input '\(token.display)' expecting <EOF>", at: token.offset)
    } else {
      report("Syntax error: mismatched input '\(token.display)' expecting <EOF>", at: token.offset)
    }
    throw Stop()
  }

  /// Ends where an expression nests deeper than it may.
  mutating func tooDeep() -> Stop {
    let message = "expression recursion limit exceeded: \(environment.options.recursionLimit)"
    issues.append(CompilationIssue(location: .none, message: message))
    return Stop()
  }

  // MARK: Operators

  /// `a ? b : c` and all below.
  mutating func expression() throws(Stop) -> Expression {
    depth += 1
    defer { depth -= 1 }
    if depth > environment.options.recursionLimit { throw tooDeep() }
    let expression = try ternary()
    // Chains of operators nest too, in the tree if not in the text.
    if expression.height > Self.heightFactor * environment.options.recursionLimit { throw tooDeep() }
    return expression
  }

  /// How much higher a tree may be than its text nests.
  private static let heightFactor = 4

  private mutating func ternary() throws(Stop) -> Expression {
    let condition = try logical(.or)
    guard let question = take(.question) else { return condition }
    let id = factory.newID(at: question.offset)
    let ifTrue = try logical(.or)
    try expect(.colon)
    let ifFalse = try expression()
    return Expression(
      id: id, .call(function: Operator.conditional, target: nil, arguments: [condition, ifTrue, ifFalse]))
  }

  /// `a || b || c` or `a && b && c`, made into a tree that is as flat as can be.
  private mutating func logical(_ kind: Token.Kind) throws(Stop) -> Expression {
    var terms = [kind == .or ? try logical(.and) : try relation()]
    var ids: [Int] = []
    while let token = take(kind) {
      terms.append(kind == .or ? try logical(.and) : try relation())
      ids.append(factory.newID(at: token.offset))
    }
    return Self.balance(kind == .or ? Operator.or : Operator.and, terms, ids, 0, ids.count - 1)
  }

  private static func balance(
    _ function: String, _ terms: [Expression], _ ids: [Int], _ low: Int, _ high: Int
  ) -> Expression {
    guard low <= high else { return terms[low] }
    let middle = (low + high + 1) / 2
    let left = middle == low ? terms[middle] : balance(function, terms, ids, low, middle - 1)
    let right = middle == high ? terms[middle + 1] : balance(function, terms, ids, middle + 1, high)
    return Expression(id: ids[middle], .call(function: function, target: nil, arguments: [left, right]))
  }

  private static let relations: [Token.Kind: String] = [
    .less: Operator.less, .lessOrEqual: Operator.lessOrEqual, .greater: Operator.greater,
    .greaterOrEqual: Operator.greaterOrEqual, .equals: Operator.equals, .notEquals: Operator.notEquals,
    .in: Operator.in,
  ]
  private static let sums: [Token.Kind: String] = [.plus: Operator.add, .minus: Operator.subtract]
  private static let products: [Token.Kind: String] = [
    .star: Operator.multiply, .slash: Operator.divide, .percent: Operator.modulo,
  ]

  private mutating func relation() throws(Stop) -> Expression {
    var left = try sum()
    var length = 0
    while let function = Self.relations[token.kind] {
      let id = factory.newID(at: advance().offset)
      length += 1
      if length > environment.options.recursionLimit { throw tooDeep() }
      left = Expression(id: id, .call(function: function, target: nil, arguments: [left, try sum()]))
    }
    return left
  }

  private mutating func sum() throws(Stop) -> Expression {
    var length = 0
    var left = try product(&length)
    while let function = Self.sums[token.kind] {
      let id = factory.newID(at: advance().offset)
      length += 1
      if length > environment.options.recursionLimit { throw tooDeep() }
      let right = try product(&length)
      left = Expression(id: id, .call(function: function, target: nil, arguments: [left, right]))
    }
    return left
  }

  private mutating func product(_ length: inout Int) throws(Stop) -> Expression {
    var left = try unary()
    while let function = Self.products[token.kind] {
      let id = factory.newID(at: advance().offset)
      length += 1
      if length > environment.options.recursionLimit { throw tooDeep() }
      left = Expression(id: id, .call(function: function, target: nil, arguments: [left, try unary()]))
    }
    return left
  }

  /// Repeated `!` or `-` cancel each other.
  private mutating func unary() throws(Stop) -> Expression {
    try synchronize(Self.operandStart)
    guard token.kind == .not || token.kind == .minus else { return try member() }
    let first = advance()
    // A minus before a number belongs to it.
    if first.kind == .minus, token.kind == .int || token.kind == .double {
      at -= 1
      return try member()
    }
    var count = 1
    while take(first.kind) != nil { count += 1 }
    try synchronize(Self.operandStart.subtracting([.not, .minus]))
    guard count % 2 == 1 else { return try member() }
    let id = factory.newID(at: first.offset)
    let function = first.kind == .not ? Operator.not : Operator.negate
    return Expression(id: id, .call(function: function, target: nil, arguments: [try member()]))
  }
}
