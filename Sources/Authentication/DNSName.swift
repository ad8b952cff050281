/// Whether texts have the forms that Kubernetes wants of object names (RFC 1123 section 2.1).
public enum DNSName {
  /// Up to 63 lower-case letters, digits and hyphens, neither first nor last a hyphen.
  public static func isLabel(_ text: some StringProtocol) -> Bool {
    text.utf8.count <= 63 && !text.utf8.contains(UInt8(ascii: ".")) && isSubdomain(text)
  }

  /// Such parts with dots between them, up to 253 characters in all.
  public static func isSubdomain(_ text: some StringProtocol) -> Bool {
    guard text.utf8.count <= 253 else { return false }
    var previous = UInt8(ascii: ".")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "."): if !isAlphanumeric(previous) { return false }
      case UInt8(ascii: "-"): if previous == UInt8(ascii: ".") { return false }
      default: if !isAlphanumeric(byte) { return false }
      }
      previous = byte
    }
    return isAlphanumeric(previous)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
