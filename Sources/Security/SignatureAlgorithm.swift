internal import COpenSSL

/// The asymmetric signature algorithms of RFC 7518 section 3.1, by their JOSE names.
///
/// `none` and the shared-secret `HS…` algorithms are left out on purpose: nothing here can be made to accept
/// them.
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
  case rs256 = "RS256"
  case rs384 = "RS384"
  case rs512 = "RS512"
  case es256 = "ES256"
  case es384 = "ES384"
  case es512 = "ES512"
  case ps256 = "PS256"
  case ps384 = "PS384"
  case ps512 = "PS512"

  /// How an algorithm pads or encodes its signature.
  enum Scheme: Equatable {
    case pkcs1
    case pss
    /// ECDSA as r and s, each `half` bytes, on the one curve allowed.
    case ecdsa(EllipticCurve)
  }

  var scheme: Scheme {
    switch self {
    case .rs256, .rs384, .rs512: .pkcs1
    case .ps256, .ps384, .ps512: .pss
    case .es256: .ecdsa(.p256)
    case .es384: .ecdsa(.p384)
    case .es512: .ecdsa(.p521)
    }
  }

  var hash: OpaquePointer? {
    switch self {
    case .rs256, .es256, .ps256: EVP_sha256()
    case .rs384, .es384, .ps384: EVP_sha384()
    case .rs512, .es512, .ps512: EVP_sha512()
    }
  }

  /// Whether keys of this kind can make such signatures.
  func fits(_ key: KeyAlgorithm) -> Bool {
    switch (scheme, key) {
    // Go's crypto/rsa refuses shorter keys too.
    case (.pkcs1, .rsa(let bits)), (.pss, .rsa(let bits)): bits >= 1024
    case (.ecdsa(let wanted), .ecdsa(let curve)): wanted == curve
    default: false
    }
  }

  /// What a service account issuer signs with (RS256, or the ES algorithm of the key's curve); nil for other
  /// keys.
  static func usual(for key: KeyAlgorithm) -> SignatureAlgorithm? {
    switch key {
    case .rsa: .rs256
    case .ecdsa(.p256): .es256
    case .ecdsa(.p384): .es384
    case .ecdsa(.p521): .es512
    case .other: nil
    }
  }
}

/// The NIST curves that Kubernetes takes keys on.
public enum EllipticCurve: String, Sendable, CaseIterable {
  case p256 = "P-256"
  case p384 = "P-384"
  case p521 = "P-521"

  /// Bytes of a coordinate, and of each half of a raw signature (RFC 7518 section 3.4).
  var coordinateBytes: Int {
    switch self {
    case .p256: 32
    case .p384: 48
    case .p521: 66
    }
  }

  /// The DER of the curve's object identifier (RFC 5480 section 2.1.1.1).
  var identifierDER: [UInt8] {
    switch self {
    case .p256: [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    case .p384: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]
    case .p521: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23]
    }
  }

  /// The curve that OpenSSL calls by `name`.
  init?(openSSLName name: String) {
    switch name {
    case "prime256v1", "P-256": self = .p256
    case "secp384r1", "P-384": self = .p384
    case "secp521r1", "P-521": self = .p521
    default: return nil
    }
  }
}

/// What kind of key a key is.
public enum KeyAlgorithm: Sendable, Equatable {
  /// RSA with a modulus of so many bits.
  case rsa(bits: Int)
  /// ECDSA on a NIST curve.
  case ecdsa(EllipticCurve)
  /// Anything else, by OpenSSL's name (`ED25519`).
  case other(String)

  init(_ key: OpaquePointer) {
    switch EVP_PKEY_get_base_id(key) {
    case EVP_PKEY_RSA:
      self = .rsa(bits: Int(EVP_PKEY_get_bits(key)))
    case EVP_PKEY_EC:
      var name = [CChar](repeating: 0, count: 64)
      var length = 0
      let found = EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1
      let text = found ? name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } : "EC"
      self = EllipticCurve(openSSLName: text).map { .ecdsa($0) } ?? .other(text)
    default:
      self = .other(EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown")
    }
    OpenSSLErrors.clear()
  }
}
