import Values

extension CELValue {
  /// The value as messages show it, which is how Go prints it.
  public var plainText: String {
    switch self {
    case .null: "null"
    case .bool(let v): v ? "true" : "false"
    case .int(let v): String(v)
    case .uint(let v): String(v)
    case .double(let v): NumberText.general(v)
    case .string(let v): v
    case .bytes(let v): String(decoding: v, as: UTF8.self)
    case .timestamp(let v): v.rfc3339Nano
    case .duration(let v): v.goText
    case .list(let list): "[" + list.map(\.plainText).joined(separator: ", ") + "]"
    case .map(let map):
      "{" + map.keys.map { "\($0.plainText): \(map[$0]?.plainText ?? "")" }.joined(separator: ", ") + "}"
    case .type(let type): type.runtimeName
    case .optional(let optional): optional.value.map { "optional(\($0.plainText))" } ?? "optional.none()"
    case .object(let object): object.type.runtimeName
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
