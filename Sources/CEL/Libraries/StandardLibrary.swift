/// The functions of the language itself
/// (https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions).
enum StandardLibrary {
  static let a = CELType.parameter("A")
  static let b = CELType.parameter("B")
  static let listOfA = CELType.list(a)
  static let mapOfAB = CELType.map(a, b)

  /// Operators of two operands that the planner runs without looking for an overload.
  static let operators: [String: @Sendable (CELValue, CELValue) throws(CELError) -> CELValue] = [
    Operator.add: Arithmetic.add, Operator.subtract: Arithmetic.subtract,
    Operator.multiply: Arithmetic.multiply, Operator.divide: Arithmetic.divide,
    Operator.modulo: Arithmetic.modulo, Operator.in: Arithmetic.contains,
    Operator.less: Arithmetic.compare(Operator.less) { $0 < 0 },
    Operator.lessOrEqual: Arithmetic.compare(Operator.lessOrEqual) { $0 <= 0 },
    Operator.greater: Arithmetic.compare(Operator.greater) { $0 > 0 },
    Operator.greaterOrEqual: Arithmetic.compare(Operator.greaterOrEqual) { $0 >= 0 },
  ]

  /// The functions that convert; on a constant they give a constant.
  static let conversions: Set<String> = [
    "bool", "bytes", "double", "dyn", "duration", "int", "string", "timestamp", "type", "uint",
  ]

  static let functions: [FunctionDeclaration] =
    (logic + arithmetic + relations + collections + conversionFunctions + strings + TimeFunctions.all)
    .map { function in
      FunctionDeclaration(
        function.name,
        function.overloads.map {
          var overload = $0
          overload.isStandard = true
          return overload
        })
    }

  /// An operator or function whose overloads all run the same.
  private static func binary(
    _ name: String, _ overloads: [(id: String, CELType, CELType, CELType)]
  ) -> FunctionDeclaration {
    // Every name given here is one of those above.
    guard let run = operators[name] else { return FunctionDeclaration(name, []) }
    return FunctionDeclaration(
      name, overloads.map { .global($0.id, [$0.1, $0.2], $0.3, .binary(run)) })
  }

  private static let logic: [FunctionDeclaration] = [
    // What these do the planner knows; only their types are taken from here.
    FunctionDeclaration(
      Operator.conditional, [.global("conditional", [.bool, a, a], a, .variadic(Self.unplanned))]),
    FunctionDeclaration(
      Operator.and, [.global("logical_and", [.bool, .bool], .bool, .variadic(Self.unplanned))]),
    FunctionDeclaration(
      Operator.or, [.global("logical_or", [.bool, .bool], .bool, .variadic(Self.unplanned))]),
    FunctionDeclaration(
      Operator.not, [.global("logical_not", [.bool], .bool, .variadic(Self.unplanned))]),
    FunctionDeclaration(
      Operator.notStrictlyFalse,
      [.global("not_strictly_false", [.bool], .bool, .variadic(Self.unplanned))]),
    FunctionDeclaration(
      Operator.equals, [.global("equals", [a, a], .bool, .binary { a, b in .bool(a == b) })]),
    FunctionDeclaration(
      Operator.notEquals, [.global("not_equals", [a, a], .bool, .binary { a, b in .bool(a != b) })]),
    FunctionDeclaration(
      Operator.index,
      [
        .global("index_list", [listOfA, .int], a, .variadic(Self.unplanned)),
        .global("index_map", [mapOfAB, a], b, .variadic(Self.unplanned)),
      ]),
  ]

  @Sendable
  private static func unplanned(_ values: [CELValue]) throws(CELError) -> CELValue { throw .noSuchOverload }

