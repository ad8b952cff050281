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

  @Test(arguments: [
    ("0", 0 as Int64?), ("24h", 86_400), ("1h30m", 5400), ("1.5s", 1), ("900ms", 0), ("-2m", -120),
    ("h", nil),
    ("", nil), ("5", nil), ("5 s", nil), ("3d", nil),
  ])
  func flagsCountWholeSeconds(_ text: String, _ seconds: Int64?) {
    #expect(GoDuration.seconds(text) == seconds)
  }

  @Test(arguments: [
    ("5", "time: missing unit in duration \"5\""), ("3d", "time: unknown unit \"d\" in duration \"3d\""),
    ("", "time: invalid duration \"\""), ("nonsense", "time: invalid duration \"nonsense\""),
    ("5000000000h", "time: invalid duration \"5000000000h\""),
  ])
  func badDurationsAreNamedAsGoNamesThem(_ text: String, _ message: String) {
    let error = #expect(throws: GoDuration.SyntaxError.self) { try GoDuration.parse(text) }
    #expect(error?.message == message)
  }
}
