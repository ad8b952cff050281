import Glibc

/// A moment: seconds and nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Whole seconds since 1970, negative before.
  public var seconds: Int64
  /// Nanoseconds after them, 0..<1_000_000_000.
  public var nanoseconds: Int32

  public init(seconds: Int64, nanoseconds: Int32 = 0) {
    self.seconds = seconds
    self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
  }

  /// The present moment.
  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
  }

  public static func < (a: Timestamp, b: Timestamp) -> Bool {
    (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
  }

  /// The moment that many seconds later, or earlier where negative; at most at the ends of the range.
  public func adding(seconds more: Int64) -> Timestamp {
    let (sum, overflow) = seconds.addingReportingOverflow(more)
    return Timestamp(seconds: overflow ? (more < 0 ? .min : .max) : sum, nanoseconds: nanoseconds)
  }

  /// The seconds from the other moment to this one.
  public func timeIntervalSince(_ other: Timestamp) -> Double {
    Double(seconds) - Double(other.seconds) + Double(nanoseconds - other.nanoseconds) / 1e9
  }

  /// The same moment without its fraction of a second, which is what metav1.Time keeps.
  public var wholeSeconds: Timestamp { Timestamp(seconds: seconds) }
}

// MARK: - Text

extension Timestamp: CustomStringConvertible {
  /// As metav1.Time is printed: `2026-01-02T03:04:05Z`.
  public var rfc3339: String { text(fractionDigits: 0) }

  /// As metav1.MicroTime is printed: `2026-01-02T03:04:05.000006Z`.
  public var rfc3339Micro: String { text(fractionDigits: 6) }

  /// With as many digits of the fraction as it has, as Go's RFC3339Nano.
  public var rfc3339Nano: String {
    var digits = 9
    var rest = nanoseconds
    while digits > 0, rest % 10 == 0 {
      rest /= 10
      digits -= 1
    }
    return text(fractionDigits: digits)
  }

  public var description: String { rfc3339Nano }

  private func text(fractionDigits: Int) -> String {
    let (days, clock) = seconds.flooredDivision(by: 86_400)
    let date = CivilDate(daysSince1970: days)
    var out: [UInt8] = []
    out.reserveCapacity(32)
    if date.year < 0 { out.append(UInt8(ascii: "-")) }
    Self.append(date.year.magnitude, width: 4, to: &out)
    out.append(UInt8(ascii: "-"))
    Self.append(UInt64(date.month), width: 2, to: &out)
    out.append(UInt8(ascii: "-"))
    Self.append(UInt64(date.day), width: 2, to: &out)
    out.append(UInt8(ascii: "T"))
    Self.append(UInt64(clock / 3600), width: 2, to: &out)
    out.append(UInt8(ascii: ":"))
    Self.append(UInt64(clock / 60 % 60), width: 2, to: &out)
    out.append(UInt8(ascii: ":"))
    Self.append(UInt64(clock % 60), width: 2, to: &out)
    if fractionDigits > 0 {
      var fraction = UInt64(nanoseconds)
      for _ in fractionDigits..<9 { fraction /= 10 }
      out.append(UInt8(ascii: "."))
      Self.append(fraction, width: fractionDigits, to: &out)
    }
    out.append(UInt8(ascii: "Z"))
    return String(decoding: out, as: UTF8.self)
  }

  private static func append(_ number: UInt64, width: Int, to out: inout [UInt8]) {
    let digits = String(number).utf8
    for _ in digits.count..<max(width, digits.count) { out.append(UInt8(ascii: "0")) }
    out.append(contentsOf: digits)
  }
}

/// A day of the proleptic Gregorian calendar.
public struct CivilDate: Sendable, Equatable {
  public var year: Int64
  /// From 1.
  public var month: Int
  /// From 1.
  public var day: Int

  /// Days in 400 years, after which the calendar repeats.
  private static let daysPerEra: Int64 = 146_097

  public init(year: Int64, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Counts years from March, so that the leap day is the last of its year.
  public init(daysSince1970 days: Int64) {
    let shifted = days + 719_468
    let (era, dayOfEra) = shifted.flooredDivision(by: Self.daysPerEra)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Of a year whose magnitude is far below 2^40, as every date written with four digits is.
  public var daysSince1970: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = shiftedYear.flooredDivision(by: 400)
    let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * Self.daysPerEra + dayOfEra - 719_468
  }

  /// The number of days in a month of the year.
  public static func daysIn(month: Int, year: Int64) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Int64 {
  /// The quotient rounded down, also of negative numbers, and the remainder, which is never negative.
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
