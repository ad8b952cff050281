extension Macro {
  /// `has`, `all`, `exists`, `exists_one`, `existsOne`, `map`, `filter`
  /// (https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros).
  static let standard: [Macro] =
    [
      .global("has", arguments: 1) { factory, _, arguments throws(ExpansionError) in
        guard case .select(let operand, let field, isTest: false) = arguments[0].kind else {
          throw ExpansionError("invalid argument to has() macro", at: arguments[0])
        }
        return factory.make(.select(operand: operand, field: field, isTest: true))
      },
      .member("all", arguments: 2) { factory, target, arguments throws(ExpansionError) in
        try factory.fold(.all, target, [arguments[0]], arguments[1])
      },
      .member("exists", arguments: 2) { factory, target, arguments throws(ExpansionError) in
        try factory.fold(.exists, target, [arguments[0]], arguments[1])
      },
      .member("map", arguments: 2) { factory, target, arguments throws(ExpansionError) in
        try factory.collect(target, [arguments[0]], filter: nil, arguments[1])
      },
      .member("map", arguments: 3) { factory, target, arguments throws(ExpansionError) in
        try factory.collect(target, [arguments[0]], filter: arguments[1], arguments[2])
      },
      .member("filter", arguments: 2) { factory, target, arguments throws(ExpansionError) in
        try factory.collect(target, [arguments[0]], filter: arguments[1], arguments[0])
      },
    ]
    + ["exists_one", "existsOne"].map { name in
      .member(name, arguments: 2) { factory, target, arguments throws(ExpansionError) in
        try factory.fold(.existsOne, target, [arguments[0]], arguments[1])
      }
    }

  /// The macros over an index or key and a value (cel-go's TwoVarComprehensions).
  static let twoVariables: [Macro] =
    [
      .member("all", arguments: 3) { factory, target, arguments throws(ExpansionError) in
        try factory.fold(.all, target, Array(arguments[..<2]), arguments[2])
      },
      .member("exists", arguments: 3) { factory, target, arguments throws(ExpansionError) in
        try factory.fold(.exists, target, Array(arguments[..<2]), arguments[2])
      },
      .member("transformList", arguments: 3) { factory, target, arguments throws(ExpansionError) in
        try factory.collect(target, Array(arguments[..<2]), filter: nil, arguments[2])
      },
      .member("transformList", arguments: 4) { factory, target, arguments throws(ExpansionError) in
        try factory.collect(target, Array(arguments[..<2]), filter: arguments[2], arguments[3])
      },
      .member("transformMap", arguments: 3) { factory, target, arguments throws(ExpansionError) in
        try factory.transformMap(target, arguments, filter: nil, arguments[2])
      },
      .member("transformMap", arguments: 4) { factory, target, arguments throws(ExpansionError) in
        try factory.transformMap(target, arguments, filter: arguments[2], arguments[3])
      },
      .member("transformMapEntry", arguments: 3) { factory, target, arguments throws(ExpansionError) in
        try factory.transformMapEntry(target, arguments, filter: nil, arguments[2])
      },
      .member("transformMapEntry", arguments: 4) { factory, target, arguments throws(ExpansionError) in
        try factory.transformMapEntry(target, arguments, filter: arguments[2], arguments[3])
      },
    ]
    + ["exists_one", "existsOne"].map { name in
      .member(name, arguments: 3) { factory, target, arguments throws(ExpansionError) in
        try factory.fold(.existsOne, target, Array(arguments[..<2]), arguments[2])
      }
    }
}

extension ExpressionFactory {
  enum Quantifier { case all, exists, existsOne }

  /// The names of a macro's variables.
  private func variables(_ nodes: [Expression]) throws(Macro.ExpansionError) -> [String] {
    var names: [String] = []
    for node in nodes {
      guard let name = node.identifier else {
        throw Macro.ExpansionError("argument must be a simple name", at: node)
      }
      if name == Self.accumulator || name == "__result__" {
        throw Macro.ExpansionError("iteration variable overwrites accumulator variable", at: node)
      }
      if names.contains(name) {
        throw Macro.ExpansionError("duplicate variable name: \(name)", at: node)
      }
      names.append(name)
    }
    return names
  }

