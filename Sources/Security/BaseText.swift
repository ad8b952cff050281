/// Base64 (RFC 4648) in the standard and the URL alphabet, and lower-case hexadecimal.
enum BaseText {
  private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let standardValues = values(of: standard)
  private static let urlValues = values(of: url)

  private static func values(of alphabet: [UInt8]) -> [UInt8] {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, character) in alphabet.enumerated() {
      values[Int(character)] = UInt8(value)
    }
    return values
  }

  /// Standard Base64 with padding, on one line.
  static func base64(_ bytes: [UInt8]) -> String {
    encode(bytes, standard, padded: true)
  }

  /// URL Base64 without padding (RFC 7515 section 2).
  static func base64URL(_ bytes: [UInt8]) -> String {
    encode(bytes, url, padded: false)
  }

  /// The bytes of padded standard Base64; nil when it is malformed. White space must be gone already.
  static func decodeBase64(_ text: some Collection<UInt8>) -> [UInt8]? {
    var digits = Array(text)
    guard digits.count % 4 == 0 else { return nil }
    for _ in 0..<2 where digits.last == UInt8(ascii: "=") {
      digits.removeLast()
    }
    return decode(digits, standardValues)
  }

  /// The bytes of URL Base64 without padding; nil when it is malformed.
  static func decodeBase64URL(_ text: some Collection<UInt8>) -> [UInt8]? {
    decode(Array(text), urlValues)
  }

  /// Two lower-case hexadecimal digits a byte.
  static func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func encode(_ bytes: [UInt8], _ alphabet: [UInt8], padded: Bool) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var at = 0
    while at < bytes.count {
      let count = min(3, bytes.count - at)
      var group: UInt32 = 0
      for i in 0..<3 {
        group = group << 8 | (i < count ? UInt32(bytes[at + i]) : 0)
      }
      for i in 0...count {
        text.append(alphabet[Int(group >> (18 - 6 * UInt32(i)) & 63)])
      }
      if padded {
        text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - count))
      }
      at += 3
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func decode(_ digits: [UInt8], _ values: [UInt8]) -> [UInt8]? {
    guard digits.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 4 * 3 + 2)
    var group: UInt32 = 0
    var bits = 0
    for digit in digits {
      let value = values[Int(digit)]
      guard value != 0xFF else { return nil }
      group = group << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
        group &= (1 << UInt32(bits)) - 1
      }
    }
    // Left-over bits must be zero, so that one value has one spelling.
    return group == 0 ? bytes : nil
  }
}
