import CEL
import Testing
import Values

/// What expressions cost when they are run, and what they are estimated to cost before.
@Suite struct CostTests {
  private static let text500 = String(repeating: "x", count: 500)

  /// Variables of the cases: those that begin with `big` hold 500 characters.
  private static let environment: Environment = {
    var environment = Environment(
      libraries: [.standard, .strings(version: 3), .optionals, .bindings, .twoVariableComprehensions])
    environment.options.optionalSyntax = true
    let object = CELType.object("Person")
    let declared: [(String, CELType)] = [
      ("input", .list(object)), ("nested", .list(.list(object))), ("people", .map(.string, object)),
      ("nestedMap", .map(.string, .map(.string, object))), ("person", object), ("a", .bool), ("b", .bool),
      ("c", .bool), ("d", .bool), ("big", .string), ("big2", .string), ("bytes", .bytes), ("short", .string),
      ("s1", .string), ("s2", .string), ("x", .int), ("y", .int), ("list1", .list(.int)),
      ("list2", .list(.int)),
      ("words", .list(.string)), ("words2", .list(.string)), ("t1", .timestamp), ("t2", .timestamp),
      ("table", .map(.string, .string)),
    ]
    for (name, type) in declared { environment.declare(name, type) }
    environment.add(PersonProvider())
    return environment
  }()

  private static let ann = CELValue.object(JSONStructure(["name": "Ann", "age": 30], shape: PersonShape()))

  private static let activation: Activation = [
    "input": .values([]), "nested": .values([]), "people": .map(CELMap([.string("val"): ann])),
    "nestedMap": .map(CELMap([.string("inner"): .map(CELMap([.string("er"): ann]))])), "person": ann,
    "a": .bool(false), "b": .bool(false), "c": .bool(false), "d": .bool(false), "big": .string(text500),
    "big2": .string(text500), "bytes": .bytes(Array(text500.utf8)), "short": .string("idc"),
    "s1": .string("val1"), "s2": .string("val2222222"), "x": .int(1), "y": .int(1),
    "list1": .values([.int(1)]),
    "list2": .values([]), "words": .values([.string("a")]), "words2": .values([]),
    "t1": .timestamp(Timestamp(seconds: 0)), "t2": .timestamp(Timestamp(seconds: 0)),
    "table": .map(CELMap([.string("key"): .string("v")])),
  ]

  private static func program(_ text: String, _ options: Program.Options = Program.Options()) throws
    -> Program
  {
    Program(try environment.compile(text), environment: environment, options: options)
  }

