import Testing

@testable import Security

@Suite struct CertificateTests {
  @Test func partsAreReadBack() throws {
    let pki = try TestPKI()
    let key = try PrivateKey.ecdsa(.p256)
    var template = CertificateTemplate(
      subject: DistinguishedName(
        commonName: "jané", organizations: ["dev", "system:masters"], organizationalUnits: ["u"],
        extra: [
          .init(oid: DistinguishedName.OID.uid, value: "42"),
          .init(oid: DistinguishedName.OID.kubernetesUserUID, value: "43"),
        ]), notBefore: 1_700_000_000, notAfter: 2_000_000_000)
    template.keyUsages = [.digitalSignature, .keyEncipherment, .decipherOnly]
    template.extendedKeyUsages = [.clientAuth, ExtendedKeyUsage(oid: "1.2.3.4")]
    template.alternativeNames = SubjectAlternativeNames(
      dnsNames: ["a.example", "*.b.example"], ipAddresses: ["10.0.0.1", "2001:DB8::1"],
      emailAddresses: ["j@example.com"], uris: ["spiffe://x/y"])
    let issued = try pki.authority.issue(template, for: key.publicKey)
    let certificate = try #require(try Certificate.parse(pem: Array(issued.pem.utf8)).first)
    #expect(certificate == issued)
    #expect(certificate.subject == template.subject)
    #expect(certificate.subject.commonName == "jané")
    #expect(certificate.subject.organizations == ["dev", "system:masters"])
    #expect(certificate.subject.organizationalUnits == ["u"])
    #expect(certificate.subject.values(DistinguishedName.OID.uid) == ["42"])
    #expect(certificate.subject.text == "1.3.6.1.4.1.57683.2=43,UID=42,CN=jané,OU=u,O=dev+O=system:masters")
    #expect(certificate.issuer.text == "CN=test-ca")
    #expect(certificate.notBefore == 1_700_000_000)
    #expect(certificate.notAfter == 2_000_000_000)
    #expect(!certificate.isCA)
    #expect(certificate.keyUsages == template.keyUsages)
    #expect(certificate.extendedKeyUsages == template.extendedKeyUsages)
    #expect(certificate.alternativeNames.dnsNames == ["a.example", "*.b.example"])
    #expect(certificate.alternativeNames.ipAddresses == ["10.0.0.1", "2001:db8::1"])
    #expect(certificate.alternativeNames.emailAddresses == ["j@example.com"])
    #expect(certificate.alternativeNames.uris == ["spiffe://x/y"])
    #expect(certificate.publicKey == key.publicKey)
    #expect(certificate.authorityKeyID == pki.root.subjectKeyID)
    #expect(certificate.authorityKeyID.count == 40)
    #expect(certificate.subjectKeyID.isEmpty)
    #expect(certificate.fingerprint.count == 64)
    #expect(certificate.serialNumber.count > 20)
    #expect(certificate.isSigned(by: pki.root))
    #expect(!certificate.isSigned(by: certificate))
    #expect(certificate.identifierText.hasPrefix("SN=\(certificate.serialNumber), SKID=, AKID="))
    #expect(certificate.identifierText.suffix(59).filter { $0 == ":" }.count == 19)
    #expect(pki.root.isCA)
    #expect(try Certificate(der: certificate.der) == certificate)
  }

  @Test func longNamesAreKept() throws {
    let name =
      "system:serviceaccount:" + String(repeating: "n", count: 63) + ":" + String(repeating: "s", count: 253)
    let pki = try TestPKI()
    let client = try pki.client(name)
    #expect(client.chain[0].subject.commonName == name)
  }

