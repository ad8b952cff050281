extension Quantity {
  /// Why a text is not a quantity, in the server's words.
  public struct ParseError: Error, Equatable, CustomStringConvertible {
    public var message: String
    public var description: String { message }

    /// The text as a whole has not the form of a quantity.
    public static let wrongFormat = ParseError(
      message: "quantities must match the regular expression "
        + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    /// The suffix is none that Kubernetes knows.
    public static let unknownSuffix = ParseError(message: "unable to parse quantity's suffix")
    /// The part before the suffix is not a number.
    public static let notANumber = ParseError(message: "unable to parse numeric part of quantity")
  }

  /// The largest amount that a number of many digits stands for.
  private static let cap = Int128(Int64.max)

  /// Reads a quantity: a decimal number and one suffix.
  /// - Throws: ``ParseError``.
  public init(_ text: String) throws(ParseError) {
    let parts = try QuantityParts(text)
    guard let (base, power, format) = Self.suffix(parts.suffix) else { throw .unknownSuffix }
    let digits = Self.trimmed(parts.whole, parts.fraction)
    let isExact = base == 10 || parts.fraction.isEmpty
    let magnitude: Quantity
    if let digits = digits.number, isExact {
      magnitude = Self.exact(digits, scale: -parts.fraction.count, base: base, power: power, format: format)
    } else {
      guard parts.hasDigits else { throw .notANumber }
      magnitude = Self.rounded(digits, base: base, power: power, format: format)
    }
    self = parts.isNegative ? -magnitude : magnitude
  }

  /// Reads the quantity that a JSON value, a string or a number, stands for.
  /// - Throws: ``ParseError``.
  public init(json value: Value) throws(ParseError) {
    switch value {
    case .string(let text): self = try Quantity(text.trimmingSpaces)
    case .int(let number): self.init(number)
    case .double(let number): self = try Quantity(FloatText.json(number))
    case .null: self = .zero
    default: throw .wrongFormat
    }
  }

  // MARK: - Suffixes

  private static let decimalPowers = Dictionary(
    uniqueKeysWithValues: decimalSuffixes.map { ($0.value, $0.key) })

  private static func suffix(_ text: String) -> (base: Int, power: Int, format: Format)? {
    if let power = decimalPowers[text] { return (10, power, .decimalSI) }
    if let power = binarySuffixes.dropFirst().firstIndex(of: text) { return (2, power * 10, .binarySI) }
    guard text.utf8.count > 1, text.hasPrefix("e") || text.hasPrefix("E"), let power = Int32(text.dropFirst())
    else { return nil }
    return (10, Int(power), .decimalExponent)
  }

  // MARK: - Amounts

  /// The significant digits of a decimal number and how often to divide them by ten.
  private struct Digits {
    var all: [UInt8]
    var fractionCount: Int
    /// Their value where there are at most 18, which is how many the server keeps exactly in any range.
    var number: Int128? {
      all.count > 18 ? nil : all.reduce(0) { $0 * 10 + Int128($1) }
    }
  }

  private static func trimmed(_ whole: [UInt8], _ fraction: [UInt8]) -> Digits {
    var digits = Digits(all: whole + fraction, fractionCount: fraction.count)
    digits.all.removeFirst(digits.all.prefix { $0 == 0 }.count)
    return digits
  }

  private static func exact(_ digits: Int128, scale: Int, base: Int, power: Int, format: Format) -> Quantity {
    if base == 2 {
      // 18 digits by 2^60 fit in 128 bits.
      let amount = digits << Int128(power)
      return Quantity(mantissa: amount > cap ? cap : amount, scale: 0, format: format)
    }
    let amount = Quantity(mantissa: digits, scale: scale + power, format: format)
    if amount.scale < -9 {
      return Quantity(mantissa: amount.rounded(toScale: -9) ?? cap, scale: -9, format: format)
    }
    // Far beyond what any suffix writes, exact numbers serve nobody; they stop at the cap.
    return amount.order > 36 ? Quantity(mantissa: cap, scale: 0, format: format) : amount
  }

  /// An amount of more digits than are kept exactly: nanos, rounded up, and no more than the cap.
  private static func rounded(_ digits: Digits, base: Int, power: Int, format: Format) -> Quantity {
    // The number of digits before the point, after the suffix has moved it; binary suffixes come later.
    let wholeCount = digits.all.count - digits.fractionCount + (base == 10 ? power : 0)
    if wholeCount > 19 { return Quantity(mantissa: cap, scale: 0, format: format) }
    var nanos: Int128 = 0
    var cut = false
    for (i, digit) in digits.all.enumerated() {
      // Nine digits of fraction, and for a binary factor of 2^60 as many more as the mantissa can hold.
      if i < wholeCount + 9 { nanos = nanos * 10 + Int128(digit) } else if digit != 0 { cut = true }
    }
    let missing = wholeCount + 9 - digits.all.count
    for _ in 0..<max(0, missing) { nanos *= 10 }
    if base == 2 { return binary(nanos, cut: cut, power: power, digits: digits) }
    if cut { nanos += 1 }
    let limit = cap * 1_000_000_000
    return Quantity(mantissa: min(nanos, limit), scale: -9, format: format)
  }

  private static func binary(_ nanos: Int128, cut: Bool, power: Int, digits: Digits) -> Quantity {
    let limit = cap * 1_000_000_000
    let (product, overflow) = nanos.multipliedReportingOverflow(by: Int128(1) << Int128(power))
    if overflow || product > limit { return Quantity(mantissa: cap, scale: 0, format: .binarySI) }
    var amount = product
    if cut {
      // What lies beyond the ninth digit counts too, once it is multiplied: nine digits more decide it.
      var rest: Int128 = 0
      let start = digits.all.count - digits.fractionCount + 9
      for i in 0..<9 {
        let index = start + i
        let digit = index >= 0 && index < digits.all.count ? digits.all[index] : 0
        rest = rest * 10 + Int128(digit)
      }
      let more = rest << Int128(power)
      amount += more / 1_000_000_000 + 1
    }
    let isSmall = amount < 1_000_000_000
    return Quantity(mantissa: min(amount, limit), scale: -9, format: isSmall ? .decimalSI : .binarySI)
  }
}

/// A quantity's text, taken apart.
private struct QuantityParts {
  var isNegative = false
  /// The digits before and after the point, as numbers 0...9.
  var whole: [UInt8] = []
  var fraction: [UInt8] = []
  var suffix = ""
  /// Whether any digit was written, even if it was a zero.
  var hasDigits = false

  /// A number that the server would not read in any request is longer than this.
  private static let longest = 4_096

  init(_ text: String) throws(Quantity.ParseError) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty, bytes.count <= Self.longest else { throw .wrongFormat }
    var at = 0
    if bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") {
      isNegative = bytes[0] == UInt8(ascii: "-")
      at = 1
    }
    whole = Self.digits(bytes, &at)
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      at += 1
      fraction = Self.digits(bytes, &at)
    }
    hasDigits = !whole.isEmpty || !fraction.isEmpty
    let start = at
    while at < bytes.count, "eEinumkKMGTP".utf8.contains(bytes[at]) { at += 1 }
    if at < bytes.count, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") { at += 1 }
    _ = Self.digits(bytes, &at)
    guard at == bytes.count else { throw .wrongFormat }
    suffix = String(decoding: bytes[start...], as: UTF8.self)
  }

  private static func digits(_ bytes: [UInt8], _ at: inout Int) -> [UInt8] {
    let start = at
    while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
    return bytes[start..<at].map { $0 - 0x30 }
  }
}

extension String {
  /// Without the ASCII white space at both ends.
  fileprivate var trimmingSpaces: String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }
    var bytes = utf8[...]
    while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    return String(Substring(bytes))
  }
}
