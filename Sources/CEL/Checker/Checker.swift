/// Gives each node of an expression its type and each call its overloads, as cel-go's checker.
struct Checker {
  let environment: Environment
  let source: SourceText
  let factory: ExpressionFactory
  private let root: Expression
  var unifier = TypeUnifier()
  private(set) var issues: [CompilationIssue] = []
  private var types: [CELType?]
  var overloads: [Int: [Overload]] = [:]
  var constants: [Int: CELValue] = [:]
  /// Variables of loops, the innermost last.
  private var scopes: [(name: String, type: CELType)] = []

  init(_ parsed: ParsedExpression, environment: Environment) {
    self.environment = environment
    source = parsed.source
    factory = parsed.factory
    root = parsed.root
    types = Array(repeating: nil, count: parsed.factory.positions.count)
  }

  mutating func check() throws(CompilationError) -> CheckedExpression {
    let root = check(self.root)
    guard issues.isEmpty else { throw CompilationError(issues, in: source) }
    return CheckedExpression(
      root: root, source: source, types: types.map { $0.map { unifier.substitute($0, dyn: true) } },
      overloads: overloads, constants: constants, positions: factory.positions)
  }

  // MARK: Bookkeeping

  func type(of node: Expression) -> CELType { types[node.id] ?? .error }

  mutating func set(_ type: CELType, _ node: Expression) { types[node.id] = type }

  mutating func report(_ message: String, at node: Expression) { report(message, atID: node.id) }

  mutating func report(_ message: String, atID id: Int) {
    issues.append(
      CompilationIssue(location: source.location(at: factory.positions[id]), message: message))
  }

  mutating func reportMismatch(_ expected: CELType, _ found: CELType, at node: Expression) {
    report("expected type '\(expected)' but found '\(found)'", at: node)
  }

  mutating func reportUndeclared(_ name: String, at node: Expression) {
    report(
      "undeclared reference to '\(name)' (in container '\(environment.options.container)')", at: node)
  }

  // MARK: Nodes

  /// Checks a node and what is under it.
  /// - Returns: the node with qualified names and namespaces of functions resolved.
  mutating func check(_ node: Expression) -> Expression {
    switch node.kind {
    case .literal(let value):
      set(value.type, node)
      return node
    case .identifier(let name): return checkIdentifier(node, name)
    case .select(let operand, let field, let isTest): return checkSelect(node, operand, field, isTest)
    case .call(let function, let target, let arguments):
      return checkCall(node, function, target, arguments)
    case .list(let elements, let optionals): return checkList(node, elements, optionals)
    case .map(let entries): return checkMap(node, entries)
    case .structure(let name, let fields): return checkStructure(node, name, fields)
    case .comprehension(let comprehension): return checkComprehension(node, comprehension)
    }
  }

  /// The variable of a loop, or what the environment declares.
  private func lookUp(_ name: String) -> (name: String, type: CELType, value: CELValue?)? {
    if let local = scopes.last(where: { $0.name == name }) { return (local.name, local.type, nil) }
    return environment.lookUp(name)
  }

  private mutating func checkIdentifier(_ node: Expression, _ name: String) -> Expression {
    guard let found = lookUp(name) else {
      set(.error, node)
      reportUndeclared(name, at: node)
      return node
    }
    return reference(node, found)
  }

  private mutating func reference(
    _ node: Expression, _ found: (name: String, type: CELType, value: CELValue?)
  ) -> Expression {
    set(found.type, node)
    if let value = found.value { constants[node.id] = value }
    return Expression(id: node.id, .identifier(found.name))
  }

  private mutating func checkSelect(
    _ node: Expression, _ operand: Expression, _ field: String, _ isTest: Bool
  ) -> Expression {
    if let name = node.qualifiedName, !scopes.contains(where: { name.hasPrefix($0.name + ".") }),
      let found = environment.lookUp(name)
    {
      return reference(node, found)
    }
    let (checked, result) = checkField(node, operand, field, isOptional: false)
    set(isTest ? .bool : unifier.substitute(result), node)
    return Expression(id: node.id, .select(operand: checked, field: field, isTest: isTest))
  }

  /// The operand and the type of its field.
  mutating func checkField(
    _ node: Expression, _ operand: Expression, _ field: String, isOptional: Bool
  ) -> (operand: Expression, type: CELType) {
    let checked = check(operand)
    let operandType = unifier.substitute(type(of: operand))
    let target = operandType.wrappedInOptional ?? operandType
    var result = CELType.error
    switch target {
    case .map(_, let value): result = value
    case .object(let name): result = fieldType(field, of: name, at: node.id) ?? .error
    case .parameter:
      _ = unifier.assign(.dyn, target)
      result = .dyn
    default:
      if !target.isDynOrError { report("type '\(target)' does not support field selection", at: node) }
      result = .dyn
    }
    let isWrapped = isOptional || operandType.wrappedInOptional != nil
    return (checked, isWrapped ? .optional(result) : result)
  }

  private mutating func fieldType(_ field: String, of name: String, at id: Int) -> CELType? {
    guard let provider = environment.provider(ofType: name) else {
      report("unexpected failed resolution of '\(name)'", atID: id)
      return nil
    }
    if let type = provider.fieldType(field, of: name) { return type }
    report("undefined field '\(field)'", atID: id)
    return nil
  }

