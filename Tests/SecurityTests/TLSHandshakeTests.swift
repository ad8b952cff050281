import NIOCore
import NIOEmbedded
import Testing

@testable import Security

@Suite struct TLSHandshakeTests {
  let pki: TestPKI
  let serverIdentity: TLSIdentity

  init() throws {
    pki = try TestPKI()
    serverIdentity = try pki.server(["localhost"])
  }

  func clientContext(_ adjust: (inout TLSClientConfiguration) -> Void = { _ in }) throws -> TLSContext {
    var configuration = TLSClientConfiguration(trust: .authorities([pki.root]))
    configuration.alpn = ["http/1.1", "h2"]
    adjust(&configuration)
    return try TLSContext.client(configuration)
  }

  func serverContext(_ adjust: (inout TLSServerConfiguration) -> Void = { _ in }) throws -> TLSContext {
    var configuration = TLSServerConfiguration(identity: serverIdentity)
    adjust(&configuration)
    return try TLSContext.server(configuration)
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func agreesOnVersionProtocolAndName(version: TLSVersion) throws {
    let pair = try Pair(server: serverContext(), client: clientContext { $0.maxVersion = version })
    let server = try #require(pair.serverSide.handshakes.first)
    let client = try #require(pair.clientSide.handshakes.first)
    #expect(server.version == version)
    #expect(server.negotiatedProtocol == "h2")
    #expect(client.negotiatedProtocol == "h2")
    #expect(server.serverName == "localhost")
    #expect(server.peerCertificates.isEmpty)
    #expect(client.peerCertificates == serverIdentity.chain)
    #expect(
      client.cipher
        == (version == .tls13 ? "TLS_AES_128_GCM_SHA256" : "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"))
    try pair.client.writeOutbound(ByteBuffer(string: "hello"))
    pair.pump()
    #expect(String(buffer: pair.serverSide.received) == "hello")
  }

  @Test func handshakeSurvivesSingleBytes() throws {
    let pair = try Pair(server: serverContext(), client: clientContext())
    let slow = try Pair(server: serverContext(), client: clientContext())
    try slow.client.writeOutbound(ByteBuffer(string: "hello"))
    try slow.server.writeOutbound(ByteBuffer(string: "welcome"))
    slow.pump(chunk: 1)
    #expect(String(buffer: slow.serverSide.received) == "hello")
    #expect(String(buffer: slow.clientSide.received) == "welcome")
    #expect(pair.serverSide.errors.isEmpty)
  }

  @Test func noCommonProtocolEndsTheHandshake() throws {
    let pair = try Pair(server: serverContext(), client: clientContext { $0.alpn = ["smtp"] })
    #expect(pair.serverSide.handshakes.isEmpty)
    #expect(pair.serverSide.errors.first is TLSError)
    #expect("\(try #require(pair.clientSide.errors.first))" == "tls: tlsv1 alert no application protocol")
  }

  @Test func clientWithoutALPNGetsNoProtocol() throws {
    let pair = try Pair(server: serverContext(), client: clientContext { $0.alpn = [] })
    #expect(try #require(pair.serverSide.handshakes.first).negotiatedProtocol == nil)
  }