  private mutating func comprehension(
    _ range: Expression, _ names: [String], initial: Expression, condition: Expression, step: Expression,
    result: Expression
  ) -> Expression {
    make(
      .comprehension(
        Expression.Comprehension(
          range: range, variable: names[0], secondVariable: names.count > 1 ? names[1] : nil,
          accumulator: Self.accumulator, initial: initial, condition: condition, step: step, result: result)))
  }

  /// `all`, `exists` and `existsOne`.
  mutating func fold(
    _ quantifier: Quantifier, _ target: Expression?, _ variableNodes: [Expression], _ predicate: Expression
  ) throws(Macro.ExpansionError) -> Expression? {
    guard let target else { return nil }
    let names = try variables(variableNodes)
    switch quantifier {
    case .all:
      let initial = literal(.bool(true))
      let condition = call(Operator.notStrictlyFalse, accumulator())
      let step = call(Operator.and, accumulator(), predicate)
      return comprehension(
        target, names, initial: initial, condition: condition, step: step, result: accumulator())
    case .exists:
      let initial = literal(.bool(false))
      let condition = call(Operator.notStrictlyFalse, call(Operator.not, accumulator()))
      let step = call(Operator.or, accumulator(), predicate)
      return comprehension(
        target, names, initial: initial, condition: condition, step: step, result: accumulator())
    case .existsOne:
      let initial = literal(.int(0))
      let condition = literal(.bool(true))
      let one = literal(.int(1))
      let step = call(
        Operator.conditional, predicate, call(Operator.add, accumulator(), one), accumulator())
      let result = call(Operator.equals, accumulator(), literal(.int(1)))
      return comprehension(
        target, names, initial: initial, condition: condition, step: step, result: result)
    }
  }

  /// `map`, `filter` and `transformList`: a list of the values for the elements that pass the filter.
  mutating func collect(
    _ target: Expression?, _ variableNodes: [Expression], filter: Expression?, _ value: Expression
  ) throws(Macro.ExpansionError) -> Expression? {
    guard let target else { return nil }
    let names = try variables(variableNodes)
    let initial = list([])
    let condition = literal(.bool(true))
    var step = call(Operator.add, accumulator(), list([value]))
    if let filter { step = call(Operator.conditional, filter, step, accumulator()) }
    return comprehension(
      target, names, initial: initial, condition: condition, step: step, result: accumulator())
  }

  mutating func transformMap(
    _ target: Expression?, _ arguments: [Expression], filter: Expression?, _ value: Expression
  ) throws(Macro.ExpansionError) -> Expression? {
    guard let target else { return nil }
    let names = try variables(Array(arguments[..<2]))
    let step = call("cel.@mapInsert", accumulator(), identifier(names[0]), value)
    return mapComprehension(target, names, filter, step)
  }

  mutating func transformMapEntry(
    _ target: Expression?, _ arguments: [Expression], filter: Expression?, _ entry: Expression
  ) throws(Macro.ExpansionError) -> Expression? {
    guard let target else { return nil }
    let names = try variables(Array(arguments[..<2]))
    let step = call("cel.@mapInsert", accumulator(), entry)
    return mapComprehension(target, names, filter, step)
  }

  private mutating func mapComprehension(
    _ target: Expression, _ names: [String], _ filter: Expression?, _ insert: Expression
  ) -> Expression {
    let initial = make(.map([]))
    let condition = literal(.bool(true))
    let step = filter.map { call(Operator.conditional, $0, insert, accumulator()) } ?? insert
    return comprehension(
      target, names, initial: initial, condition: condition, step: step, result: accumulator())
  }
}