  private static let arithmetic: [FunctionDeclaration] = [
    binary(
      Operator.add,
      [
        ("add_bytes", .bytes, .bytes, .bytes), ("add_double", .double, .double, .double),
        ("add_duration_duration", .duration, .duration, .duration),
        ("add_duration_timestamp", .duration, .timestamp, .timestamp),
        ("add_timestamp_duration", .timestamp, .duration, .timestamp), ("add_int64", .int, .int, .int),
        ("add_list", listOfA, listOfA, listOfA), ("add_string", .string, .string, .string),
        ("add_uint64", .uint, .uint, .uint),
      ]),
    binary(
      Operator.subtract,
      [
        ("subtract_double", .double, .double, .double),
        ("subtract_duration_duration", .duration, .duration, .duration),
        ("subtract_int64", .int, .int, .int),
        ("subtract_timestamp_duration", .timestamp, .duration, .timestamp),
        ("subtract_timestamp_timestamp", .timestamp, .timestamp, .duration),
        ("subtract_uint64", .uint, .uint, .uint),
      ]),
    binary(
      Operator.multiply,
      [
        ("multiply_double", .double, .double, .double), ("multiply_int64", .int, .int, .int),
        ("multiply_uint64", .uint, .uint, .uint),
      ]),
    binary(
      Operator.divide,
      [
        ("divide_double", .double, .double, .double), ("divide_int64", .int, .int, .int),
        ("divide_uint64", .uint, .uint, .uint),
      ]),
    binary(
      Operator.modulo, [("modulo_int64", .int, .int, .int), ("modulo_uint64", .uint, .uint, .uint)]),
    FunctionDeclaration(
      Operator.negate,
      [
        .global("negate_double", [.double], .double, .unary(Arithmetic.negate)),
        .global("negate_int64", [.int], .int, .unary(Arithmetic.negate)),
      ]),
  ]

  /// The comparisons: of each type with itself and of numbers with each other.
  private static let relations: [FunctionDeclaration] = [
    (Operator.less, "less"), (Operator.lessOrEqual, "less_equals"), (Operator.greater, "greater"),
    (Operator.greaterOrEqual, "greater_equals"),
  ].map { name, prefix in
    let numbers: [(String, CELType)] = [("int64", .int), ("uint64", .uint), ("double", .double)]
    var overloads: [(id: String, CELType, CELType, CELType)] = [("\(prefix)_bool", .bool, .bool, .bool)]
    for (left, leftType) in numbers {
      for (right, rightType) in numbers {
        let suffix = left == right ? left : "\(left)_\(right)"
        overloads.append(("\(prefix)_\(suffix)", leftType, rightType, .bool))
      }
    }
    let others: [(String, CELType)] = [
      ("string", .string), ("bytes", .bytes), ("timestamp", .timestamp), ("duration", .duration),
    ]
    overloads += others.map { ("\(prefix)_\($0.0)", $0.1, $0.1, .bool) }
    return binary(name, overloads)
  }

  private static let collections: [FunctionDeclaration] = [
    binary(Operator.in, [("in_list", a, listOfA, .bool), ("in_map", a, mapOfAB, .bool)]),
    FunctionDeclaration(
      "size",
      [("bytes", CELType.bytes), ("list", listOfA), ("map", mapOfAB), ("string", .string)]
        .flatMap { name, type -> [Overload] in
          [
            .global("size_\(name)", [type], .int, .unary(size)),
            .member("\(name)_size", [type], .int, .unary(size)),
          ]
        }),
    FunctionDeclaration(
      "cel.@mapInsert",
      [
        .global("@mapInsert_map_key_value", [mapOfAB, a, b], mapOfAB, .variadic(Self.unplanned)),
        .global("@mapInsert_map_map", [mapOfAB, mapOfAB], mapOfAB, .variadic(Self.unplanned)),
      ]),
  ]

  @Sendable
  private static func size(_ value: CELValue) throws(CELError) -> CELValue {
    guard let size = value.size else { throw .noSuchOverload("size", [value]) }
    return .int(Int64(clamping: size))
  }

  private static func conversion(
    _ name: String, _ result: CELType, _ from: [(id: String, CELType)],
    _ run: @escaping @Sendable (CELValue) throws(CELError) -> CELValue
  ) -> FunctionDeclaration {
    FunctionDeclaration(name, from.map { .global($0.id, [$0.1], result, .unary(run)) })
  }

