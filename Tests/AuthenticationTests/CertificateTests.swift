import Authentication
import Security
import Testing

/// An authority and what it issues for clients.
struct Authority {
  let authority: CertificateAuthority
  let verifier: CertificateVerifier

  init() throws {
    let key = try PrivateKey.ecdsa(.p256)
    var template = CertificateTemplate(subject: DistinguishedName(commonName: "ca"), days: 1)
    template.isCA = true
    template.keyUsages = [.certSign]
    let certificate = try Certificate.selfSigned(template, key: key)
    authority = try CertificateAuthority(certificate: certificate, key: key)
    verifier = try CertificateVerifier(roots: [certificate])
  }

  func client(
    _ subject: DistinguishedName, usages: [ExtendedKeyUsage] = [.clientAuth]
  ) throws -> Certificate {
    var template = CertificateTemplate(subject: subject, days: 1)
    template.extendedKeyUsages = usages
    return try authority.issue(template, for: PrivateKey.ecdsa(.p256).publicKey)
  }
}

private func user(
  _ authenticator: some RequestAuthenticator, _ certificates: [Certificate], _ headers: HeaderFields = [:]
) async throws -> UserInfo? {
  var notes = AuthenticationNotes()
  let request = AuthenticationRequest(headers: headers, peerCertificates: certificates)
  return try await authenticator.authenticate(request, &notes)?.user
}

@Test func aCertificateNamesUserAndGroups() async throws {
  let authority = try Authority()
  let x509 = X509Authenticator(verifier: authority.verifier)
  let certificate = try authority.client(
    DistinguishedName(commonName: "jane", organizations: ["dev", "qa"]))
  #expect(
    try await user(x509, [certificate])
      == UserInfo(
        name: "jane", groups: ["dev", "qa"],
        extra: ["authentication.kubernetes.io/credential-id": ["X509SHA256=\(certificate.fingerprint)"]]))
  #expect(try await user(x509, []) == nil)
  let nameless = try authority.client(DistinguishedName(organizations: ["dev"]))
  #expect(try await user(x509, [nameless]) == nil)
}

@Test func certificatesOfOthersAreRefused() async throws {
  let x509 = X509Authenticator(verifier: try Authority().verifier)
  let stranger = try Authority().client(DistinguishedName(commonName: "jane"))
  let error = await #expect(throws: AuthenticationError.self) { _ = try await user(x509, [stranger]) }
  #expect(error?.description.hasPrefix("verifying certificate SN=\(stranger.serialNumber), SKID=") == true)
  #expect(error?.description.hasSuffix("failed: x509: certificate signed by unknown authority") == true)
}

@Test func serverCertificatesAreNoClients() async throws {
  let authority = try Authority()
  let server = try authority.client(DistinguishedName(commonName: "jane"), usages: [.serverAuth])
  let error = await #expect(throws: AuthenticationError.self) {
    _ = try await user(X509Authenticator(verifier: authority.verifier), [server])
  }
  #expect(error?.description.hasSuffix("x509: certificate specifies an incompatible key usage") == true)
}

@Test func aFrontProxySpeaksForUsers() async throws {
  let authority = try Authority()
  let proxy = RequestHeaderAuthenticator(
    verifier: authority.verifier, configuration: .init(allowedNames: ["front"]))
  let headers: HeaderFields = [
    "x-remote-user": "jane", "X-Remote-Group": "a", "X-Remote-Group": "b", "X-Remote-Uid": "7",
    "X-Remote-Extra-Example.com%2FScopes": "view",
  ]
  let front = try authority.client(DistinguishedName(commonName: "front"))
  #expect(
    try await user(proxy, [front], headers)
      == UserInfo(
        name: "jane", uid: "7", groups: ["a", "b"], extra: ["example.com/Scopes".lowercased(): ["view"]]))
  #expect(try await user(proxy, [front]) == nil)
  #expect(try await user(proxy, [], headers) == nil)
  let other = try authority.client(DistinguishedName(commonName: "other"))
  await #expect(throws: AuthenticationError("x509: subject with cn=other is not in the allowed list")) {
    _ = try await user(proxy, [other], headers)
  }
}
