import CEL

/// Durations as schemas with `format: duration` have them: as Go writes them, or a number and the name of a
/// unit.
enum NamedDuration {
  /// Nanoseconds by the names of the units.
  private static let units: [String: Int64] = {
    var units: [String: Int64] = [:]
    func add(_ length: Int64, _ names: String...) {
      for name in names {
        units[name] = length
        units[name + "s"] = length
      }
    }
    add(1, "n", "nano", "nanosecond")
    add(1_000, "u", "µ", "micro", "microsecond")
    add(1_000_000, "m", "milli", "millisecond")
    add(1_000_000_000, "sec", "second")
    add(60_000_000_000, "min", "minute")
    add(3_600_000_000_000, "hr", "hour")
    add(86_400_000_000_000, "day")
    add(604_800_000_000_000, "wk", "week")
    units["s"] = 1_000_000_000
    units["m"] = 60_000_000_000
    units["h"] = 3_600_000_000_000
    units["d"] = 86_400_000_000_000
    units["w"] = 604_800_000_000_000
    return units
  }()

  /// `1h30m`, `3 days`; nil for what is neither.
  static func read(_ text: String) -> CELDuration? {
    if let duration = CELDuration(text) { return duration }
    var rest = text.trimmed[...]
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    let name = String(rest).trimmed
    guard let count = Int64(digits), let unit = units[name] else { return nil }
    let (length, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow ? nil : CELDuration(nanoseconds: length)
  }
}

extension String {
  /// Without white space at its ends, as Go's strings.TrimSpace.
  var trimmed: String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
