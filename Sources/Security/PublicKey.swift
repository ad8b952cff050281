internal import COpenSSL

/// A public key.
public struct PublicKey: Sendable, Equatable {
  let handle: KeyHandle

  /// What kind of key it is.
  public var algorithm: KeyAlgorithm { KeyAlgorithm(handle.pointer) }

  init(handle: KeyHandle) {
    self.handle = handle
  }

  // MARK: Text

  /// Reads a SubjectPublicKeyInfo (RFC 5280 section 4.1), also called PKIX.
  public init(der: [UInt8]) throws(SecurityError) {
    guard let key = decodedDER(der, free: EVP_PKEY_free, { d2i_PUBKEY(nil, $0, $1) }) else {
      throw .openSSL("the public key is malformed")
    }
    handle = KeyHandle(owning: key)
  }

  /// Reads the first key of a PEM text, as kube-apiserver's --service-account-key-file takes it: a public
  /// key, a certificate's, or a private key's public half.
  public init(pem: [UInt8]) throws(SecurityError) {
    guard let first = try PublicKey.all(pem: pem).first else {
      throw SecurityError("no public key found in the PEM data")
    }
    self = first
  }

  /// Reads every key of a PEM text: `PUBLIC KEY`, `RSA PUBLIC KEY`, `CERTIFICATE` and private keys; other
  /// blocks are skipped.
  public static func all(pem: [UInt8]) throws(SecurityError) -> [PublicKey] {
    var keys: [PublicKey] = []
    for block in PEM.blocks(pem) {
      switch block.label {
      case "PUBLIC KEY":
        keys.append(try PublicKey(der: block.der))
      case "RSA PUBLIC KEY":
        let key = decodedDER(block.der, free: EVP_PKEY_free) { d2i_PublicKey(EVP_PKEY_RSA, nil, $0, $1) }
        guard let key else { throw .openSSL("the public key is malformed") }
        keys.append(PublicKey(handle: KeyHandle(owning: key)))
      case "CERTIFICATE":
        keys.append(try Certificate(der: block.der).publicKey)
      case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
        keys.append(try PrivateKey(pem: Array(block.text.utf8)).publicKey)
      default:
        continue
      }
    }
    return keys
  }

  /// The SubjectPublicKeyInfo.
  public var der: [UInt8] {
    encodedDER { i2d_PUBKEY(handle.pointer, $0) }
  }

  /// The SubjectPublicKeyInfo as `PUBLIC KEY` PEM.
  public var pem: String {
    PEM(label: "PUBLIC KEY", der: der).text
  }

  /// Whether the two are the same key.
  public static func == (a: PublicKey, b: PublicKey) -> Bool {
    let same = EVP_PKEY_eq(a.handle.pointer, b.handle.pointer) == 1
    OpenSSLErrors.clear()
    return same
  }

  // MARK: Using

  /// Whether `signature` is this key's signature of `bytes`.
  ///
  /// - Parameter signature: as JWS has it: for ECDSA the raw r and s.
  public func verify(_ signature: [UInt8], of bytes: [UInt8], _ algorithm: SignatureAlgorithm) -> Bool {
    defer { OpenSSLErrors.clear() }
    guard algorithm.fits(self.algorithm), let signature = encoded(signature, algorithm.scheme),
      let digest = EVP_MD_CTX_new()
    else { return false }
    defer { EVP_MD_CTX_free(digest) }
    var settings: OpaquePointer?
    return EVP_DigestVerifyInit(digest, &settings, algorithm.hash, nil, handle.pointer) == 1
      && PublicKey.setPadding(settings, algorithm)
      && EVP_DigestVerify(digest, signature, signature.count, bytes, bytes.count) == 1
  }

  /// The signature in the form that OpenSSL wants.
  private func encoded(_ signature: [UInt8], _ scheme: SignatureAlgorithm.Scheme) -> [UInt8]? {
    guard case .ecdsa(let curve) = scheme else { return signature }
    let half = curve.coordinateBytes
    guard signature.count == 2 * half, let pair = ECDSA_SIG_new() else { return nil }
    defer { ECDSA_SIG_free(pair) }
    let (r, s) = signature.withUnsafeBufferPointer { raw in
      (
        BN_bin2bn(raw.baseAddress, Int32(half), nil),
        BN_bin2bn(raw.baseAddress.map { $0 + half }, Int32(half), nil)
      )
    }
    guard let r, let s, ECDSA_SIG_set0(pair, r, s) == 1 else {
      BN_free(r)
      BN_free(s)
      return nil
    }
    return encodedDER { i2d_ECDSA_SIG(pair, $0) }
  }

  /// Sets PSS padding with a salt as long as the hash (RFC 7518 section 3.5) where the algorithm wants it.
  static func setPadding(_ settings: OpaquePointer?, _ algorithm: SignatureAlgorithm) -> Bool {
    guard algorithm.scheme == .pss else { return true }
    return EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1
      && EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1
  }
}
