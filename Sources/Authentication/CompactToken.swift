import Security
import Values

/// JSON Web Tokens in compact form (RFC 7515 section 7.1) before anything in them is believed.
enum CompactToken {
  /// Header, payload and signature as they are written; nil where there are not three, or the token is too long.
  static func parts(_ token: String) -> [ArraySlice<UInt8>]? {
    guard token.utf8.count <= JWS.maximumLength else { return nil }
    // One split more than wanted tells of more parts without making them all.
    let parts = Array(token.utf8).split(
      separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    return parts.count == 3 ? parts : nil
  }

  /// The bytes of a part; nil where it is not base64url without padding.
  static func bytes(_ part: ArraySlice<UInt8>) -> [UInt8]? {
    try? Base64.decode(Array(part), alphabet: .url, padding: false)
  }
}
