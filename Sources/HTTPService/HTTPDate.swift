import Glibc
import Synchronization

/// The text of a `Date` header (RFC 9110 section 5.6.7), made once a second.
enum HTTPDate {
  private static let cache = Mutex((second: -1, text: ""))
  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The present moment: `Sun, 06 Nov 1994 08:49:37 GMT`.
  static var now: String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let second = Int(time.tv_sec)
    return cache.withLock { cache in
      if cache.second != second { cache = (second, text(second)) }
      return cache.text
    }
  }

  /// - Parameter second: seconds since 1970; those before it count as 0.
  static func text(_ second: Int) -> String {
    let second = max(0, second)
    let days = second / 86_400
    let clock = second % 86_400
    // Days to a date, by 400-year eras that begin on 1 March (the proleptic Gregorian calendar).
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let hours = "\(pad(clock / 3_600)):\(pad(clock / 60 % 60)):\(pad(clock % 60))"
    return "\(weekdays[days % 7]), \(pad(day)) \(months[month - 1]) \(year) \(hours) GMT"
  }

  private static func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
