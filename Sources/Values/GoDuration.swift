/// Durations as Go writes them: `24h`, `1h30m`, `1.5s`, `-300ms` (Go's time.ParseDuration).
public enum GoDuration {
  /// Why a text is no duration, in Go's words.
  public struct SyntaxError: Error, Sendable, Equatable {
    public let message: String
  }

  /// Nanoseconds of each unit.
  private static let units: [String: Double] = [
    "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
  ]

  /// Reads a signed sequence of numbers, each with an optional fraction and a unit; a bare `0` needs none.
  /// - Throws: ``SyntaxError``, for durations beyond 292 years too.
  public static func parse(_ text: String) throws(SyntaxError) -> Duration {
    let invalid = SyntaxError(message: "time: invalid duration \(GoText.quoted(text))")
    var rest = text[...]
    let isNegative = rest.first == "-"
    if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
    if rest == "0" { return .zero }
    guard !rest.isEmpty else { throw invalid }
    var nanoseconds = 0.0
    while !rest.isEmpty {
      let amount = rest.prefix(while: isNumeric)
      guard amount.utf8.count <= 64, amount.utf8.contains(where: { $0 != UInt8(ascii: ".") }),
        let number = Double("0\(amount)0".contains(".") ? "0\(amount)0" : String(amount))
      else { throw invalid }
      rest = rest.dropFirst(amount.count)
      let unit = String(rest.prefix { !isNumeric($0) })
      guard !unit.isEmpty else {
        throw SyntaxError(message: "time: missing unit in duration \(GoText.quoted(text))")
      }
      guard let length = units[unit] else {
        throw SyntaxError(
          message: "time: unknown unit \(GoText.quoted(unit)) in duration \(GoText.quoted(text))")
      }
      rest = rest.dropFirst(unit.count)
      nanoseconds += number * length
      guard nanoseconds < 9.22e18 else { throw invalid }
    }
    // A fraction such as 1.001 has no exact binary form: what is missing to the next nanosecond is made up for.
    let whole = Int64((nanoseconds + 0.001).rounded(.down))
    return .nanoseconds(isNegative ? -whole : whole)
  }

  /// The duration as Go prints it: `1m30s`, `1.5s`, `300ms`, `0s` (Go's time.Duration.String).
  public static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (total, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    // What a Go duration can't hold is shown as its limit.
    guard !overflow, !carry else { return text(.nanoseconds(seconds < 0 ? Int64.min + 1 : Int64.max)) }
    guard total != 0 else { return "0s" }
    let sign = total < 0 ? "-" : ""
    let nanoseconds = total.magnitude
    if nanoseconds < 1_000_000_000 {
      let (unit, length): (String, UInt64) =
        nanoseconds < 1000 ? ("ns", 1) : nanoseconds < 1_000_000 ? ("µs", 1000) : ("ms", 1_000_000)
      return sign + decimal(nanoseconds, per: length) + unit
    }
    let minutes = nanoseconds / 60_000_000_000
    var text = decimal(nanoseconds % 60_000_000_000, per: 1_000_000_000) + "s"
    if minutes > 0 { text = "\(minutes % 60)m" + text }
    if minutes >= 60 { text = "\(minutes / 60)h" + text }
    return sign + text
  }

  /// A quotient as a decimal number without trailing zeros; the divisor is a power of ten.
  private static func decimal(_ number: UInt64, per divisor: UInt64) -> String {
    var text = String(number / divisor)
    var rest = number % divisor
    var unit = divisor / 10
    if rest > 0 { text += "." }
    while rest > 0 {
      text += String(rest / unit)
      rest %= unit
      unit /= 10
    }
    return text
  }

  private static func isNumeric(_ character: Character) -> Bool {
    character == "." || character.isASCII && character.isNumber
  }
}
