internal import COpenSSL

/// What to write into a new certificate.
public struct CertificateTemplate: Sendable {
  /// Who it is of.
  public var subject: DistinguishedName
  /// From when it is valid, in seconds since 1970.
  public var notBefore: Int64
  /// Until when it is valid, in seconds since 1970.
  public var notAfter: Int64
  /// Whether it may sign other certificates.
  public var isCA = false
  /// The subject's other names.
  public var alternativeNames = SubjectAlternativeNames()
  /// What its key may be used for; empty leaves the extension out.
  public var keyUsages: KeyUsages = [.digitalSignature]
  /// What it is for; empty leaves the extension out.
  public var extendedKeyUsages: [ExtendedKeyUsage] = []

  /// A template for an end entity.
  public init(subject: DistinguishedName, notBefore: Int64, notAfter: Int64) {
    self.subject = subject
    self.notBefore = notBefore
    self.notAfter = notAfter
  }

  /// A template valid from `backdating` seconds ago (for clients whose clocks are behind) for `days`, at most
  /// a million.
  public init(subject: DistinguishedName, days: Int64, backdating: Int64 = 300) {
    let now = UTCTime.now
    let days = min(max(days, 0), 1_000_000)
    self.init(subject: subject, notBefore: now - backdating, notAfter: now + days * 86400)
  }
}

/// A certificate that signs others, with its key.
public struct CertificateAuthority: Sendable {
  public let certificate: Certificate
  public let key: PrivateKey

  /// Pairs the two.
  ///
  /// - Throws: when the key is not the certificate's.
  public init(certificate: Certificate, key: PrivateKey) throws(SecurityError) {
    guard certificate.publicKey == key.publicKey else {
      throw SecurityError("the private key does not match the certificate")
    }
    self.certificate = certificate
    self.key = key
  }

  /// A new certificate for `publicKey`, signed by this authority, with a random serial number of 127 bits.
  public func issue(_ template: CertificateTemplate, for publicKey: PublicKey) throws(SecurityError)
    -> Certificate
  {
    try Certificate.issue(template, for: publicKey, issuer: certificate, key: key)
  }
}

extension Certificate {
  /// A new certificate for `key`, signed by itself.
  public static func selfSigned(_ template: CertificateTemplate, key: PrivateKey) throws(SecurityError)
    -> Certificate
  {
    try issue(template, for: key.publicKey, issuer: nil, key: key)
  }

  /// - Parameter issuer: who signs; nil for the subject itself.
  fileprivate static func issue(
    _ template: CertificateTemplate, for publicKey: PublicKey, issuer: Certificate?, key: PrivateKey
  ) throws(SecurityError) -> Certificate {
    guard let pointer = X509_new() else { throw .openSSL("cannot make a certificate") }
    let handle = CertificateHandle(owning: pointer)
    try template.subject.append(to: X509_get_subject_name(pointer))
    let serial = randomSerial()
    defer { ASN1_INTEGER_free(serial) }
    guard X509_set_version(pointer, 2) == 1,
      X509_set_serialNumber(pointer, serial) == 1,
      X509_set_issuer_name(pointer, X509_get_subject_name(issuer?.handle.pointer ?? pointer)) == 1,
      ASN1_TIME_set(X509_getm_notBefore(pointer), time_t(template.notBefore)) != nil,
      ASN1_TIME_set(X509_getm_notAfter(pointer), time_t(template.notAfter)) != nil,
      X509_set_pubkey(pointer, publicKey.handle.pointer) == 1
    else { throw .openSSL("cannot write the certificate") }
    try template.writeExtensions(to: pointer, issuer: issuer?.handle.pointer ?? pointer)
    guard X509_sign(pointer, key.handle.pointer, key.signatureHash) > 0 else {
      throw .openSSL("cannot sign the certificate")
    }
    return Certificate(handle: handle)
  }

  private static func randomSerial() -> UnsafeMutablePointer<ASN1_INTEGER>? {
    var bytes = Digest.randomBytes(16)
    bytes[0] &= 0x7F
    let number = BN_bin2bn(bytes, 16, nil)
    defer { BN_free(number) }
    return BN_to_ASN1_INTEGER(number, nil)
  }
}

extension PrivateKey {
  /// What to hash with when this key signs certificates and requests; nil where the kind of key decides
  /// (Ed25519).
  var signatureHash: OpaquePointer? {
    switch algorithm {
    case .rsa, .ecdsa(.p256): EVP_sha256()
    case .ecdsa(.p384): EVP_sha384()
    case .ecdsa(.p521): EVP_sha512()
    case .other: nil
    }
  }
}

extension CertificateTemplate {
  fileprivate func writeExtensions(
    to certificate: OpaquePointer, issuer: OpaquePointer
  ) throws(SecurityError) {
    func add(_ nid: Int32, _ value: UnsafeMutableRawPointer?, critical: Bool) throws(SecurityError) {
      guard X509_add1_ext_i2d(certificate, nid, value, critical ? 1 : 0, UInt(X509V3_ADD_APPEND)) == 1 else {
        throw .openSSL("cannot write the certificate's extensions")
      }
    }
    if !keyUsages.isEmpty {
      let bits = UsageExtensions.encoded(keyUsages)
      defer { ASN1_BIT_STRING_free(bits) }
      try add(NID_key_usage, bits, critical: true)
    }
    if !extendedKeyUsages.isEmpty {
      let stack = UsageExtensions.encoded(extendedKeyUsages)
      defer { shim_EXTENDED_KEY_USAGE_free(stack) }
      guard let stack else { throw .openSSL("an extended key usage is not an object identifier") }
      try add(NID_ext_key_usage, UnsafeMutableRawPointer(stack), critical: false)
    }
    let constraints = BASIC_CONSTRAINTS_new()
    defer { BASIC_CONSTRAINTS_free(constraints) }
    constraints?.pointee.ca = isCA ? 0xFF : 0
    try add(NID_basic_constraints, constraints, critical: true)
    if isCA {
      let keyID = ASN1_OCTET_STRING_new()
      defer { ASN1_OCTET_STRING_free(keyID) }
      var digest = [UInt8](repeating: 0, count: 64)
      var length: UInt32 = 0
      guard X509_pubkey_digest(certificate, EVP_sha1(), &digest, &length) == 1,
        ASN1_OCTET_STRING_set(keyID, digest, Int32(length)) == 1
      else { throw .openSSL("cannot write the certificate's extensions") }
      try add(NID_subject_key_identifier, keyID, critical: false)
    }
    if certificate != issuer, let issuerKeyID = X509_get0_subject_key_id(issuer) {
      let authority = AUTHORITY_KEYID_new()
      defer { AUTHORITY_KEYID_free(authority) }
      authority?.pointee.keyid = ASN1_OCTET_STRING_dup(issuerKeyID)
      try add(NID_authority_key_identifier, authority, critical: false)
    }
    if !alternativeNames.isEmpty {
      let names = try alternativeNames.encoded()
      defer { shim_GENERAL_NAMES_free(names) }
      // RFC 5280 section 4.2.1.6: critical where the subject is empty.
      try add(NID_subject_alt_name, UnsafeMutableRawPointer(names), critical: subject.attributes.isEmpty)
    }
  }
}
