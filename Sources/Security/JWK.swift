internal import COpenSSL

/// The fields of a JSON Web Key (RFC 7517) that a public key has; binary values are URL Base64 without
/// padding.
public struct JWK: Sendable, Equatable {
  /// `kty`: `RSA` or `EC`.
  public var keyType: String
  /// `n`, the modulus (RSA).
  public var n: String?
  /// `e`, the exponent (RSA).
  public var e: String?
  /// `crv`, such as `P-256` (EC).
  public var curve: String?
  /// `x`, a coordinate (EC).
  public var x: String?
  /// `y`, a coordinate (EC).
  public var y: String?

  /// An RSA key.
  public init(n: String, e: String) {
    keyType = "RSA"
    self.n = n
    self.e = e
  }

  /// A key on the curve named `curve`.
  public init(curve: String, x: String, y: String) {
    keyType = "EC"
    self.curve = curve
    self.x = x
    self.y = y
  }
}

extension PublicKey {
  /// The key as JWK fields; nil when it is neither RSA nor on a NIST curve.
  public var jwk: JWK? {
    switch algorithm {
    case .rsa:
      return JWK(n: parameter(OSSL_PKEY_PARAM_RSA_N), e: parameter(OSSL_PKEY_PARAM_RSA_E))
    case .ecdsa(let curve):
      let length = curve.coordinateBytes
      return JWK(
        curve: curve.rawValue, x: parameter(OSSL_PKEY_PARAM_EC_PUB_X, length),
        y: parameter(OSSL_PKEY_PARAM_EC_PUB_Y, length))
    case .other:
      return nil
    }
  }

  /// What `alg` a token signed with this key's private half has by default: RS256, ES256, ES384 or ES512.
  public var usualSignatureAlgorithm: SignatureAlgorithm? {
    SignatureAlgorithm.usual(for: algorithm)
  }

  private func parameter(_ name: String, _ length: Int? = nil) -> String {
    var number: OpaquePointer?
    guard EVP_PKEY_get_bn_param(handle.pointer, name, &number) == 1 else {
      OpenSSLErrors.clear()
      return ""
    }
    defer { BN_free(number) }
    return BaseText.base64URL(bigEndian(number, length: length))
  }

  /// The key that JWK fields describe.
  ///
  /// - Throws: when fields are missing, malformed or out of bounds, or the point is not on the curve.
  public init(jwk: JWK) throws(SecurityError) {
    func bytes(_ name: String, _ text: String?) throws(SecurityError) -> [UInt8] {
      guard let text, text.utf8.count <= 4096, let bytes = BaseText.decodeBase64URL(text.utf8), !bytes.isEmpty
      else { throw SecurityError("the JSON Web Key's \(name) is missing or malformed") }
      return bytes
    }
    switch jwk.keyType {
    case "RSA":
      let numbers = DER.integer(try bytes("n", jwk.n)) + DER.integer(try bytes("e", jwk.e))
      let algorithm = DER.sequence(DER.rsaEncryption + DER.null)
      try self.init(der: DER.sequence(algorithm + DER.bitString(DER.sequence(numbers))))
    case "EC":
      guard let curve = jwk.curve.flatMap(EllipticCurve.init(rawValue:)) else {
        throw SecurityError("the JSON Web Key's curve is not supported")
      }
      let (x, y) = (try bytes("x", jwk.x), try bytes("y", jwk.y))
      guard x.count == curve.coordinateBytes, y.count == curve.coordinateBytes else {
        throw SecurityError("the JSON Web Key's coordinates have the wrong length")
      }
      let algorithm = DER.sequence(DER.ecPublicKey + curve.identifierDER)
      try self.init(der: DER.sequence(algorithm + DER.bitString([4] + x + y)))
    default:
      throw SecurityError("the JSON Web Key's type is not supported")
    }
  }
}

/// Just enough DER (X.690) to write a SubjectPublicKeyInfo.
enum DER {
  static let rsaEncryption: [UInt8] = [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1]
  static let ecPublicKey: [UInt8] = [6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1]
  static let null: [UInt8] = [5, 0]

  static func sequence(_ content: [UInt8]) -> [UInt8] {
    tagged(0x30, content)
  }

  static func bitString(_ content: [UInt8]) -> [UInt8] {
    tagged(3, [0] + content)
  }

  /// A number that is not negative, from big-endian bytes.
  static func integer(_ bytes: [UInt8]) -> [UInt8] {
    var digits = Array(bytes.drop { $0 == 0 })
    if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
    return tagged(2, digits)
  }

  private static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    let count = content.count
    if count < 0x80 { return [tag, UInt8(count)] + content }
    let length = withUnsafeBytes(of: UInt32(count).bigEndian) { Array($0.drop { $0 == 0 }) }
    return [tag, 0x80 | UInt8(length.count)] + length + content
  }
}

/// How service account tokens name their key.
public enum KeyID {
  /// URL Base64 without padding of the SHA-256 of the key's SubjectPublicKeyInfo: the `kid` that
  /// kube-apiserver gives a service account key.
  public static func of(_ key: PublicKey) -> String {
    BaseText.base64URL(Digest.sha256(key.der))
  }
}
