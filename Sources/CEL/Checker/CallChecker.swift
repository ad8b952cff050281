extension Checker {
  /// Checks a call: finds the function and those of its overloads that take what it is given.
  mutating func checkCall(
    _ node: Expression, _ function: String, _ target: Expression?, _ arguments: [Expression]
  ) -> Expression {
    if function == Operator.optionalSelect, arguments.count == 2 {
      return checkOptionalSelect(node, arguments)
    }
    var checked: [Expression] = []
    for argument in arguments { checked.append(check(argument)) }
    guard let target else {
      guard let declaration = environment.lookUpFunction(function) else { return undeclared(node, function) }
      resolve(node, declaration, arguments, isMember: false)
      return Expression(
        id: node.id, .call(function: declaration.name, target: nil, arguments: checked))
    }
    // `a.b.f()` may be the function `a.b.f`.
    if let prefix = target.qualifiedName,
      let declaration = environment.lookUpFunction(prefix + "." + function)
    {
      resolve(node, declaration, arguments, isMember: false)
      return Expression(
        id: node.id, .call(function: declaration.name, target: nil, arguments: checked))
    }
    let checkedTarget = check(target)
    guard let declaration = environment.lookUpFunction(function) else { return undeclared(node, function) }
    resolve(node, declaration, [target] + arguments, isMember: true)
    return Expression(
      id: node.id, .call(function: declaration.name, target: checkedTarget, arguments: checked))
  }

  private mutating func undeclared(_ node: Expression, _ function: String) -> Expression {
    set(.error, node)
    reportUndeclared(function, at: node)
    return node
  }

  private mutating func checkOptionalSelect(_ node: Expression, _ arguments: [Expression]) -> Expression {
    guard let field = arguments[1].stringLiteral else {
      report("unsupported optional field selection: \(arguments[1].kind)", at: arguments[1])
      return node
    }
    let (operand, type) = checkField(node, arguments[0], field, isOptional: true)
    set(unifier.substitute(type), node)
    set(.string, arguments[1])
    overloads[node.id] = environment.lookUpFunction(Operator.optionalSelect)?.overloads ?? []
    return Expression(
      id: node.id,
      .call(function: Operator.optionalSelect, target: nil, arguments: [operand, arguments[1]]))
  }

  /// Finds the overloads and the type of the result; reports where there are none.
  private mutating func resolve(
    _ node: Expression, _ function: FunctionDeclaration, _ arguments: [Expression], isMember: Bool
  ) {
    let types = arguments.map { type(of: $0) }
    if function.name == Operator.and || function.name == Operator.or {
      var fits = true
      for (argument, type) in zip(arguments, types) where !unifier.assign(type, .bool) {
        reportMismatch(.bool, unifier.substitute(type), at: argument)
        fits = false
      }
      overloads[node.id] = function.overloads
      set(fits ? .bool : .error, node)
      return
    }
    var found: [Overload] = []
    var result: CELType?
    for overload in function.overloads where overload.isMember == isMember {
      let (candidates, candidateResult) = instantiate(overload)
      guard unifier.assign(types, candidates) else { continue }
      found.append(overload)
      let type = unifier.substitute(candidateResult)
      if let earlier = result {
        if !earlier.isDyn, earlier != type { result = .dyn }
      } else {
        result = type
      }
    }
    guard let result else {
      let signature = CELType.signature(
        types.map { unifier.substitute($0, dyn: true) }, isMember: isMember)
      report("found no matching overload for '\(function.name)' applied to '\(signature)'", at: node)
      set(.error, node)
      return
    }
    overloads[node.id] = found
    set(result, node)
  }

  /// The types of an overload with type parameters that are the call's own.
  private mutating func instantiate(_ overload: Overload) -> (arguments: [CELType], result: CELType) {
    let names = overload.arguments.reduce(into: overload.result.parameterNames) {
      $0.formUnion($1.parameterNames)
    }
    if names.isEmpty { return (overload.arguments, overload.result) }
    var fresh: [String: CELType] = [:]
    for name in names.sorted() { fresh[name] = unifier.fresh() }
    return (
      overload.arguments.map { $0.replacing(fresh) }, overload.result.replacing(fresh)
    )
  }
}

extension CELType {
  /// The type with its parameters replaced.
  fileprivate func replacing(_ parameters: [String: CELType]) -> CELType {
    switch self {
    case .parameter(let name): parameters[name] ?? self
    case .list(let element): .list(element.replacing(parameters))
    case .map(let key, let value): .map(key.replacing(parameters), value.replacing(parameters))
    case .opaque(let name, let of): .opaque(name, of.map { $0.replacing(parameters) })
    case .type(let of?): .type(of.replacing(parameters))
    default: self
    }
  }
}
