/// An amount of a resource: a decimal number with a suffix, `500m`, `1Gi`, `2e3`
/// (Kubernetes API reference, Quantity; k8s.io/apimachinery/pkg/api/resource).
///
/// Amounts are exact down to 10⁻⁹; anything smaller is rounded away from zero, as the server does, and
/// what exceeds 2⁶³-1 without being a short number is capped there.
public struct Quantity: Sendable {
  /// Which suffixes the amount was written with, and is printed with.
  public enum Format: Sendable, Hashable {
    /// `e3`, `E6`
    case decimalExponent
    /// `Ki` … `Ei`
    case binarySI
    /// `n` … `E`
    case decimalSI
  }

  /// The amount is `mantissa` × 10^`scale`, and no trailing zero of the mantissa is left in it.
  let mantissa: Int128
  let scale: Int
  public let format: Format

  /// No amount that a text or a sum makes is larger: 10³⁷ fits the mantissa with room for a digit more.
  private static let largest: Int128 = 10_000_000_000_000_000_000_000_000_000_000_000_000

  /// The amount `mantissa` × 10^`scale`.
  init(mantissa: Int128, scale: Int, format: Format) {
    var mantissa = mantissa
    var scale = mantissa == 0 ? 0 : scale
    while mantissa != 0, mantissa % 10 == 0 {
      mantissa /= 10
      scale += 1
    }
    self.mantissa = mantissa
    self.scale = scale
    self.format = format
  }

  /// A whole number of units.
  public init(_ value: Int64, format: Format = .decimalSI) {
    self.init(mantissa: Int128(value), scale: 0, format: format)
  }

  /// A whole number of thousandths.
  public init(milli value: Int64, format: Format = .decimalSI) {
    self.init(mantissa: Int128(value), scale: -3, format: format)
  }

  public static let zero = Quantity(0)

  // MARK: - Reading

  public var isZero: Bool { mantissa == 0 }

  /// -1, 0 or 1.
  public var sign: Int { mantissa == 0 ? 0 : mantissa < 0 ? -1 : 1 }

  /// The amount in units, rounded away from zero; at most at the ends of the range.
  public var value: Int64 { scaled(0) }

  /// The amount in thousandths, rounded away from zero; at most at the ends of the range.
  public var milliValue: Int64 { scaled(-3) }

  /// The amount where it is a whole number of units within the range; else nil.
  public var exactInteger: Int64? {
    guard scale >= 0 else { return nil }
    return rounded(toScale: 0).flatMap { Int64(exactly: $0) }
  }

  /// The amount as a floating-point number, as near as there is one.
  public var approximate: Double { Double("\(mantissa)e\(scale)") ?? 0 }

  private func scaled(_ target: Int) -> Int64 {
    Int64(clamping: rounded(toScale: target) ?? (mantissa < 0 ? .min : .max))
  }

  /// The amount in multiples of 10^target, rounded away from zero; nil where that is too large.
  func rounded(toScale target: Int) -> Int128? {
    var result = mantissa
    if scale >= target {
      guard scale - target <= 38 else { return mantissa == 0 ? 0 : nil }
      for _ in target..<scale {
        let (next, overflow) = result.multipliedReportingOverflow(by: 10)
        if overflow { return nil }
        result = next
      }
      return result
    }
    // The mantissa ends in no zero, so whatever is cut off is not zero.
    var left = target - scale
    while left > 0, result != 0 {
      result /= 10
      left -= 1
    }
    return result + (mantissa < 0 ? -1 : 1)
  }

  /// Whether the amount is a whole number of units.
  var isInteger: Bool { scale >= 0 }
}

// MARK: - Arithmetic

extension Quantity: Comparable, Hashable {
  /// Whether the amounts are the same, however they are written.
  public static func == (a: Quantity, b: Quantity) -> Bool { a.mantissa == b.mantissa && a.scale == b.scale }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(mantissa)
    hasher.combine(scale)
  }

  public static func < (a: Quantity, b: Quantity) -> Bool {
    if a.sign != b.sign || a.sign == 0 { return a.sign < b.sign }
    let (x, y) = (a.order, b.order)
    if x != y { return a.sign > 0 ? x < y : x > y }
    // Of the same order, they differ in scale by no more than a mantissa has digits.
    let common = min(a.scale, b.scale)
    guard let left = a.rounded(toScale: common), let right = b.rounded(toScale: common) else { return false }
    return left < right
  }

  /// The number of digits before the decimal point, or minus that of zeros after it.
  var order: Int {
    var digits = 0
    var rest = mantissa
    while rest != 0 {
      rest /= 10
      digits += 1
    }
    return digits + scale
  }

  public static prefix func - (a: Quantity) -> Quantity {
    Quantity(mantissa: 0 - a.mantissa, scale: a.scale, format: a.format)
  }

  /// The sum, in the format of the first; of the second where the first is zero, as in Kubernetes.
  public static func + (a: Quantity, b: Quantity) -> Quantity {
    let format = a.isZero ? b.format : a.format
    if a.isZero || b.isZero {
      let one = a.isZero ? b : a
      return Quantity(mantissa: one.mantissa, scale: one.scale, format: format)
    }
    var common = min(a.scale, b.scale)
    while true {
      if let x = a.rounded(toScale: common), let y = b.rounded(toScale: common),
        x.magnitude <= largest.magnitude, y.magnitude <= largest.magnitude
      {
        return Quantity(mantissa: x + y, scale: common, format: format)
      }
      common += 1
    }
  }

  /// The difference, in the format of the first; of the second where the first is zero, as in Kubernetes.
  public static func - (a: Quantity, b: Quantity) -> Quantity { a + -b }

  public static func += (a: inout Quantity, b: Quantity) { a = a + b }
  public static func -= (a: inout Quantity, b: Quantity) { a = a - b }
}

// MARK: - Text

extension Quantity: CustomStringConvertible {
  static let decimalSuffixes: [Int: String] = [
    -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E",
  ]
  static let binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

  /// The canonical text: no fraction, the largest suffix that leaves a whole number; `1000m` is `1`,
  /// `0.5` is `500m`, `1024Mi` is `1Gi`.
  public var description: String {
    if isZero { return "0" }
    if format == .binarySI, let text = binaryText { return text }
    var exponent = scale - ((scale % 3) + 3) % 3
    if format != .decimalExponent { exponent = min(18, exponent) }
    guard let number = rounded(toScale: exponent) else { return "\(mantissa)e\(scale)" }
    if format == .decimalExponent { return exponent == 0 ? "\(number)" : "\(number)e\(exponent)" }
    return "\(number)" + (Self.decimalSuffixes[exponent] ?? "")
  }

  /// Nil where binary suffixes would lose something, or for less than 1024.
  private var binaryText: String? {
    guard isInteger, let units = rounded(toScale: 0), units.magnitude >= 1024 else { return nil }
    var number = units
    var power = 0
    while number % 1024 == 0, power < Self.binarySuffixes.count - 1 {
      number /= 1024
      power += 1
    }
    return "\(number)" + Self.binarySuffixes[power]
  }
}
