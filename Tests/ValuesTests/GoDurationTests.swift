import Testing
import Values

@Suite struct GoDurationTests {
  @Test(arguments: [
    (Duration.zero, "0s"), (.seconds(30), "30s"), (.seconds(90), "1m30s"), (.seconds(3600), "1h0m0s"),
    (.milliseconds(300), "300ms"), (.milliseconds(1500), "1.5s"), (.microseconds(1_001), "1.001ms"),
    (.nanoseconds(7), "7ns"), (.seconds(-2), "-2s"), (.seconds(120) + .milliseconds(50), "2m0.05s"),
  ])
  func durationsArePrintedAsGoPrintsThem(_ duration: Duration, _ text: String) throws {
    #expect(GoDuration.text(duration) == text)
    #expect(try GoDuration.parse(text) == duration)
  }
}