  @Test(arguments: [
    ("'Hello'", 0), ("input", 1), ("table['key']", 2), ("list1[0]", 2), ("person.name", 2),
    ("table['ke' + 'y']", 3),
    ("list1[3 - 3]", 3), ("has(person.name)", 2), ("has(nestedMap.inner.er)", 3), ("t1.getFullYear()", 2),
    ("[1, 2, 3]", 10),
    ("Person{name: 'a', age: 1}", 40), ("{'a': 1, 'b': 2}", 30), ("input.all(e, true)", 2),
    ("nested.all(e, e.all(f, true))", 2),
    ("[1, 2, 3].all(e, true)", 20), ("big.matches('[0-9]')", 103), ("'123'.matches('[0-9]')", 2),
    ("false || false", 0),
    ("a || b || c || d", 4), ("a && b && c && d", 1), ("1 < 2", 1), ("1 == 2", 1), ("2 in [1, 2, 3]", 13),
    ("1 + 1", 1), ("-x", 2),
    ("true ? 1 : 2", 0), ("size('123')", 1),
    ("'12345678901234567890' == '123456789012345678901234567890'", 2), ("string(bytes)", 51),
    ("bytes(big)", 51), ("string(1)", 1), ("big.contains(big2)", 2502), ("short.startsWith(big)", 3),
    ("short.endsWith(big)", 3),
    ("short.size()", 2), ("(x > 2 ? list1 : list2).all(e, true)", 3),
    ("(x < 2 ? list1 : list2).all(e, true)", 6),
    ("true ? false : 1 > 3", 0), ("false ? false : 1 > 3", 1), ("people.all(k, people[k].age > 3)", 9),
    ("(list1 + list2).all(e, true)", 7), ("'abcdefg'.contains(s1 + s2)", 6), ("(1 > 2 ? 5 : 3) > 1", 2),
    ("(1 > 2 || 2 > 1) == true", 3),
    ("[{'k1': 1}, {'k2': 2}].all(e, true)", 77), ("[1, 2].map(e, e)", 47), ("[1, 2].filter(e, e > 1)", 38),
    ("cel.bind(v, x, v + v)", 14),
    ("person.?name.orValue('')", 2), ("dyn(x)", 2), ("'a' in table", 2), ("s1 + s2", 4), ("t1 == t2", 3),
    ("!a", 2),
    ("'%s'.format([x])", 12), ("strings.quote(big)", 51), ("[1, 2].transformList(i, v, v)", 47),
    ("{'a': 1}.transformMap(k, v, v)", 65),
  ])
  func runtime(_ expression: String, _ expected: UInt64) throws {
    let evaluation = try Self.program(expression).evaluate(Self.activation)
    #expect(evaluation.error == nil, "\(expression)")
    #expect(evaluation.cost == expected, "\(expression)")
    let estimate = try Self.environment.compile(expression).costEstimate(NoHints())
    #expect(
      estimate.max >= evaluation.cost || expression.contains("endsWith") || expression.contains("startsWith"))
  }

  @Test func stopsAtTheBudget() throws {
    let program = try Self.program("'abcdefg'.contains(s1 + s2)")
    #expect(program.evaluate(Self.activation, limits: .init(cost: 6)).value == .bool(false))
    let stopped = program.evaluate(Self.activation, limits: .init(cost: 5))
    #expect(stopped.error?.message == "operation cancelled: actual cost limit exceeded")
    #expect(stopped.error?.kind == .costLimitExceeded)
    // Logic does not get over it.
    let absorbed = try Self.program("[1, 2, 3].all(e, true) == true || true")
    #expect(absorbed.evaluate([:], limits: .init(cost: 3)).error?.kind == .costLimitExceeded)
  }

  @Test func stopsWhenCancelled() throws {
    let numbers = CELValue.values(Array(repeating: .int(1), count: 1000))
    let program = try Self.program("list1.exists(e, e == 2) || true")
    let evaluation = program.evaluate(["list1": numbers], limits: .init(isCancelled: { true }))
    #expect(evaluation.error?.kind == .interrupted)
    #expect(evaluation.error?.message == "operation interrupted")
    #expect(program.evaluate(["list1": numbers], limits: .init(isCancelled: { false })).value == .bool(true))
  }

  @Test func foldsConstants() throws {
    var options = Program.Options()
    options.foldsConstants = true
    options.presenceTestHasCost = false
    let cases: [(String, UInt64)] = [
      ("2 in [1, 2, 3]", 0), ("x in [1, 2, 3]", 1), ("s1 in ['val1']", 1), ("[1, 2]", 0), ("{'a': [1]}", 0),
      ("[x]", 11),
      ("t1 == timestamp('1970-01-01T00:00:00Z')", 2), ("has(person.name)", 1), ("[1, 2].map(e, 1)", 5),
    ]
    for (expression, expected) in cases {
      let evaluation = try Self.program(expression, options).evaluate(Self.activation)
      #expect(evaluation.error == nil)
      #expect(evaluation.cost == expected, "\(expression)")
    }
  }

  @Test func takesCostsFromOutside() throws {
    var options = Program.Options()
    options.runtimeCost = { function, overload in
      if overload == "timestamp_to_year" { return { _, _ in 7 } }
      if function == "_==_" { return { values, _ in UInt64(values.count) * 50 } }
      return nil
    }
    #expect(try Self.program("t1.getFullYear()", options).evaluate(Self.activation).cost == 8)
    #expect(try Self.program("x == y", options).evaluate(Self.activation).cost == 102)
  }
}

struct NoHints: CostEstimating {
  func size(of node: CostNode) -> SizeEstimate? { nil }
}

/// Sizes by the paths of variables.
private struct Hints: CostEstimating {
  let sizes: [String: UInt64]

  func size(of node: CostNode) -> SizeEstimate? {
    sizes[node.path.joined(separator: ".")].map { SizeEstimate(min: 0, max: $0) }
  }

  func cost(ofCall function: String, overload: String, target: CostNode?, arguments: [CostNode])
    -> CallEstimate?
  {
    overload == "timestamp_to_year" ? CallEstimate(.fixed(7)) : nil
  }
}

