import CEL
import Glibc
import Testing
import Values

/// How long compiling and running take, for people to read: nothing is asserted of the time. Run it with
/// `CEL_BENCHMARK=1 swift test -c release --filter CELTests.Benchmark`.
@Suite(.enabled(if: getenv("CEL_BENCHMARK") != nil))
struct Benchmark {
  /// Ten clauses as rules of custom resources have them.
  private static let rule = """
    self.replicas >= 1 && self.replicas <= 10 && self.name.startsWith('web')
      && self.image.matches('^[a-z]+/[a-z]+:[0-9.]+$') && size(self.tags) < 5 && self.tags.all(t, t != '')
      && has(self.strategy) && self.strategy in ['Recreate', 'RollingUpdate']
      && (!has(self.minimum) || self.minimum <= self.replicas) && self.labels.exists(k, k == 'app')
    """

  private static let object: Value = [
    "replicas": 3, "name": "webserver", "image": "repo/app:1.2", "tags": ["a", "b", "c"],
    "strategy": "Recreate",
    "labels": ["app": "x", "tier": "y"], "minimum": 1,
  ]

  @Test func tenClauses() throws {
    var environment = environment
    environment.declare("self", .dyn)
    let compiling = Self.time(rounds: 500) { _ = try? environment.compile(Self.rule) }
    var options = Program.Options()
    options.foldsConstants = true
    let program = Program(try environment.compile(Self.rule), environment: environment, options: options)
    let activation: Activation = ["self": CELValue(Self.object)]
    #expect(program.evaluate(activation).value == .bool(true))
    let running = Self.time(rounds: 100_000) {
      _ = program.evaluate(activation, limits: .init(cost: 1_000_000))
    }
    print("ten clauses: compile \(compiling) µs, evaluate \(running) µs")
  }

  /// Microseconds of processor time for one round.
  private static func time(rounds: Int, _ work: () -> Void) -> Double {
    var start = timespec()
    var end = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
    for _ in 0..<rounds { work() }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
    let nanoseconds = (end.tv_sec - start.tv_sec) * 1_000_000_000 + end.tv_nsec - start.tv_nsec
    return Double(nanoseconds) / 1000 / Double(rounds)
  }
}
