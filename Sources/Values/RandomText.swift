/// Random identifiers, from the system's generator.
public enum RandomText {
  /// A version 4 UUID (RFC 9562), in lower case: `3b241101-e2bb-4255-8caf-4136c566a962`.
  public static func uuid() -> String {
    var generator = SystemRandomNumberGenerator()
    let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for i in 0..<32 {
      if i == 8 || i == 12 || i == 16 || i == 20 { text.append(UInt8(ascii: "-")) }
      let word = i < 16 ? high : low
      let digit = UInt8(word >> UInt64(60 - i % 16 * 4) & 15)
      text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The letters of generated names: no vowels and no look-alikes, so that no word and no doubt arises
  /// (k8s.io/apimachinery/pkg/util/rand).
  private static let letters = Array("bcdfghjklmnpqrstvwxz2456789".utf8)

  /// That many random letters and digits, as `generateName` appends five of.
  public static func suffix(_ count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    var text: [UInt8] = []
    for _ in 0..<max(0, count) {
      text.append(letters[Int(generator.next(upperBound: UInt64(letters.count)))])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// That many random bytes.
  public static func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<max(0, count)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }
}
