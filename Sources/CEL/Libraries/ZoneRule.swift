import Values

/// A zone's offset by rule, in the notation of POSIX: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable {
  /// When in a year a change comes.
  private struct Change {
    enum Day {
      /// The weekday's n-th in a month, 5 for the last.
      case weekday(month: Int64, week: Int64, day: Int64)
      /// From 1, 29 February not counted.
      case julian(Int64)
      /// From 0.
      case ordinal(Int64)
    }

    let day: Day
    /// Seconds after midnight by the clock before the change.
    let time: Int64
  }

  private let standard: Int64
  private let daylight: (offset: Int64, start: Change, end: Change)?

  /// Nil for what can't be read.
  init?(_ text: String) {
    var rest = text[...]
    guard Self.takeName(&rest), let west = Self.takeTime(&rest) else { return nil }
    standard = -west
    guard !rest.isEmpty else {
      daylight = nil
      return
    }
    guard Self.takeName(&rest) else { return nil }
    var offset = standard + 3600
    if rest.first != ",", let west = Self.takeTime(&rest) { offset = -west }
    guard let start = Self.takeChange(&rest), let end = Self.takeChange(&rest), rest.isEmpty else {
      return nil
    }
    daylight = (offset, start, end)
  }

  /// Seconds east of UTC at a moment.
  func offset(at seconds: Int64) -> Int64 {
    guard let daylight else { return standard }
    let year = ZonedTime(Timestamp(seconds: seconds), offset: standard).year
    let start = Self.seconds(of: daylight.start, in: year) - standard
    let end = Self.seconds(of: daylight.end, in: year) - daylight.offset
    let isDaylight =
      start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end
    return isDaylight ? daylight.offset : standard
  }

  private static func seconds(of change: Change, in year: Int64) -> Int64 {
    let newYear = CivilDate(year: year, month: 1, day: 1).daysSince1970
    let days: Int64
    switch change.day {
    case .ordinal(let day): days = newYear + day
    case .julian(let day):
      let isLeap = CivilDate.daysIn(month: 2, year: year) == 29
      days = newYear + day - 1 + (isLeap && day >= 60 ? 1 : 0)
    case .weekday(let month, let week, let day):
      let first = CivilDate(year: year, month: Int(month), day: 1).daysSince1970
      let firstWeekday = ((first + 4) % 7 + 7) % 7
      var found = first + (day - firstWeekday + 7) % 7 + (week - 1) * 7
      let length = Int64(CivilDate.daysIn(month: Int(month), year: year))
      while found >= first + length { found -= 7 }
      days = found
    }
    return days * 86_400 + change.time
  }

  // MARK: Reading

  private static func takeName(_ rest: inout Substring) -> Bool {
    if rest.first == "<" {
      guard let end = rest.firstIndex(of: ">") else { return false }
      rest = rest[rest.index(after: end)...]
      return true
    }
    let name = rest.prefix { $0.isLetter }
    rest = rest.dropFirst(name.count)
    return name.count >= 3
  }

  private static func takeNumber(_ rest: inout Substring) -> Int64? {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    return digits.count <= 4 ? Int64(digits) : nil
  }

  /// `[+-]h[:m[:s]]` in seconds.
  private static func takeTime(_ rest: inout Substring) -> Int64? {
    var sign: Int64 = 1
    if rest.first == "-" || rest.first == "+" {
      sign = rest.removeFirst() == "-" ? -1 : 1
    }
    guard let hours = takeNumber(&rest) else { return nil }
    var seconds = hours * 3600
    for unit: Int64 in [60, 1] where rest.first == ":" {
      rest.removeFirst()
      guard let number = takeNumber(&rest) else { return nil }
      seconds += number * unit
    }
    return sign * seconds
  }

  /// `,M3.5.0/2`, `,J60` or `,59`.
  private static func takeChange(_ rest: inout Substring) -> Change? {
    guard rest.popFirst() == "," else { return nil }
    let day: Change.Day
    switch rest.first {
    case "M":
      rest.removeFirst()
      guard let month = takeNumber(&rest), (1...12).contains(month), rest.popFirst() == ".",
        let week = takeNumber(&rest), (1...5).contains(week), rest.popFirst() == ".",
        let weekday = takeNumber(&rest), (0...6).contains(weekday)
      else { return nil }
      day = .weekday(month: month, week: week, day: weekday)
    case "J":
      rest.removeFirst()
      guard let number = takeNumber(&rest), (1...365).contains(number) else { return nil }
      day = .julian(number)
    default:
      guard let number = takeNumber(&rest), (0...365).contains(number) else { return nil }
      day = .ordinal(number)
    }
    guard rest.first == "/" else { return Change(day: day, time: 7200) }
    rest.removeFirst()
    guard let time = takeTime(&rest) else { return nil }
    return Change(day: day, time: time)
  }
}
