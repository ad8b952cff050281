import Values

/// What timestamps and durations tell of themselves.
enum TimeFunctions {
  static let all: [FunctionDeclaration] =
    parts.map { name, id, part in
      var overloads: [Overload] = [
        .member(
          "timestamp_to_\(id)", [.timestamp], .int,
          .unary { value throws(CELError) in
            guard case .timestamp(let moment) = value else { throw .noSuchOverload }
            return .int(part(ZonedTime(moment, offset: 0)))
          }),
        .member(
          "timestamp_to_\(id)_with_tz", [.timestamp, .string], .int,
          .binary { value, zone throws(CELError) in
            guard case .timestamp(let moment) = value, case .string(let zone) = zone else {
              throw .noSuchOverload
            }
            return .int(part(ZonedTime(moment, offset: try TimeZone.offset(of: moment, in: zone))))
          }),
      ]
      if let whole = durations[name] {
        overloads.append(
          .member(
            "duration_to_\(id)", [.duration], .int,
            .unary { value throws(CELError) in
              guard case .duration(let duration) = value else { throw .noSuchOverload }
              return .int(duration.nanoseconds / whole)
            }))
      }
      return FunctionDeclaration(name, overloads)
    }

  /// Name, the part of the overload's id, and the value.
  private static let parts: [(String, String, @Sendable (ZonedTime) -> Int64)] = [
    ("getFullYear", "year", { $0.year }),
    ("getMonth", "month", { $0.month - 1 }),
    ("getDayOfYear", "day_of_year", { $0.dayOfYear }),
    ("getDayOfMonth", "day_of_month", { $0.day - 1 }),
    ("getDate", "day_of_month_1_based", { $0.day }),
    ("getDayOfWeek", "day_of_week", { $0.dayOfWeek }),
    ("getHours", "hours", { $0.secondOfDay / 3600 }),
    ("getMinutes", "minutes", { $0.secondOfDay / 60 % 60 }),
    ("getSeconds", "seconds", { $0.secondOfDay % 60 }),
    ("getMilliseconds", "milliseconds", { Int64($0.nanoseconds) / 1_000_000 }),
  ]

  /// The nanoseconds of the unit in which a duration is told.
  private static let durations: [String: Int64] = [
    "getHours": 3_600_000_000_000, "getMinutes": 60_000_000_000, "getSeconds": 1_000_000_000,
    "getMilliseconds": 1_000_000,
  ]
}

/// A moment as a calendar and a clock show it somewhere.
struct ZonedTime {
  let year: Int64
  /// From 1.
  let month: Int64
  /// From 1.
  let day: Int64
  /// From 0.
  let dayOfYear: Int64
  /// From 0, which is Sunday.
  let dayOfWeek: Int64
  let secondOfDay: Int64
  let nanoseconds: Int32

  /// - Parameter offset: seconds east of UTC.
  init(_ moment: Timestamp, offset: Int64) {
    let seconds = moment.seconds &+ offset
    let days = seconds.floorDivided(by: 86_400)
    let date = CivilDate(daysSince1970: days)
    year = date.year
    month = Int64(date.month)
    day = Int64(date.day)
    dayOfYear = days - CivilDate(year: date.year, month: 1, day: 1).daysSince1970
    dayOfWeek = (days + 4).floorRemainder(by: 7)
    secondOfDay = seconds.floorRemainder(by: 86_400)
    nanoseconds = moment.nanoseconds
  }
}

extension Int64 {
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    self / divisor - (self % divisor < 0 ? 1 : 0)
  }

  fileprivate func floorRemainder(by divisor: Int64) -> Int64 {
    let rest = self % divisor
    return rest < 0 ? rest + divisor : rest
  }
}
