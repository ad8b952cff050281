import Glibc
import Testing

@testable import Security

@Suite struct PKITests {
  @Test func secondStartLoadsWhatTheFirstMade() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/certs"
    defer { remove(path) }
    let first = try PKI.loadOrCreate(directory: path + "/")
    let key = try await first.serviceAccountKey()
    #expect(key.algorithm == .rsa(bits: 2048))
    let second = try PKI.loadOrCreate(directory: path)
    #expect(second.authority == first.authority)
    #expect(second.server.chain == first.server.chain)
    #expect(second.admin.chain == first.admin.chain)
    #expect(try await second.serviceAccountKey().publicKey == key.publicKey)
    #expect(try PEMFile.publicKeys(first.files.serviceAccountPublicKey) == [key.publicKey])
    #expect(directory.mode("certs") == 0o700)
    try first.writeAdminKubeconfig(serverURL: "https://127.0.0.1:6443")
    for name in ["ca.key", "apiserver.key", "admin.key", "sa.key", "admin.kubeconfig"] {
      #expect(directory.mode("certs/\(name)") == 0o600, "\(name)")
    }
    #expect(directory.mode("certs/ca.crt") == 0o644)
  }

  /// Removes a PKI's directory.
  func remove(_ path: String) {
    for name in [
      "ca.crt", "ca.key", "apiserver.crt", "apiserver.key", "admin.crt", "admin.key", "sa.key", "sa.pub",
      "admin.kubeconfig",
    ] {
      unlink("\(path)/\(name)")
    }
    rmdir(path)
  }

  @Test func certificatesAreWhatTheServerNeeds() throws {
    let directory = try TemporaryDirectory(withKey: true)
    let pki = try PKI.loadOrCreate(
      directory: directory.path,
      names: PKI.ServerNames(
        hostNames: ["box", "localhost"], ipAddresses: ["192.168.1.2", "0:0:0:0:0:0:0:1"]))
    let verifier = try CertificateVerifier(roots: [pki.authority])
    let names = [
      "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local", "127.0.0.1", "::1", "10.0.0.1", "box", "192.168.1.2",
    ]
    for name in names {
      #expect(throws: Never.self) {
        try verifier.verify(pki.server.chain[0], usage: .serverAuth, name: name).get()
      }
    }
    #expect(pki.server.chain[0].alternativeNames.ipAddresses.count == 4)
    let admin = pki.admin.chain[0]
    #expect(try verifier.verify(admin, usage: .clientAuth).get().count == 2)
    #expect(admin.subject.commonName == "kubernetes-admin")
    #expect(admin.subject.organizations == ["system:masters"])
    let user = try pki.issueClient(name: "jane", groups: ["dev", "ops"], days: 7)
    let jane = try TLSIdentity(
      certificatePEM: Array(user.certificatePEM.utf8), keyPEM: Array(user.keyPEM.utf8))
    #expect(jane.chain[0].subject.text == "CN=jane,O=dev+O=ops")
    #expect(try verifier.verify(jane.chain[0], usage: .clientAuth).get().count == 2)
  }

  @Test func firstStartIsFast() throws {
    let directory = try TemporaryDirectory()
    let clock = ContinuousClock()
    let time = try clock.measure { _ = try PKI.loadOrCreate(directory: directory.path) }
    // Well under what making the RSA key would take; generous for a busy machine and a debug build.
    #expect(time < .milliseconds(500))
  }

  @Test func newNamesRenewTheServersCertificateOnly() throws {
    let directory = try TemporaryDirectory(withKey: true)
    let first = try PKI.loadOrCreate(directory: directory.path)
    let second = try PKI.loadOrCreate(directory: directory.path, names: PKI.ServerNames(hostNames: ["box"]))
    #expect(second.server.chain != first.server.chain)
    #expect(second.server.key.publicKey == first.server.key.publicKey)
    #expect(second.authority == first.authority)
    #expect(second.admin.chain == first.admin.chain)
    // A certificate for more than is asked stays.
    #expect(try PKI.loadOrCreate(directory: directory.path).server.chain == second.server.chain)
  }

  @Test func expiringCertificatesAreRenewed() throws {
    let directory = try TemporaryDirectory(withKey: true)
    let first = try PKI.loadOrCreate(directory: directory.path)
    let signer = try #require(first.certificateAuthority)
    let old = try PKI.issue(
      .client(DistinguishedName(commonName: "kubernetes-admin"), days: 29), signer: signer,
      key: first.admin.key)
    try FileSystem.write(old.chain[0].pem, to: first.files.admin, mode: 0o644)
    let second = try PKI.loadOrCreate(directory: directory.path)
    #expect(second.admin.chain[0].notAfter > UTCTime.now + 300 * 86400)
  }

  @Test func certificatesOfOthersAreLeftAlone() throws {
    let directory = try TemporaryDirectory(withKey: true)
    _ = try PKI.loadOrCreate(directory: directory.path)
    let bought = try TestPKI().server(["api.example.com"])
    try directory.write(bought.chain[0].pem, "apiserver.crt")
    try directory.write(bought.key.pem, "apiserver.key")
    #expect(try PKI.loadOrCreate(directory: directory.path).server.chain == bought.chain)
  }

  @Test func missingFilesAreMade() async throws {
    let directory = try TemporaryDirectory(withKey: true)
    let first = try PKI.loadOrCreate(directory: directory.path)
    let key = try await first.serviceAccountKey()
    for name in ["admin.crt", "apiserver.key", "sa.pub"] { unlink("\(directory.path)/\(name)") }
    let second = try PKI.loadOrCreate(directory: directory.path)
    #expect(second.admin.key.publicKey == first.admin.key.publicKey)
    #expect(second.server.key.publicKey != first.server.key.publicKey)
    #expect(try await second.serviceAccountKey().publicKey == key.publicKey)
    #expect(FileSystem.exists(first.files.serviceAccountPublicKey))
    // Without the authority's key nothing new can be signed, but what is there works.
    unlink(first.files.authorityKey)
    let third = try PKI.loadOrCreate(directory: directory.path)
    #expect(third.server.chain == second.server.chain)
    #expect(throws: SecurityError.self) { try third.issueClient(name: "x") }
    unlink(first.files.admin)
    #expect(
      throws: SecurityError("\(first.files.admin) can't be made: \(first.files.authorityKey) is missing")
    ) {
      try PKI.loadOrCreate(directory: directory.path)
    }
  }

  @Test func newAuthoritySignsEverythingAnew() throws {
    let directory = try TemporaryDirectory(withKey: true)
    let first = try PKI.loadOrCreate(directory: directory.path)
    unlink(first.files.authority)
    #expect(throws: SecurityError.self) { try PKI.loadOrCreate(directory: directory.path) }
    unlink(first.files.authorityKey)
    let second = try PKI.loadOrCreate(directory: directory.path)
    let verifier = try CertificateVerifier(roots: [second.authority])
    #expect(try verifier.verify(second.server.chain[0], usage: .serverAuth).get().count == 2)
    #expect(try verifier.verify(second.admin.chain[0], usage: .clientAuth).get().count == 2)
  }

  @Test func badFilesAreNamed() async throws {
    let directory = try TemporaryDirectory(withKey: true)
    let pki = try PKI.loadOrCreate(directory: directory.path)
    _ = try await pki.serviceAccountKey()
    let path = directory.path
    func error(_ text: String, _ name: String) throws -> String {
      let before = String(decoding: try FileSystem.read("\(path)/\(name)"), as: UTF8.self)
      try directory.write(text, name)
      defer { try? directory.write(before, name) }
      do {
        _ = try PKI.loadOrCreate(directory: path)
        return "none"
      } catch {
        return "\(error)"
      }
    }
    let other = try PrivateKey.ecdsa(.p256)
    #expect(
      try error("x", "ca.crt") == "\(path)/ca.crt: data does not contain any valid RSA or ECDSA certificates")
    #expect(
      try error(other.pem, "ca.key")
        == "\(path)/ca.key: the private key does not match the certificate in \(path)/ca.crt")
    #expect(
      try error(other.pem, "apiserver.key")
        == "\(path)/apiserver.key: the private key does not match the certificate in \(path)/apiserver.crt")
    #expect(try error("", "admin.key") == "\(path)/admin.key: no private key found in the PEM data")
    #expect(
      try error(other.publicKey.pem, "sa.pub")
        == "\(path)/sa.key: the private key does not match the public key in \(path)/sa.pub")
    #expect(try error(pki.admin.chain[0].pem, "ca.crt") == "\(path)/ca.crt is not a certificate authority's")
    #expect(throws: SecurityError("mkdir /proc/none: no such file or directory")) {
      try PKI.loadOrCreate(directory: "/proc/none/x")
    }
  }

  @Test func twoStartsAtOnceAgree() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    let results = try await withThrowingTaskGroup(of: (Certificate, PublicKey).self) { group in
      for _ in 0..<3 {
        group.addTask {
          let pki = try PKI.loadOrCreate(directory: path)
          return (pki.authority, try await pki.serviceAccountKey().publicKey)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for (authority, key) in results {
      #expect(authority == results[0].0)
      #expect(key == results[0].1)
    }
  }

  @Test func kubeconfigIsYAMLThatKubectlReads() {
    let text = Kubeconfig.text(
      server: "https://[::1]:6443", caPEM: "CA", user: "jane",
      credential: .certificate(pem: "C", keyPEM: "K"),
      namespace: "true")
    #expect(
      text == """
        apiVersion: v1
        kind: Config
        clusters:
        - name: kubernetes
          cluster:
            certificate-authority-data: Q0E=
            server: "https://[::1]:6443"
        contexts:
        - name: jane@kubernetes
          context:
            cluster: kubernetes
            namespace: "true"
            user: jane
        current-context: jane@kubernetes
        users:
        - name: jane
          user:
            client-certificate-data: Qw==
            client-key-data: Sw==

        """)
    let token = Kubeconfig.text(
      server: "https://127.0.0.1:6443", caPEM: "CA", user: "a\"\n: b", credential: .token("abc.def"))
    #expect(token.contains("    server: https://127.0.0.1:6443\n"))
    #expect(token.contains("- name: \"a\\\"\\x0a: b\"\n  user:\n    token: abc.def\n"))
  }
}