  private mutating func checkList(
    _ node: Expression, _ elements: [Expression], _ optionals: [Int]
  ) -> Expression {
    var checked: [Expression] = []
    var joined: CELType?
    for (index, element) in elements.enumerated() {
      checked.append(check(element))
      let type = unwrap(type(of: element), element, isOptional: optionals.contains(index))
      joined = join(joined, type, at: element)
    }
    set(.list(joined ?? unifier.fresh()), node)
    return Expression(id: node.id, .list(checked, optionals: optionals))
  }

  private mutating func checkMap(_ node: Expression, _ entries: [Expression.MapEntry]) -> Expression {
    var checked: [Expression.MapEntry] = []
    var keys: CELType?
    var values: CELType?
    for entry in entries {
      let key = check(entry.key)
      keys = join(keys, type(of: entry.key), at: entry.key)
      let value = check(entry.value)
      let type = unwrap(type(of: entry.value), entry.value, isOptional: entry.isOptional)
      values = join(values, type, at: entry.value)
      checked.append(
        Expression.MapEntry(id: entry.id, key: key, value: value, isOptional: entry.isOptional))
    }
    set(.map(keys ?? unifier.fresh(), values ?? unifier.fresh()), node)
    return Expression(id: node.id, .map(checked))
  }

  /// What an element written with `?` holds.
  private mutating func unwrap(_ type: CELType, _ node: Expression, isOptional: Bool) -> CELType {
    guard isOptional else { return type }
    let type = unifier.substitute(type)
    if let wrapped = type.wrappedInOptional { return wrapped }
    if !type.isDynOrError { reportMismatch(.optional(type), type, at: node) }
    return type
  }

  /// The type that an aggregate's elements have together.
  private mutating func join(_ previous: CELType?, _ current: CELType, at node: Expression) -> CELType {
    guard let previous else { return current }
    if unifier.assign(previous, current) { return TypeUnifier.moreGeneral(previous, current) }
    if !environment.options.homogeneousLiterals { return .dyn }
    reportMismatch(previous, current, at: node)
    return .error
  }

  private mutating func checkStructure(
    _ node: Expression, _ name: String, _ fields: [Expression.StructureField]
  ) -> Expression {
    guard let found = lookUp(name) else {
      reportUndeclared(name, at: node)
      set(.error, node)
      return node
    }
    var result = CELType.error
    if case .type(let of) = found.type {
      if case .object? = of {
        result = of ?? .error
      } else {
        report("'\(of?.runtimeName ?? "type")' is not a message type", at: node)
      }
    } else {
      report("'\(found.type.runtimeName)' is not a type", at: node)
    }
    set(result, node)
    var checked: [Expression.StructureField] = []
    for field in fields {
      let value = check(field.value)
      let declared = result.isError ? .error : fieldType(field.name, of: found.name, at: field.id) ?? .error
      let type = unwrap(type(of: field.value), field.value, isOptional: field.isOptional)
      if !unifier.assign(declared, type) {
        let types = "'\(declared)' but provided type is '\(unifier.substitute(type))'"
        report("expected type of field '\(field.name)' is \(types)", atID: field.id)
      }
      checked.append(
        Expression.StructureField(
          id: field.id, name: field.name, value: value, isOptional: field.isOptional))
    }
    return Expression(id: node.id, .structure(typeName: found.name, fields: checked))
  }

  private mutating func checkComprehension(
    _ node: Expression, _ comprehension: Expression.Comprehension
  ) -> Expression {
    let range = check(comprehension.range)
    let initial = check(comprehension.initial)
    let accumulatorType = type(of: comprehension.initial)
    let (first, second) = variableTypes(comprehension)
    scopes.append((comprehension.accumulator, accumulatorType))
    scopes.append((comprehension.variable, first))
    if let name = comprehension.secondVariable { scopes.append((name, second)) }
    let condition = check(comprehension.condition)
    require(.bool, comprehension.condition)
    let step = check(comprehension.step)
    require(accumulatorType, comprehension.step)
    scopes.removeLast(comprehension.secondVariable == nil ? 1 : 2)
    let result = check(comprehension.result)
    scopes.removeLast()
    set(unifier.substitute(type(of: comprehension.result)), node)
    return Expression(
      id: node.id,
      .comprehension(
        Expression.Comprehension(
          range: range, variable: comprehension.variable, secondVariable: comprehension.secondVariable,
          accumulator: comprehension.accumulator, initial: initial, condition: condition, step: step,
          result: result)))
  }

  /// The types of a loop's variables.
  private mutating func variableTypes(_ comprehension: Expression.Comprehension) -> (CELType, CELType) {
    let range = unifier.substitute(type(of: comprehension.range))
    let hasTwo = comprehension.secondVariable != nil
    switch range {
    case .list(let element): return hasTwo ? (.int, element) : (element, .dyn)
    case .map(let key, let value): return (key, value)
    case .dyn, .any, .error, .parameter:
      _ = unifier.assign(.dyn, range)
      return (.dyn, .dyn)
    default:
      report(
        "expression of type '\(range)' cannot be range of a comprehension (must be list, map, or dynamic)",
        at: comprehension.range)
      return (.error, .error)
    }
  }

  private mutating func require(_ expected: CELType, _ node: Expression) {
    if !unifier.assign(expected, type(of: node)) { reportMismatch(expected, type(of: node), at: node) }
  }
}
