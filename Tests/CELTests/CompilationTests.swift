import CEL
import Testing

/// What is said of expressions that can't be read or do not check.
@Suite struct CompilationTests {
  private static let operandStart =
    "'-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

  @Test(arguments: [
    ("1 +", ["1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', \(operandStart)"]),
    ("", ["1:1: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', \(operandStart)"]),
    (
      "*@a | b",
      [
        "1:1: Syntax error: extraneous input '*' expecting {'[', '{', '(', '.', \(operandStart)",
        "1:2: Syntax error: token recognition error at: '@'",
        "1:5: Syntax error: token recognition error at: '| '",
        "1:7: Syntax error: extraneous input 'b' expecting <EOF>",
      ]
    ),
    ("x =", ["1:3: Syntax error: token recognition error at: '='"]),
    (
      "x = 1",
      [
        "1:3: Syntax error: token recognition error at: '= '",
        "1:5: Syntax error: extraneous input '1' expecting <EOF>",
      ]
    ),
    ("x.", ["1:3: Syntax error: no viable alternative at input '.'"]),
    ("(x", ["1:3: Syntax error: missing ')' at '<EOF>'"]),
    ("size(x", ["1:7: Syntax error: missing ')' at '<EOF>'"]),
    ("[1, 2", ["1:6: Syntax error: mismatched input '<EOF>' expecting {']', ','}"]),
    ("a ? 1", ["1:6: Syntax error: mismatched input '<EOF>' expecting ':'"]),
    ("1 2 3", ["1:3: Syntax error: mismatched input '2' expecting <EOF>"]),
    (
      "t{>C}",
      [
        "1:3: Syntax error: extraneous input '>' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}",
        "1:5: Syntax error: mismatched input '}' expecting ':'",
      ]
    ),
    (
      "'a\nb'",
      [
        "1:1: Syntax error: token recognition error at: ''a\\n'",
        "2:2: Syntax error: token recognition error at: '''", "2:1: …",
      ]
    ),
    ("var", ["1:1: reserved identifier: var"]),
    ("9223372036854775808", ["1:1: invalid int literal"]),
    ("18446744073709551616u", ["1:1: invalid uint literal"]),
    ("1e999", ["1:1: invalid double literal"]),
    ("[1].map(1, x)", ["1:9: argument must be a simple name"]),
    ("[1].all(e, e, true)", ["1:12: duplicate variable name: e"]),
    ("has(x)", ["1:5: invalid argument to has() macro"]),
    ("cel.bind(1, 2, 3)", ["1:10: cel.bind() variable names must be simple identifiers"]),
  ])
  func syntax(_ expression: String, _ expected: [String]) {
    let found = issues(expression)
    // A text that goes on over a line end is a matter of the lexer's recovery: only its first error counts.
    if expected.last == "2:1: …" {
      #expect(found.first == expected.first)
    } else {
      #expect(found == expected, "\(expression)")
    }
  }

  @Test(arguments: [
    ("nothing", "1:1: undeclared reference to 'nothing' (in container '')"),
    ("nothing(1)", "1:8: undeclared reference to 'nothing' (in container '')"),
    ("x.nothing()", "1:10: undeclared reference to 'nothing' (in container '')"),
    ("1 + 'a'", "1:3: found no matching overload for '_+_' applied to '(int, string)'"),
    ("!1", "1:1: found no matching overload for '!_' applied to '(int)'"),
    ("'a'.startsWith(1)", "1:15: found no matching overload for 'startsWith' applied to 'string.(int)'"),
    ("size(1)", "1:5: found no matching overload for 'size' applied to '(int)'"),
    ("1 == 'a'", "1:3: found no matching overload for '_==_' applied to '(int, string)'"),
    ("1 in ['a']", "1:3: found no matching overload for '@in' applied to '(int, list(string))'"),
    ("list['a']", "1:5: found no matching overload for '_[_]' applied to '(list(int), string)'"),
    ("x && a", "1:1: expected type 'bool' but found 'int'"),
    ("a ? 1 : 'a'", "1:3: found no matching overload for '_?_:_' applied to '(bool, int, string)'"),
    ("x.y", "1:2: type 'int' does not support field selection"),
    ("person.height", "1:7: undefined field 'height'"),
    ("has(person.height)", "1:4: undefined field 'height'"),
    ("Person{height: 1}", "1:14: undefined field 'height'"),
    ("Person{name: 1}", "1:12: expected type of field 'name' is 'string' but provided type is 'int'"),
    ("Nobody{name: 1}", "1:7: undeclared reference to 'Nobody' (in container '')"),
    ("int{a: 1}", "1:4: 'int' is not a message type"),
    (
      "x.all(e, true)",
      "1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"
    ),
    ("list.all(e, e)", "1:13: expected type 'bool' but found 'int'"),
    ("[?1]", "1:3: expected type 'optional_type(int)' but found 'int'"),
    ("t + t", "1:3: found no matching overload for '_+_' applied to '(timestamp, timestamp)'"),
    ("-u", "1:1: found no matching overload for '-_' applied to '(uint)'"),
    ("null + 1", "1:6: found no matching overload for '_+_' applied to '(null, int)'"),
    ("type(1) + 1", "1:9: found no matching overload for '_+_' applied to '(type(int), int)'"),
  ])
  func types(_ expression: String, _ expected: String) {
    #expect(issues(expression) == [expected], "\(expression)")
  }

