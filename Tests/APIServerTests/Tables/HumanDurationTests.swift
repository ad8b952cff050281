import Testing
import Values

@testable import APIServer

@Suite struct HumanDurationTests {
  private static let hour: Int64 = 3600
  private static let day: Int64 = 24 * 3600
  private static let year: Int64 = 365 * 24 * 3600

  @Test(arguments: [
    (-2, "<invalid>"), (-1, "0s"), (0, "0s"), (5, "5s"), (119, "119s"), (120, "2m"), (123, "2m3s"),
    (599, "9m59s"), (600, "10m"), (3 * hour - 1, "179m"), (3 * hour, "3h"), (5 * hour + 600, "5h10m"),
    (8 * hour + 600, "8h"), (2 * day - 1, "47h"), (2 * day, "2d"), (2 * day + hour, "2d1h"),
    (8 * day + hour, "8d"), (2 * year - 1, "729d"), (2 * year, "2y"), (2 * year + 100 * day, "2y100d"),
    (8 * year + 100 * day, "8y"),
  ])
  func theLongerTheCoarser(seconds: Int64, text: String) {
    #expect(HumanDuration.text(seconds: seconds) == text)
  }

  @Test func fractionsAreCutTowardsZero() {
    let start = Timestamp(seconds: 100, nanoseconds: 900_000_000)
    #expect(HumanDuration.text(from: start, to: Timestamp(seconds: 105, nanoseconds: 800_000_000)) == "4s")
    #expect(HumanDuration.text(from: start, to: Timestamp(seconds: 99, nanoseconds: 0)) == "0s")
    #expect(HumanDuration.text(from: start, to: Timestamp(seconds: 98, nanoseconds: 0)) == "<invalid>")
  }

  @Test func momentsMayBeAsFarApartAsTheyAre() {
    let first = Timestamp(seconds: .min)
    let last = Timestamp(seconds: .max)
    #expect(HumanDuration.text(from: first, to: last) == "292y")
    #expect(HumanDuration.text(from: last, to: first) == "<invalid>")
  }
}
