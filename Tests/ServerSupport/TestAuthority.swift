import Security

/// A certificate authority in memory, for tests.
public struct TestAuthority: Sendable {
  public let certificate: Certificate
  private let authority: CertificateAuthority

  public init(name: String = "test-ca") throws {
    let key = try PrivateKey.ecdsa(.p256)
    var template = CertificateTemplate(subject: DistinguishedName(commonName: name), days: 10)
    template.isCA = true
    template.keyUsages = [.digitalSignature, .certSign]
    certificate = try Certificate.selfSigned(template, key: key)
    authority = try CertificateAuthority(certificate: certificate, key: key)
  }

  /// The authority's certificate.
  public var pem: String { certificate.pem }

  /// A server's certificate and key for some names; by default for `localhost` and `127.0.0.1`.
  public func server(
    names: [String] = ["localhost"], addresses: [String] = ["127.0.0.1"]
  ) throws -> TLSIdentity {
    var template = CertificateTemplate(subject: DistinguishedName(commonName: "server"), days: 10)
    template.extendedKeyUsages = [.serverAuth]
    template.alternativeNames = SubjectAlternativeNames(dnsNames: names, ipAddresses: addresses)
    return try identity(template)
  }

  /// A user's certificate and key.
  public func client(_ name: String, groups: [String] = []) throws -> TLSIdentity {
    var template = CertificateTemplate(
      subject: DistinguishedName(commonName: name, organizations: groups), days: 10)
    template.extendedKeyUsages = [.clientAuth]
    return try identity(template)
  }

  /// A certificate and key by a template.
  public func identity(_ template: CertificateTemplate) throws -> TLSIdentity {
    let key = try PrivateKey.ecdsa(.p256)
    return try TLSIdentity(chain: [authority.issue(template, for: key.publicKey)], key: key)
  }
}

extension TLSIdentity {
  /// The certificates as PEM, leaf first.
  public var certificatePEM: String { chain.map(\.pem).joined() }
  /// The key as PEM.
  public var keyPEM: String { key.pem }
}
