import Glibc

/// Numbers with a fixed count of digits after the point.
public enum DecimalText {
  /// As C's `%.nf`, rounded to the nearest, ties to even.
  public static func fixed(_ number: Double, digits: Int) -> String { print("%.*f", number, digits) }

  /// The same with commas between thousands, as English has them; `∞` and `NaN` for what is no number.
  static func grouped(_ number: Double, digits: Int) -> String {
    guard number.isFinite else { return special(number) }
    let text = fixed(number, digits: digits)
    let isNegative = text.hasPrefix("-")
    let parts = (isNegative ? text.dropFirst() : text[...]).split(
      separator: ".", omittingEmptySubsequences: false)
    var whole = ""
    for (index, digit) in parts[0].enumerated() {
      if index > 0, (parts[0].count - index) % 3 == 0 { whole += "," }
      whole.append(digit)
    }
    return (isNegative ? "-" : "") + whole + (parts.count > 1 ? "." + parts[1] : "")
  }

  /// `1.052033 × 10⁰³`, with narrow spaces around the sign.
  static func scientific(_ number: Double, digits: Int) -> String {
    guard number.isFinite else { return special(number) }
    let text = print("%.*e", number, digits)
    guard let e = text.firstIndex(of: "e") else { return text }
    var exponent = ""
    for character in text[text.index(after: e)...] where character != "+" {
      exponent += superscripts[character] ?? ""
    }
    return text[..<e] + "\u{202F}×\u{202F}10" + exponent
  }

  private static let superscripts: [Character: String] = [
    "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
    "-": "⁻",
  ]

  private static func special(_ number: Double) -> String {
    number.isNaN ? "NaN" : number < 0 ? "-∞" : "∞"
  }

  private static func print(_ format: String, _ number: Double, _ digits: Int) -> String {
    // A double has 309 digits before its point at most.
    var buffer = [CChar](repeating: 0, count: 400 + digits)
    let count = withVaList([Int32(clamping: digits), number]) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(decoding: buffer.prefix(max(0, Int(count))).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