  @Test func serverNameChoosesTheCertificate() throws {
    let exact = try pki.server(["api.example.com"])
    let wild = try pki.server(["*.example.com"])
    let server = try serverContext {
      $0.sniIdentities = [
        SNIIdentity(identity: wild), SNIIdentity(names: ["API.example.com"], identity: exact),
      ]
    }
    func shown(_ name: String) throws -> [Certificate]? {
      let client = try clientContext { $0.trust = .anyone }
      return try Pair(server: server, client: client, name: name).clientSide.handshakes.first?
        .peerCertificates
    }
    #expect(try shown("api.example.com") == exact.chain)
    #expect(try shown("web.example.com") == wild.chain)
    #expect(try shown("a.b.example.com") == serverIdentity.chain)
    #expect(try shown("localhost") == serverIdentity.chain)
    #expect(try shown("127.0.0.1") == serverIdentity.chain)
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func clientCertificateIsHandedOverUnverified(version: TLSVersion) throws {
    // From an authority that the server doesn't know, with an intermediate.
    let stranger = try TestPKI(name: "stranger")
    let below = try stranger.intermediate()
    let key = try PrivateKey.ecdsa(.p256)
    let leaf = try below.issue(
      CertificateTemplate(subject: DistinguishedName(commonName: "jane"), days: 1), for: key.publicKey)
    let jane = try TLSIdentity(chain: [leaf, below.certificate], key: key)
    let server = try serverContext { $0.clientCA = [pki.root] }
    let client = try clientContext {
      $0.identity = jane
      $0.maxVersion = version
    }
    let first = try Pair(server: server, client: client)
    #expect(try #require(first.serverSide.handshakes.first).peerCertificates == jane.chain)
    // Taken up again, the whole chain is still known, and again from the next ticket.
    for _ in 0..<2 {
      let again = try Pair(server: server, client: client)
      let handshake = try #require(again.serverSide.handshakes.first)
      #expect(handshake.resumed)
      #expect(handshake.peerCertificates == jane.chain)
    }
  }

  @Test func clientWithoutCertificateIsServed() throws {
    let pair = try Pair(server: serverContext { $0.clientCA = [pki.root] }, client: clientContext())
    #expect(try #require(pair.serverSide.handshakes.first).peerCertificates.isEmpty)
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func sessionsAreResumed(version: TLSVersion) throws {
    let server = try serverContext()
    let client = try clientContext { $0.maxVersion = version }
    #expect(try Pair(server: server, client: client).serverSide.handshakes.first?.resumed == false)
    let second = try Pair(server: server, client: client)
    #expect(second.serverSide.handshakes.first?.resumed == true)
    #expect(second.clientSide.handshakes.first?.peerCertificates == serverIdentity.chain)
    // Another server's context has other ticket keys.
    #expect(try Pair(server: serverContext(), client: client).serverSide.handshakes.first?.resumed == false)
  }

  @Test func intermediatesAreShownAndUsed() throws {
    let below = try pki.intermediate()
    let key = try PrivateKey.ecdsa(.p256)
    var template = CertificateTemplate(subject: DistinguishedName(commonName: "s"), days: 1)
    template.alternativeNames.dnsNames = ["localhost"]
    let leaf = try below.issue(template, for: key.publicKey)
    let identity = try TLSIdentity(chain: [leaf, below.certificate], key: key)
    let pair = try Pair(server: serverContext { $0.identity = identity }, client: clientContext())
    #expect(pair.clientSide.handshakes.first?.peerCertificates == identity.chain)
  }

  @Test func clientRefusesAStrangersServer() throws {
    let stranger = try TestPKI(name: "stranger")
    let pair = try Pair(
      server: serverContext(), client: clientContext { $0.trust = .authorities([stranger.root]) })
    let error = try #require(pair.clientSide.errors.first as? TLSError)
    #expect(error == .certificate(.unknownAuthority))
    #expect(
      "\(error)" == "tls: failed to verify certificate: x509: certificate signed by unknown authority")
    #expect(pair.clientSide.handshakes.isEmpty)
    #expect("\(try #require(pair.serverSide.errors.first))" == "tls: tlsv1 alert unknown ca")
    #expect(pair.serverSide.inactive)
  }

  @Test func clientRefusesAnotherName() throws {
    let name = try Pair(server: serverContext(), client: clientContext(), name: "elsewhere")
    #expect(
      "\(try #require(name.clientSide.errors.first))"
        == "tls: failed to verify certificate: x509: certificate is valid for localhost, not elsewhere")
    let address = try Pair(server: serverContext(), client: clientContext(), name: "127.0.0.2")
    #expect(
      "\(try #require(address.clientSide.errors.first))"
        == "tls: failed to verify certificate: x509: certificate is valid for 127.0.0.1, not 127.0.0.2")
    let right = try Pair(server: serverContext(), client: clientContext(), name: "127.0.0.1")
    #expect(right.clientSide.handshakes.count == 1)
  }

  @Test func minimumVersionIsKept() throws {
    let pair = try Pair(
      server: serverContext { $0.minVersion = .tls13 }, client: clientContext { $0.maxVersion = .tls12 })
    #expect(pair.serverSide.handshakes.isEmpty)
    let old = try Pair(
      server: serverContext { $0.minVersion = .tls10 },
      client: clientContext {
        $0.minVersion = .tls10
        $0.maxVersion = .tls11
      })
    #expect(old.serverSide.handshakes.first?.version == .tls11)
  }

  @Test func cipherSuitesAreChosenByTheirIANANames() throws {
    let one = try serverContext { $0.cipherSuites = ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305"] }
    let pair = try Pair(server: one, client: clientContext { $0.maxVersion = .tls12 })
    #expect(
      pair.serverSide.handshakes.first?.cipher == "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
    let only13 = try serverContext { $0.cipherSuites = ["TLS_AES_128_GCM_SHA256"] }
    #expect(
      try Pair(server: only13, client: clientContext { $0.maxVersion = .tls12 }).serverSide.handshakes.isEmpty
    )
    #expect(throws: SecurityError("Cipher suite TLS_FOO, BAR not supported or doesn't exist")) {
      try serverContext { $0.cipherSuites = ["TLS_FOO", "TLS_AES_128_GCM_SHA256", "BAR"] }
    }
    for name in CipherSuites.accepted where !name.contains("RC4") && !name.contains("3DES") {
      _ = try serverContext { $0.cipherSuites = [name] }
    }
  }

  @Test func rsaServerWorks() throws {
    let identity = try pki.server(["localhost"], key: rsaKey())
    let pair = try Pair(server: serverContext { $0.identity = identity }, client: clientContext())
    #expect(pair.clientSide.handshakes.first?.peerCertificates == identity.chain)
  }
}
