internal import COpenSSL

/// Why a certificate is not accepted, in the words of Go's crypto/x509.
public enum CertificateError: Error, Equatable, CustomStringConvertible {
  /// No chain to a trusted authority.
  case unknownAuthority
  /// Outside its time; `now` and `limit` in seconds since 1970.
  case expired(now: Int64, limit: Int64)
  case notYetValid(now: Int64, limit: Int64)
  /// Not for the purpose.
  case incompatibleUsage
  /// Not for the peer's name; the text says which names it is for.
  case wrongName(String)
  /// Anything else.
  case other(String)

  public var description: String {
    switch self {
    case .unknownAuthority: return "x509: certificate signed by unknown authority"
    case .expired(let now, let limit):
      return
        "x509: certificate has expired or is not yet valid: current time \(UTCTime.rfc3339(now)) is after "
        + UTCTime.rfc3339(limit)
    case .notYetValid(let now, let limit):
      return
        "x509: certificate has expired or is not yet valid: current time \(UTCTime.rfc3339(now)) is before "
        + UTCTime.rfc3339(limit)
    case .incompatibleUsage: return "x509: certificate specifies an incompatible key usage"
    case .wrongName(let text), .other(let text): return "x509: \(text)"
    }
  }
}

/// Verifies certificate chains against trusted authorities.
public struct CertificateVerifier: Sendable {
  /// The trusted authorities; none when the system's are used.
  public let roots: [Certificate]
  private let store: StoreHandle

  /// Longer chains are refused.
  private static let maximumDepth: Int32 = 10

  /// Trusts `roots` and nobody else. A root need not be self-signed.
  public init(roots: [Certificate]) throws(SecurityError) {
    self.roots = roots
    guard let store = X509_STORE_new() else { throw .openSSL("cannot make a trust store") }
    self.store = StoreHandle(owning: store)
    for root in roots {
      guard X509_STORE_add_cert(store, root.handle.pointer) == 1 else {
        throw .openSSL("cannot trust a certificate")
      }
    }
  }

  /// Trusts the authorities that the operating system trusts.
  public static func system() throws(SecurityError) -> CertificateVerifier {
    let verifier = try CertificateVerifier(roots: [])
    guard X509_STORE_set_default_paths(verifier.store.pointer) == 1 else {
      throw .openSSL("cannot load the system's certificate authorities")
    }
    return verifier
  }

  /// Verifies that `leaf` may be trusted now for `usage`.
  ///
  /// - Parameters:
  ///   - intermediates: certificates that may link it to a root, in any order.
  ///   - usage: what every certificate of the chain must allow; nil for anything.
  ///   - name: the host name or IP address that the leaf must be for; nil for any.
  ///   - now: the time to verify at, in seconds since 1970; the present when nil.
  /// - Returns: the chain from leaf to root.
  public func verify(
    _ leaf: Certificate, intermediates: [Certificate] = [], usage: ExtendedKeyUsage?, name: String? = nil,
    at now: Int64? = nil
  ) -> Result<[Certificate], CertificateError> {
    let now = now ?? UTCTime.now
    // Go looks at the leaf's own time before it looks for a chain.
    if let error = CertificateVerifier.timeError(leaf, now) { return .failure(error) }
    let chain: [Certificate]
    switch builtChain(leaf, intermediates, now) {
    case .failure(let error): return .failure(error)
    case .success(let built): chain = built
    }
    if let usage, !chain.allSatisfy({ $0.allows(usage) }) { return .failure(.incompatibleUsage) }
    if let name, let error = leaf.nameError(name) { return .failure(error) }
    return .success(chain)
  }