  @Test(arguments: [
    ("1", "int"), ("[]", "list(dyn)"), ("[1, 2]", "list(int)"), ("[1, 'a']", "list(dyn)"),
    ("[[], [1]]", "list(list(int))"),
    ("{}", "map(dyn, dyn)"), ("{'a': [1u]}", "map(string, list(uint))"),
    ("person.friend.tags", "list(string)"),
    ("list.map(e, string(e))", "list(string)"), ("map.map(k, map[k])", "list(int)"),
    ("x > 1 ? 'a' : 'b'", "string"),
    ("any.b.c", "dyn"), ("any + 1", "int"), ("type(1)", "type(int)"),
    ("optional.of(1)", "optional_type(int)"),
    ("person.?friend.name", "optional_type(string)"), ("optional.none().orValue(1)", "int"),
    ("list == [] ? list : []", "list(int)"),
    ("a ? t : null", "timestamp"), ("words.transformMap(i, v, v)", "map(int, string)"),
    ("json.tags.filter(e, e == 'p')", "list(dyn)"),
    ("cel.bind(v, [1], v)", "list(int)"), ("maybe.optMap(v, string(v))", "optional_type(string)"),
  ])
  func resultTypes(_ expression: String, _ expected: String) throws {
    #expect(try environment.compile(expression).type.description == expected)
  }

  @Test func showsTheLine() {
    let error = #expect(throws: CompilationError.self) { try environment.compile("1 +\n\té + nothing == 1") }
    #expect(
      error?.description == """
        ERROR: <input>:2:2: Syntax error: token recognition error at: 'é'
         |  é + nothing == 1
         | .＾
        ERROR: <input>:2:4: Syntax error: extraneous input '+' expecting {'[', '{', '(', '.', '-', '!', 'true', \
        'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
         |  é + nothing == 1
         | .．.^
        """)
  }

  @Test func boundsTheSyntax() {
    var small = environment
    small.options.sizeLimit = 10
    #expect(
      issues("1 + 1 + 1 + 1", in: small) == [
        "-1:0: expression code point size exceeds limit: size: 13, limit 10"
      ])
    let deep = ["-1:0: expression recursion limit exceeded: 250"]
    #expect(issues(String(repeating: "(", count: 300) + "1" + String(repeating: ")", count: 300)) == deep)
    #expect(issues(String(repeating: "[", count: 10_000)) == deep)
    #expect(issues("1" + String(repeating: " + 1", count: 300)) == deep)
    #expect(issues("json" + String(repeating: ".a", count: 300)) == deep)
    #expect(issues("a" + String(repeating: " && a", count: 3000)) == [])
    #expect(issues(String(repeating: "!", count: 5001) + "a") == [])
  }

  @Test func leavesOptionalSyntaxOut() {
    let plain = Environment()
    #expect(issues("{'a': 1}.?a", in: plain) == ["1:9: unsupported syntax '.?'"])
    #expect(issues("[1][?0]", in: plain) == ["1:4: unsupported syntax '[?'"])
    #expect(issues("[?1]", in: plain) == ["1:2: unsupported syntax '?'"])
  }

  @Test func demandsHomogeneousLiterals() {
    var strict = environment
    strict.options.homogeneousLiterals = true
    #expect(issues("[1, 'a']", in: strict) == ["1:5: expected type 'int' but found 'string'"])
    #expect(issues("{'a': 1, 'b': 'c'}", in: strict) == ["1:15: expected type 'int' but found 'string'"])
    #expect(issues("[1, dyn('a')]", in: strict) == [])
  }

  @Test func validatesLiterals() {
    var strict = environment
    strict.options.validators = [.durations, .timestamps, .regularExpressions, .homogeneousLiterals]
    #expect(issues("duration('1x')", in: strict) == ["1:10: invalid duration argument"])
    #expect(issues("timestamp('1x')", in: strict) == ["1:11: invalid timestamp argument"])
    #expect(issues("'a'.matches('(')", in: strict) == ["1:13: invalid matches argument"])
    #expect(issues("[1, 'a']", in: strict) == ["1:5: expected type 'int' but found 'string'"])
    #expect(issues("{1: 2, 'a': 'b'}", in: strict).count == 2)
    #expect(issues("'%s %s %s'.format([1, 'a', [1, 'b']])", in: strict) == [])
    #expect(issues("duration('1h') > duration(s) && 'a'.matches('b')", in: strict) == [])
  }

  @Test func resolvesNamesInContainers() throws {
    var environment = Environment()
    environment.options.container = "com.example"
    environment.declare("com.example.limit", .int)
    environment.declare("limit", .string)
    #expect(try environment.compile("limit").type == .int)
    #expect(try environment.compile(".limit").type == .string)
    #expect(try environment.compile("com.example.limit").type == .int)
    #expect(
      issues("nothing", in: environment) == [
        "1:1: undeclared reference to 'nothing' (in container 'com.example')"
      ])
  }

  @Test func tellsVariables() throws {
    let checked = try environment.compile("list.all(e, e > x) && words.exists(x, x == s) && type(y) == int")
    #expect(checked.variables == ["list", "x", "words", "s", "y"])
  }
}
