import Security
import Values

/// Recognises clients by the certificate that they showed in the TLS handshake: the subject's common name is
/// the user, its organizations are the groups (k8s.io/apiserver/pkg/authentication/request/x509).
public struct X509Authenticator: RequestAuthenticator {
  private let verifier: CertificateVerifier

  /// - Parameter verifier: trusts the authorities of `--client-ca-file`.
  public init(verifier: CertificateVerifier) { self.verifier = verifier }

  public func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard let leaf = request.peerCertificates.first else { return nil }
    try Self.verify(leaf, request.peerCertificates, verifier)
    let subject = leaf.subject
    guard !subject.commonName.isEmpty else { return nil }
    let user = UserInfo(
      name: subject.commonName, uid: try Self.uid(subject), groups: subject.organizations,
      extra: [ExtraKey.credentialID: ["X509SHA256=\(leaf.fingerprint)"]])
    return AuthenticationResult(user: user, authenticator: "x509")
  }

  /// - Throws: in the words of the real server where the chain is not trusted for client authentication.
  static func verify(
    _ leaf: Certificate, _ chain: [Certificate], _ verifier: CertificateVerifier
  ) throws(AuthenticationError) {
    let intermediates = Array(chain.dropFirst())
    if case .failure(let error) = verifier.verify(leaf, intermediates: intermediates, usage: .clientAuth) {
      throw AuthenticationError("verifying certificate \(identifier(leaf)) failed: \(error)")
    }
  }

  /// `SN=1, SKID=0A:0B, AKID=`: how the real server names a certificate.
  private static func identifier(_ certificate: Certificate) -> String {
    let serial = certificate.serialNumber
    return
      "SN=\(serial), SKID=\(colons(certificate.subjectKeyID)), AKID=\(colons(certificate.authorityKeyID))"
  }

  private static func colons(_ hex: String) -> String {
    let digits = Array(hex.uppercased().utf8)
    return stride(from: 0, to: digits.count, by: 2)
      .map { String(decoding: digits[$0..<min($0 + 2, digits.count)], as: UTF8.self) }
      .joined(separator: ":")
  }

  private static func uid(_ subject: DistinguishedName) throws(AuthenticationError) -> String {
    let uids = subject.values(DistinguishedName.OID.kubernetesUserUID)
    guard let uid = uids.first else { return "" }
    if uids.count > 1 {
      throw AuthenticationError(
        "expected 1 UID, but found multiple: [\(uids.joined(separator: " "))]")
    }
    if uid.isEmpty { throw AuthenticationError("UID cannot be an empty string") }
    return uid
  }
}