  private func builtChain(
    _ leaf: Certificate, _ intermediates: [Certificate], _ now: Int64
  ) -> Result<[Certificate], CertificateError> {
    defer { OpenSSLErrors.clear() }
    return withCertificateStack(intermediates) { untrusted in
      guard let context = X509_STORE_CTX_new() else { return .failure(.other("out of memory")) }
      defer { X509_STORE_CTX_free(context) }
      guard X509_STORE_CTX_init(context, store.pointer, leaf.handle.pointer, untrusted) == 1,
        let settings = X509_STORE_CTX_get0_param(context)
      else { return .failure(.other("cannot verify the certificate")) }
      X509_VERIFY_PARAM_set_time(settings, time_t(now))
      X509_VERIFY_PARAM_set_depth(settings, CertificateVerifier.maximumDepth)
      // Any certificate in the store is an end of the chain, as in Go; level 1 refuses MD5 and SHA-1
      // signatures.
      X509_VERIFY_PARAM_set_flags(settings, UInt(X509_V_FLAG_PARTIAL_CHAIN))
      X509_VERIFY_PARAM_set_auth_level(settings, 1)
      guard X509_verify_cert(context) == 1 else {
        return .failure(CertificateVerifier.error(of: context, now))
      }
      let chain = X509_STORE_CTX_get0_chain(context)
      return .success(
        (0..<max(0, shim_sk_X509_num(chain))).compactMap { index in
          shim_sk_X509_value(chain, index).map { Certificate(handle: CertificateHandle(retaining: $0)) }
        })
    }
  }

  private static func timeError(_ certificate: Certificate, _ now: Int64) -> CertificateError? {
    let (notBefore, notAfter) = (certificate.notBefore, certificate.notAfter)
    if now < notBefore { return .notYetValid(now: now, limit: notBefore) }
    // As OpenSSL has it: the last second is over.
    if now >= notAfter { return .expired(now: now, limit: notAfter) }
    return nil
  }

  private static func error(of context: OpaquePointer, _ now: Int64) -> CertificateError {
    let code = X509_STORE_CTX_get_error(context)
    switch code {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
      X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_CERT_UNTRUSTED, X509_V_ERR_CERT_SIGNATURE_FAILURE,
      X509_V_ERR_INVALID_CA, X509_V_ERR_NO_ISSUER_PUBLIC_KEY:
      return .unknownAuthority
    case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID:
      if let current = X509_STORE_CTX_get_current_cert(context),
        let error = timeError(Certificate(handle: CertificateHandle(retaining: current)), now)
      {
        return error
      }
    default: break
    }
    let text = X509_verify_cert_error_string(Int(code)).map { String(cString: $0) } ?? "error \(code)"
    return .other("certificate is not valid: \(text)")
  }
}

extension Certificate {
  fileprivate func allows(_ usage: ExtendedKeyUsage) -> Bool {
    guard let usages = extendedKeyUsages else { return true }
    return usage == .any || usages.contains(usage) || usages.contains(.any)
  }

  /// Why the certificate is not for a host; nil when it is (RFC 6125, as strict as Go: alternative names
  /// only).
  func nameError(_ name: String) -> CertificateError? {
    let names = alternativeNames
    if let address = AddressBytes.bytes(name).flatMap(AddressBytes.text) {
      if names.ipAddresses.contains(address) { return nil }
      guard !names.ipAddresses.isEmpty else {
        return .wrongName("cannot validate certificate for \(name) because it doesn't contain any IP SANs")
      }
      return .wrongName("certificate is valid for \(names.ipAddresses.joined(separator: ", ")), not \(name)")
    }
    let host = HostPattern.normalized(name)
    if names.dnsNames.contains(where: { HostPattern.matches($0, host) }) { return nil }
    guard !names.dnsNames.isEmpty else {
      return names.isEmpty && !subject.commonName.isEmpty
        ? .wrongName("certificate relies on legacy Common Name field, use SANs instead")
        : .wrongName("certificate is not valid for any names, but wanted to match \(name)")
    }
    return .wrongName("certificate is valid for \(names.dnsNames.joined(separator: ", ")), not \(name)")
  }
}

/// Host names with an optional wildcard as the whole first label.
enum HostPattern {
  /// Lower case, without the root's dot.
  static func normalized(_ host: String) -> String {
    let host = host.lowercased()
    return host.hasSuffix(".") ? String(host.dropLast()) : host
  }

  /// Whether a pattern such as `*.example.com` or `example.com` matches a normalized host.
  static func matches(_ pattern: String, _ host: String) -> Bool {
    let pattern = normalized(pattern)
    guard !host.isEmpty, !pattern.isEmpty else { return false }
    guard pattern.hasPrefix("*.") else { return pattern == host }
    guard let dot = host.utf8.firstIndex(of: UInt8(ascii: ".")), dot != host.startIndex else { return false }
    return host[dot...] == pattern.dropFirst()
  }
}
