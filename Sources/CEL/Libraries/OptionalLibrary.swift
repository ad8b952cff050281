/// Optional values (cel-go's OptionalTypes).
enum OptionalLibrary {
  private static let v = CELType.parameter("V")
  private static let k = CELType.parameter("K")
  private static let optionalV = CELType.optional(v)
  private static let listV = CELType.list(v)
  private static let mapKV = CELType.map(k, v)

  static let functions: [FunctionDeclaration] =
    [
      FunctionDeclaration("optional.of", [.global("optional_of", [v], optionalV, .unary { .some($0) })]),
      FunctionDeclaration(
        "optional.ofNonZeroValue",
        [.global("optional_ofNonZeroValue", [v], optionalV, .unary { $0.isZero ? .none : .some($0) })]),
      FunctionDeclaration("optional.none", [.global("optional_none", [], optionalV, .nullary { .none })]),
      FunctionDeclaration(
        "optional.unwrap",
        [.global("optional_unwrap", [.list(optionalV)], listV, .unary(unwrap))]),
      FunctionDeclaration(
        "unwrapOpt", [.member("optional_unwrapOpt", [.list(optionalV)], listV, .unary(unwrap))]),
      FunctionDeclaration(
        "hasValue",
        [
          .member(
            "optional_hasValue", [optionalV], .bool,
            .unary { value throws(CELError) in
              .bool(try held(value) != nil)
            })
        ]),
      FunctionDeclaration(
        "value",
        [
          .member(
            "optional_value", [optionalV], v,
            .unary { value throws(CELError) in
              guard let value = try held(value) else { throw CELError("optional.none() dereference") }
              return value
            })
        ]),
      FunctionDeclaration(
        "or",
        [
          .member(
            "optional_or_optional", [optionalV, optionalV], optionalV,
            .binary { a, b throws(CELError) in
              try held(a) == nil ? b : a
            })
        ]),
      FunctionDeclaration(
        "orValue",
        [
          .member(
            "optional_orValue_value", [optionalV, v], v,
            .binary { a, b throws(CELError) in
              try held(a) ?? b
            })
        ]),
      FunctionDeclaration(
        "first",
        [
          .member(
            "list_first", [listV], optionalV,
            .unary { value throws(CELError) in
              try end(of: value) { $0[safe: 0] }
            })
        ]),
      FunctionDeclaration(
        "last",
        [
          .member(
            "list_last", [listV], optionalV,
            .unary { value throws(CELError) in
              try end(of: value) { $0[safe: $0.count - 1] }
            })
        ]),
    ].map { function in
      FunctionDeclaration(
        function.name,
        function.overloads.map {
          var overload = $0
          overload.isStandard = true
          return overload
        })
    } + access

  /// What the planner turns into attributes; only the types are taken from here.
  private static let access: [FunctionDeclaration] = [
    FunctionDeclaration(
      Operator.optionalSelect,
      [.global("select_optional_field", [.dyn, .string], optionalV, .variadic(unplanned))]),
    FunctionDeclaration(
      Operator.optionalIndex,
      [
        .global("list_optindex_optional_int", [listV, .int], optionalV, .variadic(unplanned)),
        .global(
          "optional_list_optindex_optional_int", [.optional(listV), .int], optionalV, .variadic(unplanned)),
        .global("map_optindex_optional_value", [mapKV, k], optionalV, .variadic(unplanned)),
        .global(
          "optional_map_optindex_optional_value", [.optional(mapKV), k], optionalV, .variadic(unplanned)),
      ]),
    FunctionDeclaration(
      Operator.index,
      [
        .global("optional_list_index_int", [.optional(listV), .int], optionalV, .variadic(unplanned)),
        .global("optional_map_index_value", [.optional(mapKV), k], optionalV, .variadic(unplanned)),
      ]),
  ]

  @Sendable
  private static func unplanned(_ values: [CELValue]) throws(CELError) -> CELValue { throw .noSuchOverload }

  @Sendable
  private static func unwrap(_ value: CELValue) throws(CELError) -> CELValue {
    guard case .list(let list) = value else { throw .noSuchOverload }
    var values: [CELValue] = []
    for element in list {
      if let value = try held(element) { values.append(value) }
    }
    return .values(values)
  }

  private static func held(_ value: CELValue) throws(CELError) -> CELValue? {
    guard case .optional(let optional) = value else { throw .noSuchOverload }
    return optional.value
  }

  private static func end(
    of value: CELValue, _ pick: (CELList) -> CELValue?
  ) throws(CELError) -> CELValue {
    guard case .list(let list) = value else { throw .noSuchOverload }
    return .optional(CELOptional(pick(list)))
  }

  /// `optMap`, `optFlatMap`: the variable is the value that the optional holds.
  static let macros: [Macro] = ["optMap", "optFlatMap"].map { name in
    .member(name, arguments: 2) { factory, target, arguments throws(Macro.ExpansionError) in
      guard let target else { return nil }
      guard let variable = arguments[0].identifier else {
        throw Macro.ExpansionError("\(name)() variable name must be a simple identifier", at: arguments[0])
      }
      let value = factory.memberCall("value", target)
      let bound = factory.bind(variable, to: value, in: arguments[1])
      let ifTrue = name == "optMap" ? factory.call("optional.of", bound) : bound
      let hasValue = factory.memberCall("hasValue", target)
      return factory.call(Operator.conditional, hasValue, ifTrue, factory.call("optional.none"))
    }
  }
}

extension CELValue {
  /// Whether the value is that which an unset field of its type has.
  var isZero: Bool {
    switch self {
    case .null: true
    case .bool(let v): !v
    case .int(let v): v == 0
    case .uint(let v): v == 0
    case .double(let v): v == 0
    case .string(let v): v.isEmpty
    case .bytes(let v): v.isEmpty
    case .timestamp(let v): v.seconds == -62_135_596_800 && v.nanoseconds == 0
    case .duration(let v): v.nanoseconds == 0
    case .list(let v): v.isEmpty
    case .map(let v): v.count == 0
    case .optional(let v): v.value == nil
    case .object(let v): v.structure?.members.isEmpty ?? false
    case .type: false
    }
  }
}

extension ExpressionFactory {
  /// A loop over nothing whose accumulator is the variable: a name for a value.
  mutating func bind(_ variable: String, to value: Expression, in body: Expression) -> Expression {
    let range = list([])
    let condition = literal(.bool(false))
    let step = identifier(variable)
    return make(
      .comprehension(
        Expression.Comprehension(
          range: range, variable: "#unused", secondVariable: nil, accumulator: variable, initial: value,
          condition: condition, step: step, result: body)))
  }
}

extension Library {
  /// Optional values: `optional.of`, `a.?b`, `a[?b]`, `orValue`, `optMap` and the like. The syntax needs
  /// ``Environment/Options/optionalSyntax`` too.
  public static let optionals = Library(
    functions: OptionalLibrary.functions, macros: OptionalLibrary.macros,
    constants: [.type(CELType.optionalName, .optional(.dyn))])

  /// `cel.bind(name, value, expression)`.
  public static let bindings = Library(macros: [
    .member("bind", arguments: 3) { factory, target, arguments throws(Macro.ExpansionError) in
      guard target?.identifier == "cel" else { return nil }
      guard let variable = arguments[0].identifier else {
        throw Macro.ExpansionError("cel.bind() variable names must be simple identifiers", at: arguments[0])
      }
      return factory.bind(variable, to: arguments[1], in: arguments[2])
    }
  ])
}
