internal import COpenSSL

/// An X.509 certificate (RFC 5280). Its parts are read from the encoding when they are asked for.
public struct Certificate: Sendable, Equatable {
  let handle: CertificateHandle

  init(handle: CertificateHandle) {
    self.handle = handle
  }

  // MARK: Text

  /// Reads one certificate.
  public init(der: [UInt8]) throws(SecurityError) {
    guard let pointer = decodedDER(der, free: X509_free, { d2i_X509(nil, $0, $1) }) else {
      throw .openSSL("the certificate is malformed")
    }
    handle = CertificateHandle(owning: pointer)
    guard X509_get0_pubkey(pointer) != nil else {
      throw .openSSL("the certificate's public key is malformed")
    }
  }

  /// Reads the `CERTIFICATE` blocks of a PEM text, in order.
  ///
  /// - Throws: when there is none, or one is malformed.
  public static func parse(pem: [UInt8]) throws(SecurityError) -> [Certificate] {
    var certificates: [Certificate] = []
    for block in PEM.blocks(pem) where block.label == "CERTIFICATE" {
      certificates.append(try Certificate(der: block.der))
    }
    guard !certificates.isEmpty else {
      throw SecurityError("data does not contain any valid RSA or ECDSA certificates")
    }
    return certificates
  }

  /// The encoding, as it was read.
  public var der: [UInt8] {
    encodedDER { i2d_X509(handle.pointer, $0) }
  }

  /// The encoding as PEM.
  public var pem: String {
    PEM(label: "CERTIFICATE", der: der).text
  }

  /// Whether the two have the same encoding.
  public static func == (a: Certificate, b: Certificate) -> Bool {
    X509_cmp(a.handle.pointer, b.handle.pointer) == 0
  }

  // MARK: Names

  /// Who the certificate is of.
  public var subject: DistinguishedName { DistinguishedName(X509_get_subject_name(handle.pointer)) }
  /// Who signed it.
  public var issuer: DistinguishedName { DistinguishedName(X509_get_issuer_name(handle.pointer)) }

  /// Its subject's other names; none when the extension is missing or malformed.
  public var alternativeNames: SubjectAlternativeNames {
    guard let names = extensionValue(NID_subject_alt_name) else { return SubjectAlternativeNames() }
    let stack = OpaquePointer(names)
    defer { shim_GENERAL_NAMES_free(stack) }
    return SubjectAlternativeNames(stack)
  }

  // MARK: Numbers

  /// The serial number in decimal.
  public var serialNumber: String {
    guard let number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(handle.pointer), nil) else { return "0" }
    defer { BN_free(number) }
    guard let text = BN_bn2dec(number) else { return "0" }
    defer { shim_free(text) }
    return String(cString: text)
  }

  /// From when it is valid, in seconds since 1970.
  public var notBefore: Int64 { UTCTime.seconds(X509_get0_notBefore(handle.pointer)) }
  /// Until when it is valid (inclusive), in seconds since 1970.
  public var notAfter: Int64 { UTCTime.seconds(X509_get0_notAfter(handle.pointer)) }

  /// SHA-256 of the encoding.
  public var sha256: [UInt8] { Digest.sha256(der) }
  /// ``sha256`` in lower-case hexadecimal: the value in a credential id `X509SHA256=…`.
  public var fingerprint: String { BaseText.hex(sha256) }

  /// The key it is for.
  public var publicKey: PublicKey {
    guard let key = X509_get_pubkey(handle.pointer) else {
      preconditionFailure("the key was looked at when the certificate was read")
    }
    return PublicKey(handle: KeyHandle(owning: key))
  }

  // MARK: Extensions

  /// Whether it may sign other certificates (basic constraints).
  public var isCA: Bool {
    guard let value = extensionValue(NID_basic_constraints) else { return false }
    let constraints = value.assumingMemoryBound(to: BASIC_CONSTRAINTS.self)
    defer { BASIC_CONSTRAINTS_free(constraints) }
    return constraints.pointee.ca != 0
  }

  /// What its key may be used for; nil when it doesn't say.
  public var keyUsages: KeyUsages? {
    guard let value = extensionValue(NID_key_usage) else { return nil }
    let bits = value.assumingMemoryBound(to: ASN1_BIT_STRING.self)
    defer { ASN1_BIT_STRING_free(bits) }
    return UsageExtensions.keyUsages(bits)
  }

  /// What it is for; nil when it doesn't say, which means everything.
  public var extendedKeyUsages: [ExtendedKeyUsage]? {
    guard let value = extensionValue(NID_ext_key_usage) else { return nil }
    let stack = OpaquePointer(value)
    defer { shim_EXTENDED_KEY_USAGE_free(stack) }
    return UsageExtensions.extendedKeyUsages(stack)
  }

  /// The subject key identifier in lower-case hexadecimal, empty when there is none.
  public var subjectKeyID: String {
    BaseText.hex(rawBytes(X509_get0_subject_key_id(handle.pointer)))
  }

  /// The identifier of the issuer's key in lower-case hexadecimal, empty when there is none.
  public var authorityKeyID: String {
    BaseText.hex(rawBytes(X509_get0_authority_key_id(handle.pointer)))
  }

  /// How Kubernetes names a certificate in messages: `SN=…, SKID=AB:CD:…, AKID=AB:CD:…`.
  public var identifierText: String {
    func text(_ identifier: UnsafePointer<ASN1_OCTET_STRING>?) -> String {
      rawBytes(identifier).map { BaseText.hex([$0]).uppercased() }.joined(separator: ":")
    }
    return "SN=\(serialNumber), SKID=\(text(X509_get0_subject_key_id(handle.pointer))), "
      + "AKID=\(text(X509_get0_authority_key_id(handle.pointer)))"
  }

  /// Whether `issuer`'s key made this certificate's signature; looks at nothing else.
  public func isSigned(by issuer: Certificate) -> Bool {
    defer { OpenSSLErrors.clear() }
    return X509_verify(handle.pointer, X509_get0_pubkey(issuer.handle.pointer)) == 1
  }

  /// The decoded value of an extension, for the caller to free.
  private func extensionValue(_ nid: Int32) -> UnsafeMutableRawPointer? {
    defer { OpenSSLErrors.clear() }
    return X509_get_ext_d2i(handle.pointer, nid, nil, nil)
  }
}
