import Synchronization
import Testing

@testable import Security

@Suite struct ReloadingTests {
  @Test func newFilesAreTakenAndBadOnesAreNot() throws {
    let directory = try TemporaryDirectory()
    let pki = try TestPKI()
    func write(_ identity: TLSIdentity) throws {
      try directory.write(identity.chain[0].pem, "tls.crt")
      try directory.write(identity.key.pem, "tls.key")
    }
    let (one, two) = (try pki.server(["localhost"]), try pki.server(["localhost"]))
    try write(one)
    try directory.write(pki.root.pem, "ca.crt")
    let errors = Mutex<[String]>([])
    let path = directory.path
    let server = try ReloadingTLSContext(
      TLSServerFiles(
        identity: .init(certificate: "\(path)/tls.crt", key: "\(path)/tls.key"),
        clientCA: ["\(path)/ca.crt"]),
      checkEvery: 0, adjust: { $0.alpn = ["h2"] },
      onReload: { result in
        if case .failure(let error) = result { errors.withLock { $0.append("\(error)") } }
      })
    let client = try TLSContext.client(TLSClientConfiguration(trust: .authorities([pki.root])))
    func shown() throws -> [Certificate]? {
      try Pair(server: server.current, client: client).clientSide.handshakes.first?.peerCertificates
    }
    #expect(try shown() == one.chain)
    #expect(!server.reloadIfChanged())
    try directory.write(two.chain[0].pem, "tls.crt")
    #expect(try shown() == one.chain)
    #expect(try shown() == one.chain)
    let message = "\(path)/tls.key: the private key does not match the certificate in \(path)/tls.crt"
    #expect(errors.withLock { $0 } == [message])
    try directory.write(two.key.pem, "tls.key")
    #expect(try shown() == two.chain)
    #expect(errors.withLock { $0 }.count == 1)
  }

  @Test func missingFilesAreNamed() {
    #expect(throws: SecurityError("open /none/a: no such file or directory")) {
      try ReloadingTLSContext(TLSServerFiles(identity: .init(certificate: "/none/a", key: "/none/b")))
    }
  }

  @Test func changesAreLookedForNoMoreOftenThanAsked() throws {
    let directory = try TemporaryDirectory()
    try directory.write("1", "value")
    let path = "\(directory.path)/value"
    let value = try Reloading(paths: [path], checkEvery: 3600) { try FileSystem.read(path) }
    try directory.write("2", "value")
    #expect(value.current == Array("1".utf8))
    #expect(value.reloadIfChanged())
    #expect(value.current == Array("2".utf8))
  }
}
