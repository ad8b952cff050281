import Testing
@testable import Values

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
      (1_767_323_045, "2026-01-02T03:04:05Z"),
      (-1, "1969-12-31T23:59:59Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
      (4_107_542_400, "2100-03-01T00:00:00Z"),
      (253_402_300_799, "9999-12-31T23:59:59Z"), (-62_135_596_800, "0001-01-01T00:00:00Z"),
      (-62_167_219_200, "0000-01-01T00:00:00Z"),
    ] as [(Int64, String)])
  func secondsAndText(seconds: Int64, text: String) {
    #expect(Timestamp(seconds: seconds).rfc3339 == text)
    #expect(Timestamp(rfc3339: text) == Timestamp(seconds: seconds))
  }

  @Test func fractions() {
    let time = Timestamp(seconds: 0, nanoseconds: 120_456_000)
    #expect(time.rfc3339 == "1970-01-01T00:00:00Z")
    #expect(time.rfc3339Micro == "1970-01-01T00:00:00.120456Z")
    #expect(time.rfc3339Nano == "1970-01-01T00:00:00.120456Z")
    #expect(Timestamp(seconds: 1).rfc3339Micro == "1970-01-01T00:00:01.000000Z")
    #expect(Timestamp(rfc3339: "1970-01-01T00:00:00.1Z")?.nanoseconds == 100_000_000)
    #expect(Timestamp(rfc3339: "1970-01-01T00:00:00,1234567899Z")?.nanoseconds == 123_456_789)
    #expect(time.wholeSeconds == Timestamp(seconds: 0))
  }

  @Test func offsets() {
    #expect(Timestamp(rfc3339: "1970-01-01T01:30:00+01:30") == Timestamp(seconds: 0))
    #expect(Timestamp(rfc3339: "1969-12-31T16:00:00-08:00") == Timestamp(seconds: 0))
    #expect(Timestamp(rfc3339: "1970-01-01T1:00:00Z") == Timestamp(seconds: 3600))
  }

  @Test(arguments: [
    ("", #"parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006""#),
    ("x", #"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#),
    ("2026-01-02", #"parsing time "2026-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#),
    ("2026-13-02T00:00:00Z", #"parsing time "2026-13-02T00:00:00Z": month out of range"#),
    ("2025-02-29T00:00:00Z", #"parsing time "2025-02-29T00:00:00Z": day out of range"#),
    ("2026-01-00T00:00:00Z", #"parsing time "2026-01-00T00:00:00Z": day out of range"#),
    ("2026-01-02T24:00:00Z", #"parsing time "2026-01-02T24:00:00Z": hour out of range"#),
    ("2026-01-02T00:00:60Z", #"parsing time "2026-01-02T00:00:60Z": second out of range"#),
    ("2026-01-02T00:00:00Zx", #"parsing time "2026-01-02T00:00:00Zx": extra text: "x""#),
    (
      "2026-01-02T00:00:00",
      #"parsing time "2026-01-02T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00""#
    ),
    (
      "2026-01-02t00:00:00z",
      #"parsing time "2026-01-02t00:00:00z" as "2006-01-02T15:04:05Z07:00": cannot parse "t00:00:00z" as "T""#
    ),
    (
      "2026-01-02T00:00:00+25:00",
      #"parsing time "2026-01-02T00:00:00+25:00": time zone offset hour out of range"#
    ),
  ])
  func errorsAreGos(text: String, message: String) {
    #expect(Timestamp(rfc3339: text) == nil)
    #expect(throws: Timestamp.ParseError(message: message)) { try Timestamp(parsing: text) }
  }

  @Test func everyDayOfFourCenturiesComesBack() {
    var seconds: Int64 = -11_676_096_000  // 1600-01-01
    var previous = ""
    for _ in 0..<146_097 {
      let text = Timestamp(seconds: seconds).rfc3339
      if Timestamp(rfc3339: text)?.seconds != seconds || text <= previous { Issue.record("\(text)") }
      previous = text
      seconds += 86_400
    }
    #expect(previous == "1999-12-31T00:00:00Z")
  }

  @Test func arithmetic() {
    let time = Timestamp(seconds: 10, nanoseconds: 500_000_000)
    #expect(time.adding(seconds: -20) == Timestamp(seconds: -10, nanoseconds: 500_000_000))
    #expect(time.timeIntervalSince(Timestamp(seconds: 9)) == 1.5)
    #expect(Timestamp(seconds: 10) < time && time < Timestamp(seconds: 11))
    #expect(Timestamp(seconds: .max).adding(seconds: 1).seconds == .max)
    #expect(!Timestamp(seconds: .max).rfc3339.isEmpty && !Timestamp(seconds: .min).rfc3339.isEmpty)
    #expect(abs(Timestamp.now.timeIntervalSince(Timestamp.now)) < 60)
    #expect(Timestamp.now > Timestamp(seconds: 1_700_000_000))
  }
}
