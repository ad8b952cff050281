import Values

/// Lengths of time in the short form that people read in tables: `5s`, `2m3s`, `5h10m`, `3d`, `2y100d`
/// (k8s.io/apimachinery/pkg/util/duration). The longer the time, the coarser the text.
enum HumanDuration {
  private static let hour: Int64 = 60
  private static let day: Int64 = 24
  private static let year: Int64 = 365

  /// - Parameter seconds: cut towards zero.
  /// - Returns: `<invalid>` for what is negative, but for the one second that clocks may differ by.
  static func text(seconds: Int64) -> String {
    if seconds < -1 { return "<invalid>" }
    if seconds < 2 * 60 { return "\(max(seconds, 0))s" }
    let minutes = seconds / 60
    if minutes < 10 { return text(minutes, "m", seconds % 60, "s") }
    if minutes < 3 * hour { return "\(minutes)m" }
    let hours = minutes / hour
    if hours < 8 { return text(hours, "h", minutes % hour, "m") }
    if hours < 2 * day { return "\(hours)h" }
    let days = hours / day
    if days < 8 { return text(days, "d", hours % day, "h") }
    if days < 2 * year { return "\(days)d" }
    let years = days / year
    if years < 8 { return text(years, "y", days % year, "d") }
    return "\(years)y"
  }

  /// The time from one moment to another, as a Go duration has it: at most some 292 years.
  static func text(from start: Timestamp, to end: Timestamp) -> String {
    var (seconds, overflow) = end.seconds.subtractingReportingOverflow(start.seconds)
    if overflow { seconds = end.seconds < start.seconds ? .min : .max }
    let fraction = end.nanoseconds - start.nanoseconds
    if seconds > 0, fraction < 0 { seconds -= 1 }
    if seconds < 0, fraction > 0 { seconds += 1 }
    return text(seconds: min(max(seconds, -longest), longest))
  }

  /// 2⁶³ nanoseconds.
  private static let longest: Int64 = 9_223_372_036

  private static func text(_ count: Int64, _ unit: String, _ rest: Int64, _ smaller: String) -> String {
    rest == 0 ? "\(count)\(unit)" : "\(count)\(unit)\(rest)\(smaller)"
  }
}
