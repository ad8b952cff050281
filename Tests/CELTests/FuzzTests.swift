import CEL
import Glibc
import Testing
import Values

/// Random expressions: none may trap, hang or spend more than its budget.
@Suite struct FuzzTests {
  /// A generator with a seed, so that a failure can be had again.
  struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let leaves = [
    "1", "0", "-1", "9223372036854775807", "2u", "18446744073709551615u", "1.5", "0.0", "1e308", "'a'", "''",
    "'é%s'", "b'\\xff'",
    "true", "false", "null", "x", "y", "u", "f", "s", "data", "t", "span", "list", "words", "map", "any",
    "json", "person", "maybe",
    "unset", "[]", "{}", "e", "int", "json.tags", "json.deep", "optional.none()",
    "timestamp('0001-01-01T00:00:00Z')",
    "duration('2562047h')", "'(a|b)*c'",
  ]
  private static let binary = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "in"]
  private static let members = [
    "size()", "startsWith(#)", "contains(#)", "matches(#)", "charAt(#)", "substring(#, #)", "replace(#, #)",
    "split(#, #)", "join(#)",
    "indexOf(#, #)", "lastIndexOf(#, #)", "format([#, #])", "getHours()", "getHours(#)",
    "getFullYear('Europe/Paris')", "map(e, #)", "all(e, #)",
    "exists(e, #)", "filter(e, #)", "exists_one(e, #)", "transformList(e, e2, #)", "transformMap(e, e2, #)",
    "orValue(#)", "optMap(e, #)",
    "hasValue()", "value()", "name", "?deep", "first()", "trim()", "reverse()", "upperAscii()",
    "slice(#, #)", "flatten()", "flatten(#)", "sort()", "sortBy(e, #)", "distinct()",
  ]
  private static let calls = [
    "size(#)", "int(#)", "uint(#)", "double(#)", "string(#)", "bytes(#)", "bool(#)", "dyn(#)", "type(#)",
    "timestamp(#)", "duration(#)", "has(#.a)",
    "optional.of(#)", "cel.bind(e, #, #)", "[#, #]", "{#: #}", "(# ? # : #)", "!#", "-#", "#[#]", "#[?#]",
    "strings.quote(#)", "Person{name: #}",
    "[?#]", "dyn(#)", "lists.range(#)", "'%s and %d of %.3f'.format([#, #, #])",
  ]

  private static func expression(_ depth: Int, _ random: inout Random) -> String {
    if depth == 0 || Int.random(in: 0..<6, using: &random) == 0 {
      return leaves.randomElement(using: &random) ?? "1"
    }
    let part = { (random: inout Random) in expression(depth - 1, &random) }
    switch Int.random(in: 0..<3, using: &random) {
    case 0:
      let operation = binary.randomElement(using: &random) ?? "+"
      return "(\(part(&random)) \(operation) \(part(&random)))"
    case 1:
      let member = members.randomElement(using: &random) ?? "size()"
      return "\(part(&random)).\(fill(member, depth, &random))"
    default: return fill(calls.randomElement(using: &random) ?? "[#]", depth, &random)
    }
  }

  private static func fill(_ pattern: String, _ depth: Int, _ random: inout Random) -> String {
    var out = ""
    for character in pattern {
      // Half of what is put in is of any type, so that more of it passes the checker.
      let wrap = Bool.random(using: &random)
      if character == "#" {
        let inner = expression(depth - 1, &random)
        out += wrap && !pattern.hasPrefix("has") ? "dyn(\(inner))" : inner
      } else {
        out.append(character)
      }
    }
    return out
  }

  private static let budget: UInt64 = 5_000

  /// How many times as long as usual: from the environment, for a night's run.
  private static let rounds = getenv("CEL_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 1

  /// With the checks of what is known before an expression is run.
  private static let strict: Environment = {
    var strict = environment
    strict.options.validators = [
      .durations, .timestamps, .regularExpressions, .homogeneousLiterals, .formats,
    ]
    return strict
  }()

  /// - Returns: whether it compiled.
  private func run(_ text: String) -> Bool {
    // Whatever they find, only what they let through is held to be right.
    _ = try? Self.strict.compile(text)
    guard let checked = try? environment.compile(text) else { return false }
    let estimate = checked.costEstimate(NoHints())
    #expect(estimate.min <= estimate.max, "\(text)")
    for folds in [false, true] {
      var options = Program.Options()
      options.foldsConstants = folds
      let evaluation = Program(checked, environment: environment, options: options)
        .evaluate(activation, limits: .init(cost: Self.budget))
      if evaluation.cost > Self.budget { #expect(evaluation.error?.kind == .costLimitExceeded, "\(text)") }
    }
    return true
  }

  @Test(arguments: 0..<8)
  func wellFormed(_ seed: UInt64) {
    var random = Random(state: seed)
    var compiled = 0
    for _ in 0..<(400 * Self.rounds) where run(Self.expression(4, &random)) { compiled += 1 }
    // Else nothing but the parser would have been tried.
    #expect(compiled > 20)
  }

  @Test(arguments: 0..<4)
  func damaged(_ seed: UInt64) {
    var random = Random(state: seed &+ 1000)
    let noise = Array("()[]{}.,:?!-+*/%<>=&|'\"`\\ \n\tabr01uxeE_é\u{1F600}\u{0}".unicodeScalars)
    for _ in 0..<(700 * Self.rounds) {
      var scalars = Array(Self.expression(3, &random).unicodeScalars)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0...scalars.count, using: &random)
        if Bool.random(using: &random), at < scalars.count {
          scalars.remove(at: at)
        } else if let scalar = noise.randomElement(using: &random) {
          scalars.insert(scalar, at: at)
        }
      }
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      _ = run(String(text))
    }
  }

  /// Small expressions whose values are huge: each holds the one before it many times over.
  @Test(arguments: [
    "#.size() > 0", "# == [#, #][1]", "# in [#]", "'%s'.format([#]) == ''", "(# + #).size() > 0",
    "optional.of(#) != optional.of(#)", "[#].flatten(100).size() > 0", "[#, #].distinct().size() > 0",
  ])
  func expandingValues(_ use: String) {
    for (seed, grow) in [
      ("[1, 2]", "[v, v]"), ("[1, 2]", "v + v"), ("{1: 2}", "{1: v, 2: v}"), ("'ab'", "v + v"),
      ("b'ab'", "v + v"),
    ] {
      let maps = String(repeating: ".map(v, \(grow))", count: 40)
      let value = "[\(seed)]\(maps)[0]"
      guard
        let checked = try? environment.compile(
          use.split(separator: "#", omittingEmptySubsequences: false).joined(separator: value))
      else { continue }
      let evaluation = Program(checked, environment: environment).evaluate(
        [:], limits: .init(cost: 1_000_000))
      #expect(evaluation.cost < 2_000_000 || evaluation.error?.kind == .costLimitExceeded)
    }
  }
}