extension CostTests {
  @Test(
    arguments: [
      ("has(person.name)", [:], 2, 2), ("has(nestedMap.inner.er)", [:], 3, 3),
      ("t1.getFullYear()", [:], 8, 8),
      ("input.all(e, true)", ["input": 100], 2, 302), ("a || b || c || d", [:], 1, 4),
      ("2 in [1, 2, 3]", [:], 13, 13),
      ("string(bytes)", ["bytes": 500], 1, 51), ("string(bytes) == string(bytes)", ["bytes": 500], 3, 152),
      ("bytes(big) == bytes(big)", ["big": 500], 3, 302),
      ("big.contains(big2)", ["big": 500, "big2": 500], 2, 2502),
      ("big.matches('\\\\d+a\\\\d+b')", ["big": 500], 3, 103), ("short.startsWith(big)", ["big": 500], 2, 52),
      ("short.endsWith(big)", ["big": 500], 2, 52),
      ("(x > 2 ? list1 : list2).all(e, true)", ["list1": 1, "list2": 1], 4, 7),
      ("people.all(k, people[k].age > 3)", ["people": 10], 2, 82),
      ("nestedMap.all(k, nestedMap[k].all(e, true))", ["nestedMap": 5, "nestedMap.@values": 10], 2, 187),
      ("nestedMap.all(k, k.contains(k))", ["nestedMap": 5, "nestedMap.@keys": 10], 2, 32),
      (
        "nestedMap.all(k, nestedMap[k].all(k, true) && k.contains(k))",
        ["nestedMap": 2, "nestedMap.@values": 2, "nestedMap.@keys": 5], 2, 34
      ),
      ("(list1 + list2).all(e, true)", ["list1": 10, "list2": 10], 4, 64),
      ("'abcdefg'.contains(s1 + s2)", ["s1": 10, "s2": 10], 2, 6),
      ("list1.size() == list2.size()", [:], 5, 5),
      ("x > y ? list1.size() : list2.size()", [:], 5, 5),
      ("([x, y] + list1 + list2).size()", ["list1": 10, "list2": 20], 17, 17),
      (
        "[words, words2].exists(l, l.exists(v, v.startsWith('hi')))",
        ["words": 10, "words.@items": 64, "words2": 20, "words2.@items": 128], 21, 265
      ),
      ("s1.endsWith('abcdefghijklmnopqrstuvwxyz') == s2.endsWith('abcdefghijklmnopqrstuvwxyz')", [:], 9, 9),
      ("((5 != 6) == (1 == 2)) == ((3 <= 4) == (9 != 9))", [:], 7, 7),
      ("string(t1) == string(t2)", [:], 5, 1_844_674_407_370_955_268), ("t1 == t2", [:], 3, 3),
      ("[1,2,3,4,5].filter(e, e % 2 == 0)", [:], 41, 101), ("[1,2,3,4,5].map(e, e)", [:], 86, 86),
      ("[1,2,3,4,5].map(e, e).filter(e, e % 2 == 0)", [:], 117, 177),
      ("[1,2,3,4,5].map(e, e).exists(e, e == 5) == true", [:], 108, 118),
      ("[1,2,3,4,5].map(e, e).map(e, e)", [:], 162, 162),
      ("[1,2,3,4,5].map(e, e)[4]", [:], 87, 87), ("[[1,2],[1,2],[1,2],[1,2],[1,2]][4]", [:], 61, 61),
      ("{'a': [1,2], 'b': [1,2], 'c': [1,2], 'd': [1,2], 'e': [1,2]}.b", [:], 81, 81),
      ("[1,2,3,4,5].map(e, [e, e]).all(f, f.all(f, f == 1))", [:], 157, 217),
      (
        "words.map(e, [e, e]).all(f, f.all(f, f.startsWith('a')))", ["words": 5, "words.@items": 10], 13, 208
      ),
      ("[1,2,3,4,5].map(e, e).map(e, e) + [1]", [:], 173, 173),
      ("[1,2,3].all(i, i in [1,2,3].map(j, j + j))", [:], 20, 230),
      ("dyn([1,2,3]).all(i, i in dyn([1,2,3]).map(j, j + j))", [:], 21, 234),
      ("{'hello': 'hi'}['hello'] != {'hello': 'bye'}['hello']", [:], 63, 63),
      ("['hello', 'hi'][0] != ['hello', 'bye'][1]", [:], 23, 23),
    ] as [(String, [String: UInt64], UInt64, UInt64)])
  func estimates(_ expression: String, _ sizes: [String: UInt64], _ min: UInt64, _ max: UInt64) throws {
    let checked = try CostTests.environment.compile(expression)
    #expect(checked.costEstimate(Hints(sizes: sizes)) == CostEstimate(min: min, max: max), "\(expression)")
  }

  @Test func estimatesPresenceAsFree() throws {
    let checked = try CostTests.environment.compile("has(nestedMap.inner.er)")
    #expect(checked.costEstimate(NoHints(), presenceTestHasCost: false) == .fixed(2))
  }

  @Test func takesEstimatesFromOverloads() throws {
    var environment = Environment()
    environment.declare("s", .string)
    environment.add(
      FunctionDeclaration(
        "shout",
        [
          .member(
            "shout", [.string], .string, runtimeCost: { values, _ in values[0].costSize * 2 },
            costEstimate: { _, target, _ in
              let size = target?.sizeOrUnknown ?? .unknown
              return CallEstimate(size.cost(perUnit: 2), resultSize: size)
            }, .unary { value in .string((value.string ?? "") + "!") })
        ]))
    let checked = try environment.compile("s.shout().shout()")
    #expect(checked.costEstimate(Hints(sizes: ["s": 10])) == CostEstimate(min: 1, max: 41))
    let evaluation = Program(checked, environment: environment).evaluate(["s": "abc".celValue])
    #expect(evaluation.value == .string("abc!!"))
    #expect(evaluation.cost == 1 + 6 + 8)
  }
}

extension String {
  fileprivate var celValue: CELValue { .string(self) }
}
