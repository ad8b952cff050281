/// The files of a ``PKI``, by the names that kubeadm gives them. Keys have mode 0600.
public struct PKIFiles: Sendable {
  public let directory: String

  public init(directory: String) {
    var directory = directory
    while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
    self.directory = directory.isEmpty ? "." : directory
  }

  /// The authority's certificate.
  public var authority: String { "\(directory)/ca.crt" }
  /// The authority's key.
  public var authorityKey: String { "\(directory)/ca.key" }
  /// The server's certificate.
  public var server: String { "\(directory)/apiserver.crt" }
  /// The server's key.
  public var serverKey: String { "\(directory)/apiserver.key" }
  /// The administrator's certificate.
  public var admin: String { "\(directory)/admin.crt" }
  /// The administrator's key.
  public var adminKey: String { "\(directory)/admin.key" }
  /// The key that service account tokens are signed with.
  public var serviceAccountKey: String { "\(directory)/sa.key" }
  /// Its public half.
  public var serviceAccountPublicKey: String { "\(directory)/sa.pub" }
  /// How the administrator reaches the server.
  public var adminKubeconfig: String { "\(directory)/admin.kubeconfig" }

  private static let authorityDays: Int64 = 3650
  private static let certificateDays: Int64 = 365
  private static let renewalSeconds: Int64 = 30 * 86400

  /// ``PKI/loadOrCreate(directory:names:)``.
  func loadOrCreate(_ names: SubjectAlternativeNames) throws(SecurityError) -> PKI {
    try FileSystem.makeDirectory(directory, mode: 0o700)
    return try FileSystem.locked(directory) { () throws(SecurityError) in
      let (authority, signer, isNew) = try loadAuthority()
      let issuer = Issuer(files: self, certificate: authority, signer: signer, isNew: isNew)
      let server = try issuer.identity(
        server, serverKey, .server(names, days: PKIFiles.certificateDays), mustCover: names)
      let admin = try issuer.identity(
        admin, adminKey,
        .client(
          DistinguishedName(commonName: "kubernetes-admin", organizations: ["system:masters"]),
          days: PKIFiles.certificateDays))
      return PKI(
        files: self, authority: authority, signer: signer, server: server, admin: admin,
        serviceAccount: try loadServiceAccountKey())
    }
  }

  // MARK: Authority

  private func loadAuthority() throws(SecurityError) -> (Certificate, CertificateAuthority?, isNew: Bool) {
    guard FileSystem.exists(authority) else {
      guard !FileSystem.exists(authorityKey) else {
        throw SecurityError(
          "\(authorityKey) is there but \(authority) is missing: remove the one or restore the other")
      }
      let key = try PrivateKey.ecdsa(.p256)
      let certificate = try Certificate.selfSigned(.authority(days: PKIFiles.authorityDays), key: key)
      // The key first: without the certificate it is seen to be half of a pair.
      try FileSystem.write(key.pem, to: authorityKey, mode: 0o600)
      try FileSystem.write(certificate.pem, to: authority, mode: 0o644)
      return (certificate, try CertificateAuthority(certificate: certificate, key: key), true)
    }
    let certificate = try PEMFile.certificates(authority)[0]
    guard certificate.isCA else { throw SecurityError("\(authority) is not a certificate authority's") }
    guard certificate.notAfter > UTCTime.now else {
      throw SecurityError(
        "\(authority) expired at \(UTCTime.rfc3339(certificate.notAfter)): remove it and \(authorityKey)")
    }
    guard FileSystem.exists(authorityKey) else { return (certificate, nil, false) }
    let key = try PEMFile.privateKey(authorityKey)
    guard key.publicKey == certificate.publicKey else {
      throw SecurityError("\(authorityKey): the private key does not match the certificate in \(authority)")
    }
    return (certificate, try CertificateAuthority(certificate: certificate, key: key), false)
  }

  /// Makes and renews what the authority signs.
  private struct Issuer {
    let files: PKIFiles
    let certificate: Certificate
    let signer: CertificateAuthority?
    /// Whether the authority was made just now, so that nothing there can be from it.
    let isNew: Bool

    /// Loads a certificate and its key, or makes what is missing or due.
    ///
    /// - Parameter names: the names that the certificate must be for.
    func identity(
      _ path: String, _ keyPath: String, _ template: CertificateTemplate,
      mustCover names: SubjectAlternativeNames = SubjectAlternativeNames()
    ) throws(SecurityError) -> TLSIdentity {
      let hasKey = FileSystem.exists(keyPath)
      if FileSystem.exists(path), hasKey, !isNew {
        let identity = try PEMFile.identity(certificate: path, key: keyPath)
        guard signer != nil, isDue(identity.chain[0], names) else { return identity }
        return try make(path, keyPath, template, key: identity.key)
      }
      return try make(path, keyPath, template, key: hasKey ? PEMFile.privateKey(keyPath) : nil)
    }

    private func make(
      _ path: String, _ keyPath: String, _ template: CertificateTemplate, key: PrivateKey?
    ) throws(SecurityError) -> TLSIdentity {
      guard let signer else {
        throw SecurityError("\(path) can't be made: \(files.authorityKey) is missing")
      }
      let identity = try PKI.issue(template, signer: signer, key: key)
      if key == nil { try FileSystem.write(identity.key.pem, to: keyPath, mode: 0o600) }
      try FileSystem.write(identity.chain[0].pem, to: path, mode: 0o644)
      return identity
    }

    /// Whether a certificate of this authority's expires soon or lacks names.
    private func isDue(_ leaf: Certificate, _ names: SubjectAlternativeNames) -> Bool {
      guard leaf.isSigned(by: certificate) else { return false }
      let own = leaf.alternativeNames
      return leaf.notAfter < UTCTime.now + PKIFiles.renewalSeconds
        || !Set(own.dnsNames).isSuperset(of: names.dnsNames)
        || !Set(own.ipAddresses).isSuperset(of: names.ipAddresses)
    }
  }

  // MARK: Service accounts

  private func loadServiceAccountKey() throws(SecurityError) -> PKI.ServiceAccountKey {
    guard FileSystem.exists(serviceAccountKey) else {
      let files = self
      return .inTheMaking(Task.detached { try files.makeServiceAccountKey() })
    }
    return .ready(try readServiceAccountKey())
  }

  private func readServiceAccountKey() throws(SecurityError) -> PrivateKey {
    let key = try PEMFile.privateKey(serviceAccountKey)
    guard FileSystem.exists(serviceAccountPublicKey) else {
      try FileSystem.write(key.publicKey.pem, to: serviceAccountPublicKey, mode: 0o644)
      return key
    }
    guard try PEMFile.publicKeys(serviceAccountPublicKey).contains(key.publicKey) else {
      throw SecurityError(
        "\(serviceAccountKey): the private key does not match the public key in \(serviceAccountPublicKey)")
    }
    return key
  }

  /// Makes the key outside the lock, as it takes long, and keeps another process's when that was faster.
  private func makeServiceAccountKey() throws -> PrivateKey {
    let key = try PrivateKey.rsa(bits: 2048)
    return try FileSystem.locked(directory) { () throws(SecurityError) in
      guard !FileSystem.exists(serviceAccountKey) else { return try readServiceAccountKey() }
      try FileSystem.write(key.publicKey.pem, to: serviceAccountPublicKey, mode: 0o644)
      try FileSystem.write(key.pem, to: serviceAccountKey, mode: 0o600)
      return key
    }
  }
}
