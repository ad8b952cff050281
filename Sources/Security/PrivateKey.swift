internal import COpenSSL

/// A private key: RSA, ECDSA on a NIST curve, or another kind that OpenSSL reads.
///
/// It has no description, and none of its errors show key material.
public struct PrivateKey: Sendable {
  let handle: KeyHandle

  /// What kind of key it is.
  public var algorithm: KeyAlgorithm { KeyAlgorithm(handle.pointer) }

  init(handle: KeyHandle) {
    self.handle = handle
  }

  // MARK: Making

  /// A new ECDSA key: well under a millisecond.
  public static func ecdsa(_ curve: EllipticCurve) throws(SecurityError) -> PrivateKey {
    guard let key = shim_EVP_EC_gen(curve.rawValue) else { throw .openSSL("cannot make an ECDSA key") }
    return PrivateKey(handle: KeyHandle(owning: key))
  }

  /// A new RSA key: 2048 bits take about a tenth of a second.
  public static func rsa(bits: Int = 2048) throws(SecurityError) -> PrivateKey {
    guard (1024...8192).contains(bits), let key = shim_EVP_RSA_gen(bits) else {
      throw .openSSL("cannot make an RSA key of \(bits) bits")
    }
    return PrivateKey(handle: KeyHandle(owning: key))
  }

  // MARK: Text

  /// Reads the first private key of a PEM text: PKCS#8 (`PRIVATE KEY`), `RSA PRIVATE KEY` or `EC PRIVATE
  /// KEY`.
  public init(pem: [UInt8]) throws(SecurityError) {
    for block in PEM.blocks(pem) {
      guard let kind = PrivateKey.kinds[block.label] else { continue }
      guard !block.isEncrypted, block.label != "ENCRYPTED PRIVATE KEY" else {
        throw SecurityError("the private key is encrypted: only unencrypted keys can be read")
      }
      let key = decodedDER(block.der, free: EVP_PKEY_free) { place, length in
        kind == EVP_PKEY_NONE
          ? d2i_AutoPrivateKey(nil, place, length) : d2i_PrivateKey(kind, nil, place, length)
      }
      guard let key else { throw .openSSL("the private key is malformed") }
      handle = KeyHandle(owning: key)
      return
    }
    throw SecurityError("no private key found in the PEM data")
  }

  private static let kinds: [String: Int32] = [
    "PRIVATE KEY": EVP_PKEY_NONE,
    "ENCRYPTED PRIVATE KEY": EVP_PKEY_NONE,
    "RSA PRIVATE KEY": EVP_PKEY_RSA,
    "EC PRIVATE KEY": EVP_PKEY_EC,
  ]

  /// The key as PKCS#8 PEM (RFC 5958): secret.
  public var pem: String {
    guard let info = EVP_PKEY2PKCS8(handle.pointer) else { return "" }
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    return PEM(label: "PRIVATE KEY", der: encodedDER { i2d_PKCS8_PRIV_KEY_INFO(info, $0) }).text
  }

  /// The key as `RSA PRIVATE KEY` (RFC 8017) or `EC PRIVATE KEY` (RFC 5915) PEM: secret. Other kinds as
  /// ``pem``.
  public var legacyPEM: String {
    let label: String
    switch algorithm {
    case .rsa: label = "RSA PRIVATE KEY"
    case .ecdsa: label = "EC PRIVATE KEY"
    case .other: return pem
    }
    return PEM(label: label, der: encodedDER { i2d_PrivateKey(handle.pointer, $0) }).text
  }

  // MARK: Using

  /// The public half.
  public var publicKey: PublicKey {
    // The same object: a PublicKey only ever uses the public part.
    PublicKey(handle: handle)
  }

  /// Signs the bytes.
  ///
  /// - Returns: the signature as JWS has it: for ECDSA the raw r and s.
  /// - Throws: when the key is not of the kind that the algorithm needs.
  public func sign(_ bytes: [UInt8], _ algorithm: SignatureAlgorithm) throws(SecurityError) -> [UInt8] {
    guard algorithm.fits(self.algorithm) else {
      throw SecurityError("the key can't sign with \(algorithm.rawValue)")
    }
    guard let digest = EVP_MD_CTX_new() else { throw .openSSL("cannot sign") }
    defer { EVP_MD_CTX_free(digest) }
    var settings: OpaquePointer?
    var length = 0
    guard EVP_DigestSignInit(digest, &settings, algorithm.hash, nil, handle.pointer) == 1,
      PublicKey.setPadding(settings, algorithm),
      EVP_DigestSign(digest, nil, &length, bytes, bytes.count) == 1
    else { throw .openSSL("cannot sign") }
    var signature = [UInt8](repeating: 0, count: length)
    guard EVP_DigestSign(digest, &signature, &length, bytes, bytes.count) == 1 else {
      throw .openSSL("cannot sign")
    }
    signature.removeLast(signature.count - length)
    guard case .ecdsa(let curve) = algorithm.scheme else { return signature }
    return try PrivateKey.rawSignature(signature, curve)
  }

  /// An ASN.1 ECDSA signature (RFC 3279) as r and s side by side.
  private static func rawSignature(_ der: [UInt8], _ curve: EllipticCurve) throws(SecurityError) -> [UInt8] {
    guard let pair = decodedDER(der, free: ECDSA_SIG_free, { d2i_ECDSA_SIG(nil, $0, $1) }) else {
      throw .openSSL("cannot sign")
    }
    defer { ECDSA_SIG_free(pair) }
    let half = curve.coordinateBytes
    return bigEndian(ECDSA_SIG_get0_r(pair), length: half) + bigEndian(ECDSA_SIG_get0_s(pair), length: half)
  }
}

/// A big number as big-endian bytes, filled with zeros on the left to `length`; empty when it doesn't fit.
func bigEndian(_ number: OpaquePointer?, length: Int? = nil) -> [UInt8] {
  guard let number else { return [] }
  let needed = (Int(BN_num_bits(number)) + 7) / 8
  var bytes = [UInt8](repeating: 0, count: length ?? needed)
  guard bytes.count >= needed, BN_bn2binpad(number, &bytes, Int32(bytes.count)) >= 0 else { return [] }
  return bytes
}
