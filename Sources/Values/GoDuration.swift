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
      // A fraction such as 1.001 has no exact binary form: the last nanosecond may be missing.
      nanoseconds += number * length + 0.001
      guard nanoseconds < 9.22e18 else { throw invalid }
    }
    return .nanoseconds(Int64(isNegative ? -nanoseconds : nanoseconds))
  }

  /// Whole seconds, rounded towards zero; nil for what is no duration. For flags that count in seconds.
  public static func seconds(_ text: String) -> Int64? { (try? parse(text))?.components.seconds }

  /// The duration as Go's Duration.String writes it: `1h0m0s`, `1.5s`, `300ms`, `0s`.
  public static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflows { return "\(seconds)s" }
    let nanoseconds = whole &+ attoseconds / 1_000_000_000
    if nanoseconds == 0 { return "0s" }
    let sign = nanoseconds < 0 ? "-" : ""
    let size = nanoseconds.magnitude
    if size < 1_000 { return "\(sign)\(size)ns" }
    if size < 1_000_000 { return sign + decimal(size, 1_000) + "µs" }
    if size < 1_000_000_000 { return sign + decimal(size, 1_000_000) + "ms" }
    let minute: UInt64 = 60_000_000_000
    let rest = decimal(size % minute, 1_000_000_000) + "s"
    let minutes = size / minute
    if minutes == 0 { return sign + rest }
    return sign + (minutes < 60 ? "\(minutes)m" : "\(minutes / 60)h\(minutes % 60)m") + rest
  }

  /// A number of units with as many digits of the fraction as it has.
  private static func decimal(_ number: UInt64, _ unit: UInt64) -> String {
    var fraction = number % unit
    if fraction == 0 { return String(number / unit) }
    var width = String(unit).utf8.count - 1
    while fraction % 10 == 0 {
      fraction /= 10
      width -= 1
    }
    let digits = String(fraction)
    return "\(number / unit)." + String(repeating: "0", count: width - digits.utf8.count) + digits
  }

  private static func isNumeric(_ character: Character) -> Bool {
    character == "." || character.isASCII && character.isNumber
  }
}
