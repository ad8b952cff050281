import CEL
import Testing

@Test func addsNumbers() throws {
  let environment = Environment()
  let program = Program(try environment.compile("1 + 2 * 3"), environment: environment)
  #expect(program.evaluate([:]).value == .int(7))
}
