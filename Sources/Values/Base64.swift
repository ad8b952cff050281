/// Base 64 text (RFC 4648), read as strictly as Go's encoding/base64 reads it.
public enum Base64 {
  /// Which characters stand for 62 and 63.
  public enum Alphabet: Sendable {
    /// `+` and `/`, RFC 4648 section 4.
    case standard
    /// `-` and `_`, RFC 4648 section 5.
    case url

    fileprivate var tail: (UInt8, UInt8) {
      switch self {
      case .standard: (UInt8(ascii: "+"), UInt8(ascii: "/"))
      case .url: (UInt8(ascii: "-"), UInt8(ascii: "_"))
      }
    }
  }

  /// Why a text is not base 64, in Go's words, and the byte at which it was noticed.
  public struct DecodeError: Error, Equatable, CustomStringConvertible {
    public var offset: Int

    public var message: String { "illegal base64 data at input byte \(offset)" }
    public var description: String { message }
  }

  /// The text of the bytes, by default with the standard alphabet and padded with `=`.
  public static func encode(
    _ bytes: some Sequence<UInt8>, alphabet: Alphabet = .standard, padding: Bool = true
  ) -> String {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.underestimatedCount + 2) / 3 * 4)
    var group: UInt32 = 0
    var held = 0
    for byte in bytes {
      group = group << 8 | UInt32(byte)
      held += 1
      if held == 3 {
        for shift in [18, 12, 6, 0] as [UInt32] { out.append(character(group >> shift & 63, alphabet)) }
        group = 0
        held = 0
      }
    }
    if held > 0 {
      group <<= UInt32(8 * (3 - held))
      for i in 0...held { out.append(character(group >> UInt32(18 - 6 * i) & 63, alphabet)) }
      if padding { for _ in held..<3 { out.append(UInt8(ascii: "=")) } }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The bytes of the text. Line ends (CR, LF) are skipped wherever they stand, as in Go.
  /// - Parameter padding: whether the text must be padded with `=`, or must not.
  /// - Throws: ``DecodeError``.
  public static func decode(
    _ text: String, alphabet: Alphabet = .standard, padding: Bool = true
  ) throws(DecodeError) -> [UInt8] {
    try decode(Array(text.utf8), alphabet: alphabet, padding: padding)
  }

  /// The bytes of a text given as bytes; see ``decode(_:alphabet:padding:)-(String,_,_)``.
  public static func decode(
    _ text: [UInt8], alphabet: Alphabet = .standard, padding: Bool = true
  ) throws(DecodeError) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 4 * 3)
    var group: UInt32 = 0
    var held = 0
    var at = 0
    while at < text.count {
      let byte = text[at]
      at += 1
      if isLineEnd(byte) { continue }
      if let six = number(byte, alphabet) {
        group = group << 6 | six
        held += 1
        if held == 4 {
          out.append(contentsOf: [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)])
          group = 0
          held = 0
        }
        continue
      }
      guard padding, byte == UInt8(ascii: "="), held >= 2 else { throw DecodeError(offset: at - 1) }
      if held == 2 {
        skipLineEnds(text, &at)
        guard at < text.count else { throw DecodeError(offset: text.count) }
        guard text[at] == UInt8(ascii: "=") else { throw DecodeError(offset: at - 1) }
        at += 1
      }
      skipLineEnds(text, &at)
      guard at == text.count else { throw DecodeError(offset: at) }
      appendRest(group, held, to: &out)
      return out
    }
    if held > 0 {
      guard held > 1, !padding else { throw DecodeError(offset: at - held) }
      appendRest(group, held, to: &out)
    }
    return out
  }

  private static func appendRest(_ group: UInt32, _ held: Int, to out: inout [UInt8]) {
    let bits = group << UInt32(6 * (4 - held))
    out.append(UInt8(bits >> 16 & 255))
    if held == 3 { out.append(UInt8(bits >> 8 & 255)) }
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  private static func skipLineEnds(_ text: [UInt8], _ at: inout Int) {
    while at < text.count, isLineEnd(text[at]) { at += 1 }
  }

  private static func character(_ six: UInt32, _ alphabet: Alphabet) -> UInt8 {
    switch six {
    case 0..<26: UInt8(ascii: "A") + UInt8(six)
    case 26..<52: UInt8(ascii: "a") + UInt8(six - 26)
    case 52..<62: UInt8(ascii: "0") + UInt8(six - 52)
    case 62: alphabet.tail.0
    default: alphabet.tail.1
    }
  }

  private static func number(_ byte: UInt8, _ alphabet: Alphabet) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
    case alphabet.tail.0: 62
    case alphabet.tail.1: 63
    default: nil
    }
  }
}