  private static let conversionFunctions: [FunctionDeclaration] = [
    conversion("bool", .bool, [("bool_to_bool", .bool), ("string_to_bool", .string)], Conversions.bool),
    conversion(
      "bytes", .bytes, [("bytes_to_bytes", .bytes), ("string_to_bytes", .string)], Conversions.bytes),
    conversion(
      "double", .double,
      [
        ("double_to_double", .double), ("int64_to_double", .int), ("string_to_double", .string),
        ("uint64_to_double", .uint),
      ], Conversions.double),
    conversion(
      "duration", .duration,
      [
        ("duration_to_duration", .duration), ("int64_to_duration", .int), ("string_to_duration", .string),
      ], Conversions.duration),
    conversion("dyn", .dyn, [("to_dyn", a)]) { $0 },
    conversion(
      "int", .int,
      [
        ("int64_to_int64", .int), ("double_to_int64", .double), ("duration_to_int64", .duration),
        ("string_to_int64", .string), ("timestamp_to_int64", .timestamp), ("uint64_to_int64", .uint),
      ], Conversions.int),
    conversion(
      "string", .string,
      [
        ("string_to_string", .string), ("bool_to_string", .bool), ("bytes_to_string", .bytes),
        ("double_to_string", .double), ("duration_to_string", .duration), ("int64_to_string", .int),
        ("timestamp_to_string", .timestamp), ("uint64_to_string", .uint),
      ], Conversions.string),
    conversion(
      "timestamp", .timestamp,
      [
        ("timestamp_to_timestamp", .timestamp), ("int64_to_timestamp", .int),
        ("string_to_timestamp", .string),
      ], Conversions.timestamp),
    conversion(
      "uint", .uint,
      [
        ("uint64_to_uint64", .uint), ("double_to_uint64", .double), ("int64_to_uint64", .int),
        ("string_to_uint64", .string),
      ], Conversions.uint),
    conversion("type", .type(a), [("type", a)]) { .type($0.type) },
  ]

  private static let strings: [FunctionDeclaration] = [
    FunctionDeclaration(
      "contains", [.member("contains_string", [.string, .string], .bool, .binary(text { $0.contains($1) }))]),
    FunctionDeclaration(
      "startsWith",
      [.member("starts_with_string", [.string, .string], .bool, .binary(text { $0.starts(with: $1) }))]),
    FunctionDeclaration(
      "endsWith",
      [
        .member(
          "ends_with_string", [.string, .string], .bool,
          .binary(text { $0.count >= $1.count && $0.suffix($1.count).elementsEqual($1) }))
      ]),
    FunctionDeclaration(
      "matches",
      [
        .global("matches", [.string, .string], .bool, .binary(matches)),
        .member("matches_string", [.string, .string], .bool, .binary(matches)),
      ]),
  ]

  /// A test of two texts by their bytes.
  private static func text(
    _ test: @escaping @Sendable (String.UTF8View, String.UTF8View) -> Bool
  ) -> @Sendable (CELValue, CELValue) throws(CELError) -> CELValue {
    { (a: CELValue, b: CELValue) throws(CELError) -> CELValue in
      guard case .string(let a) = a, case .string(let b) = b else { throw .noSuchOverload }
      return .bool(test(a.utf8, b.utf8))
    }
  }

  @Sendable
  private static func matches(_ a: CELValue, _ b: CELValue) throws(CELError) -> CELValue {
    guard case .string(let text) = a, case .string(let pattern) = b else { throw .noSuchOverload }
    return .bool(try RegularExpressionPattern.compile(pattern).matches(text))
  }
}

extension String.UTF8View {
  /// Whether the bytes of the other come somewhere in these.
  func contains(_ other: String.UTF8View) -> Bool {
    ByteSearch.first(of: Array(other), in: Array(self)) != nil
  }
}

extension Library {
  /// The language itself: operators, conversions, strings, times and the macros of one variable.
  public static let standard = Library(
    functions: StandardLibrary.functions, macros: Macro.standard,
    constants: [
      .type("bool", .bool), .type("bytes", .bytes), .type("double", .double), .type("int", .int),
      .type("list", .list(.dyn)), .type("map", .map(.dyn, .dyn)), .type("null_type", .null),
      .type("string", .string), .type("type", .type(nil)), .type("uint", .uint),
      .type("google.protobuf.Timestamp", .timestamp), .type("google.protobuf.Duration", .duration),
      .type("dyn", .dyn),
    ])

  /// The macros over an index or key and a value: `all`, `exists`, `existsOne`, `transformList`,
  /// `transformMap`, `transformMapEntry`.
  public static let twoVariableComprehensions = Library(macros: Macro.twoVariables)
}
