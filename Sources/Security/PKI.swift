/// The keys and certificates of a server that makes its own: authority, server, administrator, service
/// accounts.
///
/// They are files of one directory (``PKIFiles``), made on the first start and loaded on the next ones.
public final class PKI: Sendable {
  /// What the server's certificate must be for, besides the names that every cluster's server has.
  public struct ServerNames: Sendable {
    public var hostNames: [String]
    public var ipAddresses: [String]
    /// The address of the Service `kubernetes`: the first of the service range.
    public var serviceAddress: String
    /// The DNS domain of the cluster.
    public var clusterDomain: String

    public init(
      hostNames: [String] = [], ipAddresses: [String] = [], serviceAddress: String = "10.0.0.1",
      clusterDomain: String = "cluster.local"
    ) {
      self.hostNames = hostNames
      self.ipAddresses = ipAddresses
      self.serviceAddress = serviceAddress
      self.clusterDomain = clusterDomain
    }

    /// All names, each once.
    var all: SubjectAlternativeNames {
      let service = "kubernetes.default.svc"
      let dns = ["localhost", "kubernetes", "kubernetes.default", service, "\(service).\(clusterDomain)"]
      let addresses = ["127.0.0.1", "::1", serviceAddress]
      let canonical = (addresses + ipAddresses).map {
        AddressBytes.bytes($0).flatMap(AddressBytes.text) ?? $0
      }
      return SubjectAlternativeNames(dnsNames: unique(dns + hostNames), ipAddresses: unique(canonical))
    }

    private func unique(_ names: [String]) -> [String] {
      var seen: Set<String> = []
      return names.filter { seen.insert($0).inserted }
    }
  }

  /// The authority's certificate, which clients believe the server by and the server its clients.
  public let authority: Certificate
  /// What the server shows.
  public let server: TLSIdentity
  /// What the administrator shows: `kubernetes-admin` of the group `system:masters`.
  public let admin: TLSIdentity
  /// The files.
  public let files: PKIFiles

  private let signer: CertificateAuthority?
  private let serviceAccount: ServiceAccountKey

  /// The service accounts' key takes too long to make to wait for it on the first start.
  enum ServiceAccountKey {
    case ready(PrivateKey)
    case inTheMaking(Task<PrivateKey, any Error>)
  }

  init(
    files: PKIFiles, authority: Certificate, signer: CertificateAuthority?, server: TLSIdentity,
    admin: TLSIdentity, serviceAccount: ServiceAccountKey
  ) {
    self.files = files
    self.authority = authority
    self.signer = signer
    self.server = server
    self.admin = admin
    self.serviceAccount = serviceAccount
  }

  /// Loads the files of a directory and makes the missing ones.
  ///
  /// A certificate that expires within 30 days, or a server's that is not for all `names`, is renewed when it
  /// is from the directory's own authority and the authority's key is there.
  ///
  /// - Throws: one line that names the file, when one can't be read or written, or two don't belong together.
  public static func loadOrCreate(
    directory: String, names: ServerNames = ServerNames()
  ) throws(SecurityError) -> PKI {
    try PKIFiles(directory: directory).loadOrCreate(names.all)
  }

  /// The key that service account tokens are signed with: RSA of 2048 bits.
  ///
  /// On the first start it is made in the background from ``loadOrCreate(directory:names:)`` on; whoever
  /// needs it before it is there waits here.
  public func serviceAccountKey() async throws -> PrivateKey {
    switch serviceAccount {
    case .ready(let key): key
    case .inTheMaking(let task): try await task.value
    }
  }

  /// The authority with its key, to sign with; nil when the directory has no `ca.key`.
  public var certificateAuthority: CertificateAuthority? { signer }

  /// A new client certificate and key, both PEM, for a user: the key is secret and kept nowhere.
  ///
  /// - Parameters:
  ///   - name: the user's name (the certificate's common name).
  ///   - groups: the user's groups (its organizations).
  ///   - days: how long it is valid.
  public func issueClient(
    name: String, groups: [String] = [], days: Int64 = 365
  ) throws(SecurityError) -> (certificatePEM: String, keyPEM: String) {
    guard let signer else {
      throw SecurityError("\(files.authorityKey) is missing: without it no certificate can be signed")
    }
    let subject = DistinguishedName(commonName: name, organizations: groups)
    let identity = try PKI.issue(.client(subject, days: days), signer: signer, key: nil)
    return (identity.chain[0].pem, identity.key.pem)
  }

  /// The administrator's kubeconfig for a server URL: secret.
  public func adminKubeconfig(serverURL: String) -> String {
    Kubeconfig.text(
      server: serverURL, caPEM: authority.pem, user: "kubernetes-admin",
      credential: .certificate(pem: admin.chain[0].pem, keyPEM: admin.key.pem))
  }

  /// Writes ``adminKubeconfig(serverURL:)`` to ``PKIFiles/adminKubeconfig``, once the URL is known.
  public func writeAdminKubeconfig(serverURL: String) throws(SecurityError) {
    try FileSystem.write(adminKubeconfig(serverURL: serverURL), to: files.adminKubeconfig, mode: 0o600)
  }

  /// A certificate with its key.
  ///
  /// - Parameter key: nil for a new one, ECDSA on P-256.
  static func issue(
    _ template: CertificateTemplate, signer: CertificateAuthority, key: PrivateKey?
  ) throws(SecurityError) -> TLSIdentity {
    let key = if let key { key } else { try PrivateKey.ecdsa(.p256) }
    return try TLSIdentity(chain: [signer.issue(template, for: key.publicKey)], key: key)
  }
}

extension CertificateTemplate {
  /// A user's certificate.
  static func client(_ subject: DistinguishedName, days: Int64) -> CertificateTemplate {
    var template = CertificateTemplate(subject: subject, days: days)
    template.keyUsages = [.digitalSignature]
    template.extendedKeyUsages = [.clientAuth]
    return template
  }

  /// The API server's certificate.
  static func server(_ names: SubjectAlternativeNames, days: Int64) -> CertificateTemplate {
    var template = CertificateTemplate(subject: DistinguishedName(commonName: "kube-apiserver"), days: days)
    template.keyUsages = [.digitalSignature]
    template.extendedKeyUsages = [.serverAuth]
    template.alternativeNames = names
    return template
  }

  /// The authority's own certificate.
  static func authority(days: Int64) -> CertificateTemplate {
    var template = CertificateTemplate(subject: DistinguishedName(commonName: "kubernetes"), days: days)
    template.isCA = true
    template.keyUsages = [.digitalSignature, .certSign, .crlSign]
    return template
  }
}
