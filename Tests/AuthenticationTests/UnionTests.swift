import Authentication
import Security
import Testing
import Values

/// The chain of a server that knows certificates and the tokens of a cluster.
private struct Gate {
  let authority: Authority
  let chain: AuthenticatorChain

  init(proxy: Authority? = nil) throws {
    authority = try Authority()
    var members = AuthenticatorChain.Members()
    members.x509 = X509Authenticator(verifier: authority.verifier)
    if let proxy { members.requestHeader = RequestHeaderAuthenticator(verifier: proxy.verifier) }
    members.tokens = [TokenFileAuthenticator([("good", UserInfo(name: "tom"))])]
    members.anonymous = AnonymousAuthenticator()
    chain = AuthenticatorChain(members)
  }

  func user(_ headers: HeaderFields = [:], _ certificates: [Certificate] = []) async throws -> UserInfo? {
    var notes = AuthenticationNotes()
    return try await chain.authenticate(
      AuthenticationRequest(headers: headers, peerCertificates: certificates), &notes)?.user
  }
}

@Test func aCertificateCountsBesideABadToken() async throws {
  let gate = try Gate()
  let jane = try gate.authority.client(DistinguishedName(commonName: "jane"))
  #expect(try await gate.user(["Authorization": "Bearer bad"], [jane])?.name == "jane")
  #expect(try await gate.user(["Authorization": "Bearer good"], [jane])?.name == "jane")
  await #expect(throws: AuthenticationError("invalid bearer token")) {
    _ = try await gate.user(["Authorization": "Bearer bad"])
  }
}

@Test func aTokenCountsBesideABadCertificate() async throws {
  let gate = try Gate()
  let stranger = try Authority().client(DistinguishedName(commonName: "jane"))
  #expect(try await gate.user(["Authorization": "Bearer good"], [stranger])?.name == "tom")
  let error = await #expect(throws: AuthenticationError.self) {
    _ = try await gate.user(["Authorization": "Bearer bad"], [stranger])
  }
  let text = error?.description ?? ""
  #expect(text.hasPrefix("[invalid bearer token, verifying certificate SN=\(stranger.serialNumber), SKID="))
  #expect(text.hasSuffix("failed: x509: certificate signed by unknown authority]"))
}

@Test func aCertificateWithoutANameIsNoCredential() async throws {
  let gate = try Gate()
  let nameless = try gate.authority.client(DistinguishedName(organizations: ["dev"]))
  #expect(try await gate.user([:], [nameless])?.name == "system:anonymous")
}

@Test func theProxyIsAskedBeforeTheCertificate() async throws {
  let proxy = try Authority()
  let gate = try Gate(proxy: proxy)
  let front = try proxy.client(DistinguishedName(commonName: "front"))
  #expect(try await gate.user(["X-Remote-User": "ann"], [front])?.name == "ann")
  // Its certificate alone is that of nobody that the server knows.
  await #expect(throws: AuthenticationError.self) { _ = try await gate.user([:], [front]) }
  // Header fields from anybody else count for nothing.
  let jane = try gate.authority.client(DistinguishedName(commonName: "jane"))
  #expect(try await gate.user(["X-Remote-User": "ann"], [jane])?.name == "jane")
  #expect(try await gate.user(["X-Remote-User": "ann"])?.name == "system:anonymous")
}

/// Believes whatever the field `X-Badge` says.
private struct Badge: RequestAuthenticator {
  func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard let badge = request.headers["X-Badge"] else { return nil }
    if badge.isEmpty { throw AuthenticationError("empty badge") }
    return AuthenticationResult(user: UserInfo(name: badge), authenticator: "badge")
  }

  /// The user of a chain that knows nothing else.
  static func user(_ headers: HeaderFields) async throws -> UserInfo? {
    var members = AuthenticatorChain.Members()
    members.others = [Badge()]
    members.anonymous = AnonymousAuthenticator()
    var notes = AuthenticationNotes()
    let chain = AuthenticatorChain(members)
    return try await chain.authenticate(AuthenticationRequest(headers: headers), &notes)?.user
  }
}

@Test func authenticatorsOfOnesOwnComeBeforeAnonymous() async throws {
  #expect(try await Badge.user(["X-Badge": "eve"]) == UserInfo(name: "eve", groups: ["system:authenticated"]))
  #expect(try await Badge.user([:])?.name == "system:anonymous")
  await #expect(throws: AuthenticationError("empty badge")) { _ = try await Badge.user(["X-Badge": ""]) }
}
