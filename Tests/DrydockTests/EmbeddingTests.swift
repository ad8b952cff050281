import Drydock
import Foundation
import HTTPService
import Security
import TestSupport
import Testing
import Values

/// The library, as somebody's own test uses it.
@Suite(.timeLimit(.minutes(2)))
struct EmbeddingTests {
  private func address(_ server: Drydock) throws -> HTTPAddress {
    HTTPAddress(host: "127.0.0.1", port: try #require(server.addresses.first?.port))
  }

  @Test func startsOnAFreePortAndLeavesNothingBehind() async throws {
    let server = try await Drydock.start()
    #expect(server.url == "https://127.0.0.1:\(try address(server).port)")
    #expect(server.adminKubeconfig.contains(server.url))
    let folder = URL(fileURLWithPath: server.adminKubeconfigFile).deletingLastPathComponent().path
    #expect(FileManager.default.fileExists(atPath: server.adminKubeconfigFile))
    let client = try TestClient(try address(server), authority: server.certificateAuthority)
    #expect(try await client.get("/readyz").text == "ok")
    await server.stop()
    #expect(!FileManager.default.fileExists(atPath: folder))
    await #expect(throws: (any Error).self) { try await client.get("/readyz") }
  }

  @Test func logsInTheAdministratorByCertificate() async throws {
    let server = try await Drydock.start()
    let folder = URL(fileURLWithPath: server.adminKubeconfigFile).deletingLastPathComponent()
    let identity = try TLSIdentity(
      certificatePEM: Array(Data(contentsOf: folder.appendingPathComponent("admin.crt"))),
      keyPEM: Array(Data(contentsOf: folder.appendingPathComponent("admin.key"))))
    let client = try TestClient(
      try address(server), authority: server.certificateAuthority, identity: identity)
    #expect(try await client.get("/api/v1/namespaces").json["kind"] == "NamespaceList")
    await server.stop()
  }

  @Test func serversDoNotKnowOfEachOther() async throws {
    async let first = TestServer.start()
    async let second = TestServer.start()
    let (one, other) = try await (first, second)
    let body: Value = ["metadata": ["name": "only-here"]]
    #expect(try await one.client.send("POST", "/api/v1/namespaces", body).status == 201)
    #expect(try await one.client.get("/api/v1/namespaces/only-here").status == 200)
    #expect(try await other.client.get("/api/v1/namespaces/only-here").status == 404)
    await one.stop()
    await other.stop()
  }

  @Test func isReadyWithTheDefaultServiceAccountInPlace() async throws {
    let server = try await TestServer.start()
    #expect(try await server.client.get("/api/v1/namespaces/default/serviceaccounts/default").status == 200)
    #expect(try await server.client.get("/api/v1/namespaces/default/services/kubernetes").status == 200)
    await server.stop()
  }

  @Test func endsWatchesWhenItStops() async throws {
    let server = try await TestServer.start()
    let watch = try await server.client.open("GET", "/api/v1/namespaces?watch=true")
    async let answer = watch.response()
    try await Task.sleep(for: .milliseconds(100))
    await server.stop()
    #expect(try await answer.status == 200)
  }

  @Test(
    "says what is wrong with a configuration",
    arguments: [
      ("--authorization-mode", "Nonsense"), ("--enable-admission-plugins", "Nonsense"),
      ("--token-auth-file", "/nonexistent"), ("--service-cluster-ip-range", "10.0.0.0/33"),
      ("--tls-min-version", "VersionTLS99"), ("--client-ca-file", "/nonexistent"),
    ])
  func refuses(flag: String, value: String) async throws {
    var configuration = DrydockConfiguration()
    configuration.securePort = 0
    configuration.certDirectory = Repository.cache("certs")
    switch flag {
    case "--authorization-mode": configuration.authorizationModes = [value]
    case "--enable-admission-plugins": configuration.enabledAdmissionPlugins = [value]
    case "--token-auth-file": configuration.tokenAuthFile = value
    case "--service-cluster-ip-range": configuration.serviceClusterIPRange = value
    case "--tls-min-version": configuration.tlsMinVersion = value
    default: configuration.clientCAFile = value
    }
    do {
      await (try Drydock.start(configuration)).stop()
      Issue.record("the server started")
    } catch {
      #expect("\(error)".contains(flag.dropFirst(2)) && "\(error)".contains(value), "\(error)")
      #expect(!"\(error)".contains("\n"))
    }
  }
}
