import Authentication
import Security
import Synchronization
import Testing
import Values

/// A root, an authority below it, and one below that.
private struct Hierarchy {
  let root: CertificateAuthority
  let first: CertificateAuthority
  let second: CertificateAuthority

  init() throws {
    root = try Self.root("root")
    first = try Self.below(root, "first")
    second = try Self.below(first, "second")
  }

  private static func template(_ name: String) -> CertificateTemplate {
    var template = CertificateTemplate(subject: DistinguishedName(commonName: name), days: 10)
    template.isCA = true
    template.keyUsages = [.certSign]
    return template
  }

  private static func root(_ name: String) throws -> CertificateAuthority {
    let key = try PrivateKey.ecdsa(.p256)
    return try CertificateAuthority(certificate: .selfSigned(template(name), key: key), key: key)
  }

  private static func below(_ parent: CertificateAuthority, _ name: String) throws -> CertificateAuthority {
    let key = try PrivateKey.ecdsa(.p256)
    return try CertificateAuthority(certificate: parent.issue(template(name), for: key.publicKey), key: key)
  }

  func client(lifetime: Int64) throws -> Certificate {
    let now = Timestamp.now.seconds
    var template = CertificateTemplate(
      subject: DistinguishedName(commonName: "jane"), notBefore: now - 60, notAfter: now + lifetime)
    template.extendedKeyUsages = [.clientAuth]
    return try second.issue(template, for: PrivateKey.ecdsa(.p256).publicKey)
  }
}

@Test func intermediatesMayComeInAnyOrderButMustCome() throws {
  let hierarchy = try Hierarchy()
  let trust = ClientTrust(try CertificateVerifier(roots: [hierarchy.root.certificate]))
  let jane = try hierarchy.client(lifetime: 3600)
  let (first, second) = (hierarchy.first.certificate, hierarchy.second.certificate)
  #expect(trust.problem([jane, second, first]) == nil)
  #expect(trust.problem([jane, first, second]) == nil)
  #expect(trust.problem([jane, second]) == .unknownAuthority)
  #expect(trust.problem([jane]) == .unknownAuthority, "a good chain is not remembered for its first alone")
  #expect(trust.problem([]) == .unknownAuthority)
}

@Test func aChainThatIsRememberedStillExpires() throws {
  let hierarchy = try Hierarchy()
  let clock = Mutex(Timestamp.now.seconds)
  let trust = ClientTrust(
    try CertificateVerifier(roots: [hierarchy.root.certificate]), now: { clock.withLock { $0 } })
  let chain = [
    try hierarchy.client(lifetime: 3600), hierarchy.second.certificate, hierarchy.first.certificate,
  ]
  #expect(trust.problem(chain) == nil)
  clock.withLock { $0 += 3500 }
  #expect(trust.problem(chain) == nil)
  clock.withLock { $0 += 200 }
  let problem = try #require(trust.problem(chain))
  #expect(problem.description.hasPrefix("x509: certificate has expired or is not yet valid: current time "))
}

@Test func anExpiredCertificateSaysWhy() async throws {
  let authority = try Authority()
  let now = Timestamp.now.seconds
  var template = CertificateTemplate(
    subject: DistinguishedName(commonName: "jane"), notBefore: now - 100, notAfter: now - 50)
  template.extendedKeyUsages = [.clientAuth]
  let old = try authority.authority.issue(template, for: PrivateKey.ecdsa(.p256).publicKey)
  let request = AuthenticationRequest(peerCertificates: [old])
  let error = await #expect(throws: AuthenticationError.self) {
    var notes = AuthenticationNotes()
    _ = try await X509Authenticator(verifier: authority.verifier).authenticate(request, &notes)
  }
  let text = error?.description ?? ""
  #expect(text.hasPrefix("verifying certificate SN=\(old.serialNumber), SKID="))
  #expect(text.contains("failed: x509: certificate has expired or is not yet valid: current time "))
  #expect(text.hasSuffix("is after \(Timestamp(seconds: now - 50).rfc3339)"))
}

@Test func newAuthoritiesCountAtOnce() async throws {
  let (old, new) = (try Authority(), try Authority())
  let current = Mutex(ClientTrust(old.verifier))
  let x509 = X509Authenticator { current.withLock { $0 } }
  let jane = try old.client(DistinguishedName(commonName: "jane"))
  let request = AuthenticationRequest(peerCertificates: [jane])
  var notes = AuthenticationNotes()
  #expect(try await x509.authenticate(request, &notes)?.user.name == "jane")
  let trust = ClientTrust(new.verifier)
  current.withLock { $0 = trust }
  await #expect(throws: AuthenticationError.self) {
    var notes = AuthenticationNotes()
    _ = try await x509.authenticate(request, &notes)
  }
}

@Test func aUIDInTheSubjectIsTheUsers() async throws {
  let authority = try Authority()
  func user(_ uids: [String]) async throws -> UserInfo? {
    var subject = DistinguishedName(commonName: "jane")
    subject.attributes += uids.map { .init(oid: DistinguishedName.OID.kubernetesUserUID, value: $0) }
    let request = AuthenticationRequest(peerCertificates: [try authority.client(subject)])
    var notes = AuthenticationNotes()
    return try await X509Authenticator(verifier: authority.verifier).authenticate(request, &notes)?.user
  }
  #expect(try await user(["7"])?.uid == "7")
  await #expect(throws: AuthenticationError("expected 1 UID, but found multiple: [7 8]")) {
    _ = try await user(["7", "8"])
  }
}

@Test func aProxyThatIsNotTrustedSpeaksForNobody() async throws {
  let (authority, stranger) = (try Authority(), try Authority())
  let proxy = RequestHeaderAuthenticator(verifier: authority.verifier)
  let certificate = try stranger.client(DistinguishedName(commonName: "front"))
  let request = AuthenticationRequest(
    headers: ["X-Remote-User": "jane"], peerCertificates: [certificate])
  await #expect(throws: AuthenticationError("x509: certificate signed by unknown authority")) {
    var notes = AuthenticationNotes()
    _ = try await proxy.authenticate(request, &notes)
  }
}
