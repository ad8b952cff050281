import Security
import Values

/// Recognises clients by the certificate that they showed in the TLS handshake: the subject's common name is
/// the user, its organizations are the groups (k8s.io/apiserver/pkg/authentication/request/x509).
public struct X509Authenticator: RequestAuthenticator {
  private let trust: @Sendable () -> ClientTrust
  private let metrics: AuthenticationMetrics?

  /// - Parameter trust: the authorities of `--client-ca-file` as they are now.
  public init(metrics: AuthenticationMetrics? = nil, trust: @escaping @Sendable () -> ClientTrust) {
    self.trust = trust
    self.metrics = metrics
  }

  /// Trusts the same authorities all the time.
  public init(verifier: CertificateVerifier) {
    let trust = ClientTrust(verifier)
    self.init { trust }
  }

  public func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard let leaf = request.peerCertificates.first else { return nil }
    metrics?.didSeeCertificate(remainingSeconds: leaf.notAfter - Timestamp.now.seconds)
    if let problem = trust().problem(request.peerCertificates) {
      throw AuthenticationError("verifying certificate \(leaf.identifierText) failed: \(problem)")
    }
    let subject = leaf.subject
    guard !subject.commonName.isEmpty else { return nil }
    let user = UserInfo(
      name: subject.commonName, uid: try Self.uid(subject), groups: subject.organizations,
      extra: [ExtraKey.credentialID: ["X509SHA256=\(leaf.fingerprint)"]])
    return AuthenticationResult(user: user, authenticator: "x509")
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