  @Test func chainsAreVerified() throws {
    let pki = try TestPKI()
    let verifier = try CertificateVerifier(roots: [pki.root])
    let client = try pki.client("jane").chain[0]
    #expect(try verifier.verify(client, usage: .clientAuth).get() == [client, pki.root])
    #expect(verifier.verify(client, usage: .serverAuth) == .failure(.incompatibleUsage))
    #expect(
      CertificateError.incompatibleUsage.description
        == "x509: certificate specifies an incompatible key usage")
    let below = try pki.intermediate()
    let leaf = try below.issue(
      CertificateTemplate(subject: DistinguishedName(commonName: "x"), days: 1),
      for: PrivateKey.ecdsa(.p256).publicKey)
    #expect(verifier.verify(leaf, usage: .clientAuth) == .failure(.unknownAuthority))
    #expect(
      try verifier.verify(leaf, intermediates: [below.certificate], usage: .clientAuth).get()
        == [leaf, below.certificate, pki.root])
    // Trusting the one in the middle, or the leaf itself, is enough.
    #expect(try CertificateVerifier(roots: [below.certificate]).verify(leaf, usage: nil).get().count == 2)
    #expect(try CertificateVerifier(roots: [leaf]).verify(leaf, usage: nil).get() == [leaf])
    // An end entity can't vouch for others.
    let jane = try pki.client("jane")
    let forged = try CertificateAuthority(certificate: jane.chain[0], key: jane.key).issue(
      CertificateTemplate(subject: DistinguishedName(commonName: "admin"), days: 1), for: jane.key.publicKey)
    #expect(
      verifier.verify(forged, intermediates: jane.chain, usage: .clientAuth) == .failure(.unknownAuthority))
  }

  @Test func timeIsVerified() throws {
    let pki = try TestPKI()
    let verifier = try CertificateVerifier(roots: [pki.root])
    let leaf = try pki.client("jane").chain[0]
    let late = verifier.verify(leaf, usage: nil, at: 4_000_000_000)
    #expect(late == .failure(.expired(now: 4_000_000_000, limit: leaf.notAfter)))
    #expect(
      CertificateError.expired(now: 4_000_000_000, limit: 1_700_000_000).description
        == "x509: certificate has expired or is not yet valid: current time 2096-10-02T07:06:40Z is after "
        + "2023-11-14T22:13:20Z")
    let early = verifier.verify(leaf, usage: nil, at: 1_000_000_000)
    #expect(early == .failure(.notYetValid(now: 1_000_000_000, limit: leaf.notBefore)))
    #expect(verifier.verify(leaf, usage: nil, at: leaf.notAfter - 1).map { $0.count } == .success(2))
  }

  @Test func anotherAuthorityOfTheSameNameIsUnknown() throws {
    let (one, other) = (try TestPKI(), try TestPKI())
    let verifier = try CertificateVerifier(roots: [one.root])
    let verdict = verifier.verify(try other.client("jane").chain[0], usage: .clientAuth)
    #expect(verdict == .failure(.unknownAuthority))
  }

  @Test func namesAreVerified() throws {
    let leaf = try TestPKI().server(["a.example", "*.b.example"], ips: ["10.0.0.1", "::1"]).chain[0]
    for name in ["a.example", "A.EXAMPLE.", "x.b.example", "10.0.0.1", "0:0:0:0:0:0:0:1", "::ffff:10.0.0.1"] {
      #expect(leaf.nameError(name) == nil, "\(name)")
    }
    for name in ["b.example", "x.y.b.example", ".b.example", "a.example.org", "10.0.0.2", ""] {
      #expect(leaf.nameError(name) != nil, "\(name)")
    }
    let nameless = try TestPKI().client("a.example").chain[0]
    #expect(
      nameless.nameError("a.example")?.description
        == "x509: certificate relies on legacy Common Name field, use SANs instead")
    #expect(
      nameless.nameError("10.0.0.1")?.description
        == "x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs")
  }

  @Test func requestsAreReadBackAndSigned() throws {
    let key = try rsaKey()
    let names = SubjectAlternativeNames(
      dnsNames: ["n1"], ipAddresses: ["10.1.1.1"], emailAddresses: ["a@b"], uris: ["urn:x"])
    let request = try CertificateRequest(
      subject: DistinguishedName(commonName: "system:node:n1", organizations: ["system:nodes"]),
      alternativeNames: names, key: key)
    let read = try CertificateRequest(pem: Array(request.pem.utf8))
    #expect(read.isSignatureValid)
    #expect(read.subject.commonName == "system:node:n1")
    #expect(read.subject.organizations == ["system:nodes"])
    #expect(read.alternativeNames == names)
    #expect(read.publicKey == key.publicKey)
    let pki = try TestPKI()
    var template = CertificateTemplate(subject: read.subject, days: 1)
    template.alternativeNames = read.alternativeNames
    let signed = try pki.authority.issue(template, for: read.publicKey)
    #expect(signed.publicKey == key.publicKey)
    #expect(signed.alternativeNames == names)
    #expect(try CertificateVerifier(roots: [pki.root]).verify(signed, usage: .clientAuth).get().count == 2)
    // A request whose signature is another's.
    var forged = request.der
    forged[forged.count - 5] ^= 1
    #expect(try !CertificateRequest(der: forged).isSignatureValid)
  }

  @Test func wrongRequestsSayWhy() throws {
    #expect(throws: SecurityError("PEM block type must be CERTIFICATE REQUEST")) {
      try CertificateRequest(pem: Array("nothing".utf8))
    }
    let pki = try TestPKI()
    #expect(throws: SecurityError("PEM block type must be CERTIFICATE REQUEST")) {
      try CertificateRequest(pem: Array(pki.root.pem.utf8))
    }
    #expect(throws: SecurityError.self) { try CertificateRequest(der: [0x30, 0]) }
    #expect(throws: SecurityError("data does not contain any valid RSA or ECDSA certificates")) {
      try Certificate.parse(pem: [])
    }
    #expect(throws: SecurityError.self) {
      var template = CertificateTemplate(subject: DistinguishedName(commonName: "x"), days: 1)
      template.alternativeNames.ipAddresses = ["10.0.0"]
      _ = try pki.authority.issue(template, for: pki.root.publicKey)
    }
    #expect(throws: SecurityError("the private key does not match the certificate")) {
      try CertificateAuthority(certificate: pki.root, key: .ecdsa(.p256))
    }
  }

  @Test func mutatedCertificatesNeverTrap() throws {
    let pki = try TestPKI()
    var template = CertificateTemplate(
      subject: DistinguishedName(commonName: "x", organizations: ["a", "b"]), days: 1)
    template.extendedKeyUsages = [.clientAuth]
    template.alternativeNames = SubjectAlternativeNames(
      dnsNames: ["a"], ipAddresses: ["::1"], emailAddresses: ["a@b"], uris: ["urn:x"])
    let leaf = try pki.identity(template).chain[0]
    let verifier = try CertificateVerifier(roots: [pki.root])
    var parsed = 0
    mutations(leaf.der, count: 4000) { bytes in
      guard let certificate = try? Certificate(der: bytes) else { return }
      parsed += 1
      _ = (certificate.subject.text, certificate.issuer.text, certificate.alternativeNames)
      _ = (certificate.serialNumber, certificate.notAfter, certificate.notBefore, certificate.isCA)
      _ = (certificate.keyUsages, certificate.extendedKeyUsages, certificate.fingerprint)
      _ = (certificate.subjectKeyID, certificate.authorityKeyID, certificate.publicKey.algorithm)
      let verdict = verifier.verify(certificate, usage: .clientAuth)
      if certificate != leaf, certificate.der.prefix(300) != leaf.der.prefix(300) {
        #expect((try? verdict.get()) == nil)
      }
    }
    #expect(parsed > 100)
    mutations(Array(leaf.pem.utf8), count: 1000) { _ = try? Certificate.parse(pem: $0) }
  }

  @Test func mutatedRequestsNeverTrap() throws {
    let request = try CertificateRequest(
      subject: DistinguishedName(commonName: "x"),
      alternativeNames: SubjectAlternativeNames(dnsNames: ["a"], ipAddresses: ["::1"]), key: .ecdsa(.p256))
    mutations(request.der, count: 4000) { bytes in
      guard let read = try? CertificateRequest(der: bytes) else { return }
      _ = (read.subject.text, read.alternativeNames, read.isSignatureValid, read.publicKey.jwk)
    }
  }
}
