internal import COpenSSL

/// Message digests, message authentication and random bytes.
public enum Digest {
  /// A digest that was looked up: OpenSSL would else look it up anew at every use.
  ///
  /// Unchecked: what it points to is never changed, nor freed.
  private struct Algorithm: @unchecked Sendable { let pointer: OpaquePointer? }

  private static let sha256Algorithm = Algorithm(pointer: EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256())
  private static let sha512Algorithm = Algorithm(pointer: EVP_MD_fetch(nil, "SHA512", nil) ?? EVP_sha512())

  /// SHA-256 (FIPS 180-4) of the bytes: 32 bytes.
  public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    digest(bytes, length: 32, sha256Algorithm)
  }

  /// SHA-512 (FIPS 180-4) of the bytes: 64 bytes.
  public static func sha512(_ bytes: [UInt8]) -> [UInt8] {
    digest(bytes, length: 64, sha512Algorithm)
  }

  /// HMAC-SHA-256 (RFC 2104) of the bytes: 32 bytes.
  public static func hmacSHA256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { out, count in
      var length: UInt32 = 0
      // An empty array may have no address, which HMAC reads as "the key of last time".
      let result = (key.isEmpty ? [0] : key).withUnsafeBytes {
        HMAC(EVP_sha256(), $0.baseAddress, Int32(key.count), bytes, bytes.count, out.baseAddress, &length)
      }
      precondition(result != nil && length == 32, "SHA-256 is always there")
      count = 32
    }
  }

  /// Whether the two are equal, in a time that depends on their lengths only.
  public static func constantTimeEquals(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
  }

  /// Cryptographically secure random bytes.
  public static func randomBytes(_ count: Int) -> [UInt8] {
    guard count > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { out, written in
      // Going on with predictable bytes would be worse than ending the process.
      precondition(RAND_bytes(out.baseAddress, Int32(count)) == 1, "no random bytes to be had")
      written = count
    }
  }

  private static func digest(_ bytes: [UInt8], length: Int, _ algorithm: Algorithm) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: length) { out, count in
      var written: UInt32 = 0
      let result = EVP_Digest(bytes, bytes.count, out.baseAddress, &written, algorithm.pointer, nil)
      precondition(result == 1 && Int(written) == length, "SHA-2 is always there")
      count = length
    }
  }
}
