/// The shortest decimal text of a floating-point number that reads back as the same number, in the forms
/// in which Go prints it.
public enum FloatText {
  /// The significant digits of a number and where its decimal point stands: 0.d₁d₂… × 10^point.
  struct Decimal: Equatable {
    var isNegative: Bool
    var digits: String
    var point: Int

    /// Of a finite number.
    init(_ number: Double) {
      self.init(parsing: number.description)
    }

    /// Of a finite number.
    init(_ number: Float) {
      self.init(parsing: number.description)
    }

    /// Reads what Swift prints: `-12.5`, `1e-07`, `1.5e+20`.
    private init(parsing text: String) {
      var digits: [UInt8] = []
      var point = 0
      var sawPoint = false
      isNegative = false
      var rest = text.utf8[...]
      while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "-"): isNegative = true
        case UInt8(ascii: "."): sawPoint = true
        case UInt8(ascii: "e"):
          point += Int(Substring(rest)) ?? 0
          rest = rest[rest.endIndex...]
        default:
          digits.append(byte)
          if !sawPoint { point += 1 }
        }
      }
      let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
      digits.removeFirst(zeros)
      point -= zeros
      while digits.last == UInt8(ascii: "0") { digits.removeLast() }
      self.digits = digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)
      self.point = digits.isEmpty ? 1 : point
    }

    /// Without an exponent: `0.00012`, `1200`.
    var plain: String {
      let sign = isNegative ? "-" : ""
      if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
      if point >= digits.utf8.count {
        return sign + digits + String(repeating: "0", count: point - digits.utf8.count)
      }
      return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// With an exponent of at least that many digits: `1.2e-07`, `1e+21`.
    func scientific(exponentDigits: Int) -> String {
      let exponent = point - 1
      let size = String(abs(exponent))
      return (isNegative ? "-" : "") + digits.prefix(1) + (digits.utf8.count > 1 ? "." : "")
        + digits.dropFirst() + (exponent < 0 ? "e-" : "e+")
        + String(repeating: "0", count: max(0, exponentDigits - size.utf8.count)) + size
    }
  }

  /// As encoding/json prints a float64: plain between 1e-6 and 1e21, else with an exponent (`1e-7`).
  static func json(_ number: Double) -> String {
    let decimal = Decimal(number)
    let magnitude = number.magnitude
    if magnitude != 0, magnitude < 1e-6 || magnitude >= 1e21 {
      return decimal.scientific(exponentDigits: 1)
    }
    return decimal.plain
  }

  /// As strconv.FormatFloat prints it in the format `g`: with an exponent below 1e-4 and from 1e6 on.
  public static func general(_ number: Double) -> String { general(Decimal(number)) }

  /// The same of a number in single precision.
  static func general(_ number: Float) -> String { general(Decimal(number)) }

  private static func general(_ decimal: Decimal) -> String {
    let exponent = decimal.point - 1
    return exponent < -4 || exponent >= 6 ? decimal.scientific(exponentDigits: 2) : decimal.plain
  }
}
