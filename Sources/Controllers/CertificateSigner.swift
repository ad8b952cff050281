import APIServer
import Schema
import Security
import Store
import Values

/// Signs the approved CertificateSigningRequests of the control plane's own signers with the authority's
/// key (Kubernetes documentation, "Certificates and Certificate Signing Requests").
public struct CertificateSigner: Reconciler {
  public let name = "certificatesigningrequest-signing-controller"
  private let client: LoopbackClient
  private let authority: CertificateAuthority
  private let longest: Int64
  private let now: @Sendable () -> Int64

  /// - Parameters:
  ///   - longest: `--cluster-signing-duration`: how long certificates live at most, and where a request doesn't
  ///     say, in seconds.
  ///   - now: seconds since 1970.
  public init(
    client: LoopbackClient, authority: CertificateAuthority, longest: Int64 = 365 * 24 * 3600,
    now: @escaping @Sendable () -> Int64 = { Timestamp.now.seconds }
  ) {
    self.client = client
    self.authority = authority
    self.longest = longest
    self.now = now
  }

  public func keys(for change: StoreChange) -> [String] {
    guard change.resource == .certificateSigningRequests, change.kind != .deleted,
      Self.isOpen(SigningRequest(change.object.value))
    else { return [] }
    return [change.object.key.name]
  }

  public func initialKeys() -> [String] {
    client.store.list(.certificateSigningRequests).filter { Self.isOpen(SigningRequest($0.value)) }
      .map(\.key.name)
  }

  private static func isOpen(_ request: SigningRequest) -> Bool {
    request.isApproved && !request.hasFailed && !request.hasCertificate
      && SignerRules.signs(request.signerName)
  }

  public func reconcile(_ name: String) async throws {
    guard let object = client.get(.certificateSigningRequests, name: name) else { return }
    let request = SigningRequest(object)
    // What can't be read, or is not signed by its own key, is never signed.
    guard Self.isOpen(request), let csr = request.certificateRequest, csr.isSignatureValid else { return }
    if let problem = SignerRules.problem(request.signerName, csr, usages: request.usages) {
      return try await update(name, object.uid) { request in
        request.adding(condition: "Failed", reason: "SignerValidationFailure", message: problem)
      }
    }
    let template = template(csr, request)
    guard template.notAfter > now() else { return }
    let certificate = try authority.issue(template, for: csr.publicKey)
    let encoded = Base64.encode(Array(certificate.pem.utf8))
    try await update(name, object.uid) { request in
      var object = request.object
      object.set(.string(encoded), at: ["status", "certificate"])
      return object
    }
  }

  private func update(
    _ name: String, _ uid: String, _ change: @escaping @Sendable (SigningRequest) -> Value
  ) async throws {
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.certificateSigningRequests, name: name, subresource: "status") { object in
        let request = SigningRequest(object)
        return object.uid == uid && Self.isOpen(request) ? change(request) : nil
      }
    }
  }

  // MARK: - The certificate

  private static let shortest: Int64 = 10 * 60
  /// For clients whose clocks are behind.
  private static let backdating: Int64 = 5 * 60
  /// A certificate for less than this is not shortened by the backdating.
  private static let short: Int64 = 8 * 3600

  private func template(_ csr: CertificateRequest, _ request: SigningRequest) -> CertificateTemplate {
    let lifetime = min(max(request.expirationSeconds ?? longest, Self.shortest), longest)
    let start = now()
    let end = start + (lifetime < Self.short ? lifetime : lifetime - Self.backdating)
    var template = CertificateTemplate(
      subject: csr.subject, notBefore: start - Self.backdating,
      notAfter: min(end, authority.certificate.notAfter))
    template.alternativeNames = csr.alternativeNames
    template.keyUsages = []
    for usage in request.usages {
      if let usage = KeyUsages.kubernetesNames[usage] { template.keyUsages.insert(usage) }
      if let purpose = ExtendedKeyUsage.kubernetesNames[usage], !template.extendedKeyUsages.contains(purpose)
      {
        template.extendedKeyUsages.append(purpose)
      }
    }
    template.extendedKeyUsages.sort { $0.oid < $1.oid }
    return template
  }
}
