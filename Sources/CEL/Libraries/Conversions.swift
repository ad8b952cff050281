import Values

/// Conversions between the types of the language
/// (https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions).
enum Conversions {
  private static func failure(_ value: CELValue, _ type: CELType) -> CELError {
    CELError("type conversion error from '\(value.type.runtimeName)' to '\(type.runtimeName)'")
  }

  static func int(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .int: return value
    case .uint(let v):
      guard let v = Int64(exactly: v) else { throw .integerOverflow }
      return .int(v)
    case .double(let v):
      // The ends of the range are no doubles, so they are out.
      guard v > -0x1p63, v < 0x1p63 else { throw .integerOverflow }
      return .int(Int64(v))
    case .string(let v):
      guard let v = Int64(v) else { throw failure(value, .int) }
      return .int(v)
    case .timestamp(let v): return .int(v.seconds)
    case .duration(let v): return .int(v.nanoseconds)
    default: throw failure(value, .int)
    }
  }

  static func uint(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .uint: return value
    case .int(let v):
      guard let v = UInt64(exactly: v) else { throw .unsignedOverflow }
      return .uint(v)
    case .double(let v):
      guard v >= 0, v < 0x1p64 else { throw .unsignedOverflow }
      return .uint(UInt64(v))
    case .string(let v):
      guard !v.hasPrefix("+"), let v = UInt64(v) else { throw failure(value, .uint) }
      return .uint(v)
    default: throw failure(value, .uint)
    }
  }

  static func double(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .double: return value
    case .int(let v): return .double(Double(v))
    case .uint(let v): return .double(Double(v))
    case .string(let v):
      guard let number = parseDouble(v) else { throw failure(value, .double) }
      return .double(number)
    default: throw failure(value, .double)
    }
  }

  /// As Go's strconv.ParseFloat reads, but for hexadecimal numbers.
  private static func parseDouble(_ text: String) -> Double? {
    switch text.lowercased() {
    case "nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: break
    }
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
    // A number needs no digit before its point or after it.
    var padded = text
    if padded.hasPrefix(".") { padded = "0" + padded }
    for sign in ["+.", "-."] where padded.hasPrefix(sign) {
      padded = String(sign.prefix(1)) + "0." + padded.dropFirst(2)
    }
    guard let number = Double(padded), number.isFinite else { return nil }
    return number
  }

  static func string(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .string: return value
    case .bool, .int, .uint, .double: return .string(value.plainText)
    case .bytes(let v):
      guard let text = String(validating: v, as: UTF8.self) else {
        throw CELError("invalid UTF-8 in bytes, cannot convert to string")
      }
      return .string(text)
    case .timestamp(let v): return .string(v.rfc3339Nano)
    case .duration(let v): return .string(v.secondsText)
    default: throw failure(value, .string)
    }
  }

  static func bytes(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .bytes: return value
    case .string(let v): return .bytes(Array(v.utf8))
    default: throw failure(value, .bytes)
    }
  }

  static func bool(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .bool: return value
    case .string("1"), .string("t"), .string("T"), .string("true"), .string("TRUE"), .string("True"):
      return .bool(true)
    case .string("0"), .string("f"), .string("F"), .string("false"), .string("FALSE"), .string("False"):
      return .bool(false)
    default: throw failure(value, .bool)
    }
  }

  static func timestamp(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .timestamp: return value
    case .int(let v):
      guard let moment = Timestamp(checking: v, nanoseconds: 0) else { throw .timestampOverflow }
      return .timestamp(moment)
    case .string(let v):
      guard let moment = Timestamp(rfc3339: v) else { throw failure(value, .timestamp) }
      guard let checked = Timestamp(checking: moment.seconds, nanoseconds: moment.nanoseconds) else {
        throw .timestampOverflow
      }
      return .timestamp(checked)
    default: throw failure(value, .timestamp)
    }
  }

  static func duration(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .duration: return value
    case .int(let v): return .duration(CELDuration(nanoseconds: v))
    case .string(let v):
      guard let duration = CELDuration(v) else { throw failure(value, .duration) }
      return .duration(duration)
    default: throw failure(value, .duration)
    }
  }
}

extension CELDuration {
  /// Reads `1h30m`, `1.5s`, `-300ms` exactly (Go's time.ParseDuration); nil for what is none.
  public init?(_ text: String) {
    var rest = text.utf8[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    if rest.elementsEqual("0".utf8) {
      self.init(nanoseconds: 0)
      return
    }
    guard !rest.isEmpty else { return nil }
    var total: UInt64 = 0
    while !rest.isEmpty {
      guard let part = Self.part(&rest) else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(part)
      guard !overflow, sum <= UInt64(1) << 63 else { return nil }
      total = sum
    }
    if isNegative {
      self.init(nanoseconds: Int64(truncatingIfNeeded: 0 &- total))
    } else {
      guard let nanoseconds = Int64(exactly: total) else { return nil }
      self.init(nanoseconds: nanoseconds)
    }
  }

  /// A number and its unit, in nanoseconds.
  private static func part(_ rest: inout Substring.UTF8View) -> UInt64? {
    func digit(_ byte: UInt8?) -> UInt64? {
      guard let byte, byte >= 0x30, byte <= 0x39 else { return nil }
      return UInt64(byte - 0x30)
    }
    var whole: UInt64 = 0
    var fraction: UInt64 = 0
    var scale: Double = 1
    var count = 0
    while let value = digit(rest.first) {
      rest = rest.dropFirst()
      count += 1
      let (product, over) = whole.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = product.addingReportingOverflow(value)
      if over || overflow || sum > UInt64(1) << 63 { return nil }
      whole = sum
    }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      while let value = digit(rest.first) {
        rest = rest.dropFirst()
        count += 1
        // Digits past what 64 bits hold are less than a nanosecond of any unit.
        if fraction < UInt64(1) << 59 {
          fraction = fraction * 10 + value
          scale *= 10
        }
      }
    }
    guard count > 0 else { return nil }
    let unitBytes = rest.prefix { $0 != UInt8(ascii: ".") && digit($0) == nil }
    rest = rest.dropFirst(unitBytes.count)
    guard let unit = units[String(decoding: unitBytes, as: UTF8.self)] else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
    if overflow { return nil }
    return product.saturatingAdd(UInt64(Double(fraction) * (Double(unit) / scale)))
  }

  private static let units: [String: UInt64] = [
    "ns": 1, "us": 1_000, "\u{B5}s": 1_000, "\u{3BC}s": 1_000, "ms": 1_000_000, "s": 1_000_000_000,
    "m": 60_000_000_000, "h": 3_600_000_000_000,
  ]
}
