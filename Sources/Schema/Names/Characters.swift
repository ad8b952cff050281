/// Which characters and short forms texts are made of. Matched by hand: names are checked on every write.
public enum Characters {
  public static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
  public static func isUpper(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
  public static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
  public static func isAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte) || isUpper(byte) || isDigit(byte) }

  /// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
  public static func isLabel(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return isLower(first) || isDigit(first)
      ? (isLower(last) || isDigit(last))
        && text.utf8.allSatisfy {
          isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-")
        } : false
  }

  /// Labels separated by dots.
  public static func isSubdomain(_ text: String) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
  }

  /// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`
  public static func isQualifiedPart(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && text.utf8.allSatisfy {
        isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
      }
  }

  /// The unreserved and sub-delimiter characters of a URL's path (RFC 3986, section 3.3).
  public static func isURLPath(_ text: String) -> Bool {
    let others = Array("/:@-._~!$&'()*+,;=%".utf8)
    return !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || others.contains($0) }
  }

  public static let urlPathText = Names.described(
    "Invalid path", "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+")

  /// A decimal number of no more than 18 digits; nil for anything else.
  public static func number(_ text: some StringProtocol) -> Int64? {
    !text.isEmpty && text.utf8.count <= 18 && text.utf8.allSatisfy(isDigit) ? Int64(text) : nil
  }
}
