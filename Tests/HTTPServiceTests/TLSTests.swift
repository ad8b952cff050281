import HTTPService
import NIOCore
import Security
import Testing

@Suite(.timeLimit(.minutes(1))) struct TLSTests {
  private let root: Certificate
  private let server: TLSContext
  private let identity: TLSIdentity

  init() throws {
    let key = try PrivateKey.ecdsa(.p256)
    var template = CertificateTemplate(subject: DistinguishedName(commonName: "test-ca"), days: 10)
    template.isCA = true
    template.keyUsages = [.digitalSignature, .certSign]
    root = try Certificate.selfSigned(template, key: key)
    let authority = try CertificateAuthority(certificate: root, key: key)

    func issue(_ name: String, _ usage: ExtendedKeyUsage) throws -> TLSIdentity {
      var template = CertificateTemplate(subject: DistinguishedName(commonName: name), days: 10)
      template.extendedKeyUsages = [usage]
      template.alternativeNames = SubjectAlternativeNames(dnsNames: [], ipAddresses: ["127.0.0.1"])
      let key = try PrivateKey.ecdsa(.p256)
      return try TLSIdentity(chain: [authority.issue(template, for: key.publicKey)], key: key)
    }
    identity = try issue("jane", .clientAuth)
    var configuration = TLSServerConfiguration(identity: try issue("server", .serverAuth))
    configuration.clientCA = [root]
    server = try TLSContext.server(configuration)
  }

  private func client() throws -> TLSContext {
    var configuration = TLSClientConfiguration(trust: .authorities([root]))
    configuration.identity = identity
    configuration.alpn = ["h2"]
    return try TLSContext.client(configuration)
  }

  @Test func http2IsAgreedOnAndTheClientIsKnown() async throws {
    try await withServer {
      $0.tls = { server }
    } respond: { request in
      let tls = request.connection.tls
      return text("\(request.version) \(tls?.peerCertificates.first?.subject.commonName ?? "nobody")")
    } test: { _, address in
      let client = try await HTTP2TestClient.connect(to: address, tls: client())
      #expect(try await client.request("GET", "/").body == "HTTP/2.0 jane")
      try await client.close()
    }
  }

  @Test func plaintextOnATLSPortIsToldSo() async throws {
    try await withServer {
      $0.tls = { server }
    } respond: {
      await echo($0)
    } test: { _, address in
      let answer = try await RawClient.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n", with: address)
      #expect(
        answer == "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
    }
  }

  @Test func drainingEndsTLSConnections() async throws {
    try await withServer {
      $0.tls = { server }
    } respond: { request in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          try await writer.write(Array("begin ".utf8))
          await request.drain.wait()
          try await writer.write(Array("end".utf8))
        })
    } test: { server, address in
      let client = try await HTTP2TestClient.connect(to: address, tls: client())
      let watch = try await client.open("GET", "/watch")
      #expect(await watch.answer.reaches { $0.body == "begin " })
      await server.drain(deadline: .seconds(10))
      #expect(watch.answer.value.body == "begin end" && watch.answer.value.isComplete)
    }
  }
}
