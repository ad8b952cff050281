import Values

extension CELValue {
  /// The value as messages show it, which is how Go prints it; of lists and maps no more than the first thousand
  /// bytes or so.
  public var plainText: String {
    var out = ""
    appendPlainText(to: &out)
    return out
  }

  private static let plainTextLimit = 1000

  private func appendPlainText(to out: inout String) {
    if out.utf8.count > Self.plainTextLimit { return }
    switch self {
    case .null: out += "null"
    case .bool(let v): out += v ? "true" : "false"
    case .int(let v): out += String(v)
    case .uint(let v): out += String(v)
    case .double(let v): out += NumberText.general(v)
    case .string(let v): out += v
    case .bytes(let v): out += String(decoding: v, as: UTF8.self)
    case .timestamp(let v): out += v.rfc3339Nano
    case .duration(let v): out += v.goText
    case .list(let list):
      out += "["
      for (index, element) in list.enumerated() where out.utf8.count <= Self.plainTextLimit {
        if index > 0 { out += ", " }
        element.appendPlainText(to: &out)
      }
      out += "]"
    case .map(let map):
      out += "{"
      for (index, key) in map.keys.enumerated() where out.utf8.count <= Self.plainTextLimit {
        if index > 0 { out += ", " }
        key.appendPlainText(to: &out)
        out += ": "
        map[key]?.appendPlainText(to: &out)
      }
      out += "}"
    case .type(let type): out += type.runtimeName
    case .optional(let optional):
      guard let value = optional.value else {
        out += "optional.none()"
        return
      }
      out += "optional("
      value.appendPlainText(to: &out)
      out += ")"
    case .object(let object): out += object.type.runtimeName
    }
  }
}

/// Numbers as Go prints them.
enum NumberText {
  /// As strconv.FormatFloat in the format `g` with the shortest digits: `1e+06`, `0.5`, `NaN`, `+Inf`.
  static func general(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
    return FloatText.general(number)
  }
}

extension CELDuration {
  /// As Go's time.Duration prints: `1h30m0s`, `1.5s`, `100ms`, `0s`.
  public var goText: String {
    if nanoseconds == 0 { return "0s" }
    let sign = nanoseconds < 0 ? "-" : ""
    let magnitude = nanoseconds.magnitude
    if magnitude < 1_000_000_000 {
      let (unit, scale): (String, UInt64) =
        magnitude < 1_000 ? ("ns", 1) : magnitude < 1_000_000 ? ("µs", 1_000) : ("ms", 1_000_000)
      return sign + Self.decimal(magnitude, scale) + unit
    }
    let minutes = magnitude / 60_000_000_000
    let seconds = Self.decimal(magnitude % 60_000_000_000, 1_000_000_000) + "s"
    if minutes == 0 { return sign + seconds }
    if minutes < 60 { return sign + "\(minutes)m" + seconds }
    return sign + "\(minutes / 60)h\(minutes % 60)m" + seconds
  }

  /// The number in a unit of so many, without zeros at the end of the fraction.
  static func decimal(_ number: UInt64, _ scale: UInt64) -> String {
    let whole = String(number / scale)
    var rest = number % scale
    if rest == 0 { return whole }
    var width = String(scale).count - 1
    while rest % 10 == 0 {
      rest /= 10
      width -= 1
    }
    let digits = String(rest)
    return whole + "." + String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// In seconds, as `string()` writes it: `5400s`, `1.5s`.
  public var secondsText: String {
    (nanoseconds < 0 ? "-" : "") + Self.decimal(nanoseconds.magnitude, 1_000_000_000) + "s"
  }
}
