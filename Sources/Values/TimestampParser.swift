extension Timestamp {
  /// Why a text is not an RFC 3339 time, in the words of Go's time.Parse.
  public struct ParseError: Error, Equatable, CustomStringConvertible {
    public var message: String
    public var description: String { message }
  }

  /// Reads an RFC 3339 time as Go does: any offset, a fraction of any length after a point or a comma.
  public init?(rfc3339 text: String) {
    guard let time = try? Timestamp(parsing: text) else { return nil }
    self = time
  }

  /// Reads an RFC 3339 time as ``init(rfc3339:)`` and says what is wrong where it can't.
  public init(parsing text: String) throws(ParseError) {
    var parser = TimestampParser(text)
    self = try parser.time()
  }
}

/// Walks a text along Go's layout `2006-01-02T15:04:05Z07:00`.
private struct TimestampParser {
  private let text: String
  private let bytes: [UInt8]
  private var at = 0

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  mutating func time() throws(Timestamp.ParseError) -> Timestamp {
    let year = try number(digits: 4, "2006")
    try literal("-")
    let month = try number(digits: 2, "01")
    if !(1...12).contains(month) { throw outOfRange("month") }
    try literal("-")
    let day = try number(digits: 2, "02")
    try literal("T")
    let hour = try oneOrTwoDigits("15")
    if hour > 23 { throw outOfRange("hour") }
    try literal(":")
    let minute = try number(digits: 2, "04")
    if minute > 59 { throw outOfRange("minute") }
    try literal(":")
    let second = try number(digits: 2, "05")
    if second > 59 { throw outOfRange("second") }
    let fraction = nanoseconds()
    let offset = try zone()
    if at < bytes.count { throw error(": extra text: \(quoted(from: at))") }
    if day < 1 || day > CivilDate.daysIn(month: month, year: Int64(year)) { throw outOfRange("day") }
    let days = CivilDate(year: Int64(year), month: month, day: day).daysSince1970
    let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second) - Int64(offset)
    return Timestamp(seconds: seconds, nanoseconds: fraction)
  }

  private func digit(_ index: Int) -> Int? {
    guard index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
    return Int(bytes[index] - 0x30)
  }

  private mutating func number(digits count: Int, _ element: String) throws(Timestamp.ParseError) -> Int {
    var value = 0
    for i in at..<at + count {
      guard let next = digit(i) else { throw cannotParse(element) }
      value = value * 10 + next
    }
    at += count
    return value
  }

  /// Go reads an hour of one digit too.
  private mutating func oneOrTwoDigits(_ element: String) throws(Timestamp.ParseError) -> Int {
    try number(digits: digit(at) != nil && digit(at + 1) == nil ? 1 : 2, element)
  }

  private mutating func literal(_ character: Unicode.Scalar) throws(Timestamp.ParseError) {
    guard at < bytes.count, bytes[at] == UInt8(ascii: character) else {
      throw cannotParse(String(Character(character)))
    }
    at += 1
  }

  private mutating func nanoseconds() -> Int32 {
    guard at < bytes.count, bytes[at] == UInt8(ascii: ".") || bytes[at] == UInt8(ascii: ","),
      digit(at + 1) != nil
    else { return 0 }
    at += 1
    var value: Int32 = 0
    var scale: Int32 = 100_000_000
    while let next = digit(at) {
      value += Int32(next) * scale
      scale /= 10
      at += 1
    }
    return value
  }

  /// The seconds east of Greenwich.
  private mutating func zone() throws(Timestamp.ParseError) -> Int {
    let start = at
    guard at < bytes.count else { throw cannotParse("Z07:00") }
    let sign: Int
    switch bytes[at] {
    case UInt8(ascii: "Z"):
      at += 1
      return 0
    case UInt8(ascii: "+"): sign = 1
    case UInt8(ascii: "-"): sign = -1
    default: throw cannotParse("Z07:00")
    }
    guard let h1 = digit(at + 1), let h2 = digit(at + 2), at + 3 < bytes.count,
      bytes[at + 3] == UInt8(ascii: ":"), let m1 = digit(at + 4), let m2 = digit(at + 5)
    else {
      at = start
      throw cannotParse("Z07:00")
    }
    let hours = h1 * 10 + h2
    let minutes = m1 * 10 + m2
    if hours > 24 { throw outOfRange("time zone offset hour") }
    if minutes > 60 { throw outOfRange("time zone offset minute") }
    at += 6
    return sign * (hours * 3600 + minutes * 60)
  }

  private func quoted(from start: Int) -> String {
    GoText.quoted(String(decoding: bytes[min(start, bytes.count)...].prefix(200), as: UTF8.self))
  }

  private func cannotParse(_ element: String) -> Timestamp.ParseError {
    Timestamp.ParseError(
      message: "parsing time \(quoted(from: 0)) as \"2006-01-02T15:04:05Z07:00\": "
        + "cannot parse \(quoted(from: at)) as \"\(element)\"")
  }

  private func outOfRange(_ what: String) -> Timestamp.ParseError { error(": \(what) out of range") }

  private func error(_ problem: String) -> Timestamp.ParseError {
    Timestamp.ParseError(message: "parsing time \(quoted(from: 0))\(problem)")
  }
}
