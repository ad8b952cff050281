internal import COpenSSL

/// A certificate signing request (PKCS #10, RFC 2986).
public struct CertificateRequest: Sendable {
  private let handle: RequestHandle

  // MARK: Reading

  /// Reads the first block of a PEM text, as certificates.k8s.io reads `spec.request`.
  ///
  /// - Throws: when there is none, it is not a `CERTIFICATE REQUEST` (or `NEW CERTIFICATE REQUEST`), or it is
  ///   malformed.
  public init(pem: [UInt8]) throws(SecurityError) {
    guard let block = PEM.blocks(pem).first,
      block.label == "CERTIFICATE REQUEST" || block.label == "NEW CERTIFICATE REQUEST"
    else { throw SecurityError("PEM block type must be CERTIFICATE REQUEST") }
    try self.init(der: block.der)
  }

  /// Reads the DER.
  public init(der: [UInt8]) throws(SecurityError) {
    guard let pointer = decodedDER(der, free: X509_REQ_free, { d2i_X509_REQ(nil, $0, $1) }) else {
      throw .openSSL("the certificate request is malformed")
    }
    handle = RequestHandle(owning: pointer)
    guard X509_REQ_get0_pubkey(pointer) != nil else {
      throw .openSSL("the certificate request's public key is malformed")
    }
  }

  /// Who asks.
  public var subject: DistinguishedName { DistinguishedName(X509_REQ_get_subject_name(handle.pointer)) }

  /// The key to certify.
  public var publicKey: PublicKey {
    guard let key = X509_REQ_get_pubkey(handle.pointer) else {
      preconditionFailure("the key was looked at when the request was read")
    }
    return PublicKey(handle: KeyHandle(owning: key))
  }

  /// The other names asked for.
  public var alternativeNames: SubjectAlternativeNames {
    guard let value = requestedExtension(NID_subject_alt_name) else { return SubjectAlternativeNames() }
    let stack = OpaquePointer(value)
    defer { shim_GENERAL_NAMES_free(stack) }
    return SubjectAlternativeNames(stack)
  }

  /// Whether whoever asks has the private key: the request is signed with it.
  public var isSignatureValid: Bool {
    defer { OpenSSLErrors.clear() }
    return X509_REQ_verify(handle.pointer, X509_REQ_get0_pubkey(handle.pointer)) == 1
  }

  private func requestedExtension(_ nid: Int32) -> UnsafeMutableRawPointer? {
    defer { OpenSSLErrors.clear() }
    guard let extensions = X509_REQ_get_extensions(handle.pointer) else { return nil }
    defer { shim_sk_X509_EXTENSION_free(extensions) }
    return X509V3_get_d2i(extensions, nid, nil, nil)
  }

  // MARK: Making

  /// A new request for `key`, signed with it.
  public init(
    subject: DistinguishedName, alternativeNames: SubjectAlternativeNames = SubjectAlternativeNames(),
    key: PrivateKey
  ) throws(SecurityError) {
    guard let pointer = X509_REQ_new() else { throw .openSSL("cannot make a certificate request") }
    handle = RequestHandle(owning: pointer)
    try subject.append(to: X509_REQ_get_subject_name(pointer))
    guard X509_REQ_set_pubkey(pointer, key.handle.pointer) == 1 else {
      throw .openSSL("cannot write the certificate request")
    }
    if !alternativeNames.isEmpty {
      let names = try alternativeNames.encoded()
      defer { shim_GENERAL_NAMES_free(names) }
      var extensions = shim_sk_X509_EXTENSION_new()
      defer { shim_sk_X509_EXTENSION_free(extensions) }
      let added = X509V3_add1_i2d(
        &extensions, NID_subject_alt_name, UnsafeMutableRawPointer(names), 0, UInt(X509V3_ADD_APPEND))
      guard added == 1, X509_REQ_add_extensions(pointer, extensions) == 1 else {
        throw .openSSL("cannot write the certificate request")
      }
    }
    guard X509_REQ_sign(pointer, key.handle.pointer, key.signatureHash) > 0 else {
      throw .openSSL("cannot sign the certificate request")
    }
  }

  /// The encoding.
  public var der: [UInt8] {
    encodedDER { i2d_X509_REQ(handle.pointer, $0) }
  }

  /// The encoding as PEM.
  public var pem: String {
    PEM(label: "CERTIFICATE REQUEST", der: der).text
  }
}
