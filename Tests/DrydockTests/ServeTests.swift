import Foundation
import Security
import TestSupport
import Testing
import Values

/// The command `drydock serve` from start to end.
@Suite(.timeLimit(.minutes(2)))
struct ServeTests {
  private func mode(_ file: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int)
  }

  @Test func makesItsFilesOnceAndKeepsThemPrivate() async throws {
    let folder = try TemporaryFolder()
    let certificates = "\(folder.path)/certs"
    let first = try await ServerProcess.start(certificates: certificates)
    // The service account key is made while the server already answers; asking for a token waits for it.
    let request: Value = ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"]
    let account = "/api/v1/namespaces/default/serviceaccounts/default/token"
    #expect(try await first.client.send("POST", account, request).status == 201)
    #expect(try await first.stop().status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: certificates).filter {
      !$0.hasPrefix(".")
    }
    #expect(
      Set(names).isSuperset(of: [
        "ca.crt", "ca.key", "apiserver.crt", "apiserver.key", "admin.crt", "admin.key", "sa.key", "sa.pub",
        "admin.kubeconfig",
      ]))
    for name in names where name.hasSuffix(".key") || name.hasSuffix(".kubeconfig") {
      #expect(try mode("\(certificates)/\(name)") == 0o600, "\(name)")
    }
    let before = names.filter { $0 != "admin.kubeconfig" }.map {
      FileManager.default.contents(atPath: "\(certificates)/\($0)")
    }

    let second = try await ServerProcess.start(certificates: certificates)
    #expect(try await second.client.get("/readyz").text == "ok")
    #expect(try await second.stop().status == 0)
    let after = names.filter { $0 != "admin.kubeconfig" }.map {
      FileManager.default.contents(atPath: "\(certificates)/\($0)")
    }
    #expect(before == after)
  }

  @Test func saysWhenItIsReadyInOneLine() async throws {
    let server = try await ServerProcess.start()
    let words = server.command.output.split(separator: " ")
    #expect(words.prefix(2) == ["Serving", "https://127.0.0.1:\(server.address.port)"])
    #expect(server.command.output.hasSuffix("kubeconfig \(server.certificates)/admin.kubeconfig\n"))
    #expect(server.command.output.filter { $0 == "\n" }.count == 1)
    #expect(server.command.error == "")
    try await server.stop()
  }

  @Test("ends cleanly with a watch open", arguments: [SIGTERM, SIGINT])
  func ends(signal: Int32) async throws {
    let server = try await ServerProcess.start()
    let watch = try await server.client.open("GET", "/api/v1/namespaces?watch=true")
    async let answer = watch.response()
    try await Task.sleep(for: .milliseconds(200))
    let started = ContinuousClock.now
    server.command.signal(signal)
    let result = try await server.command.result()
    #expect(result.status == 0, "\(result)")
    #expect(started.duration(to: .now) < .seconds(12))
    #expect(try await answer.text.contains("kube-system"))
  }

  @Test func takesSettingsFromAFileAndTheCommandLineWins() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      # Booleans, numbers, lists and comma-separated texts are all fine.
      anonymous-auth: false
      authorization-mode: [Node, RBAC]
      enable-admission-plugins: NodeRestriction,AlwaysPullImages
      service-cluster-ip-range: 10.7.0.0/16
      service-account-issuer: https://file.example.com
      etcd-servers: http://127.0.0.1:2379
      """, to: "drydock.yaml")
    let server = try await ServerProcess.start([
      "--config", file, "--service-account-issuer", "https://line.example.com",
    ])
    #expect(try await server.client.with(token: nil).get("/version").status == 401)
    let service = try await server.client.get("/api/v1/namespaces/default/services/kubernetes").json
    #expect(service["spec"]?["clusterIP"] == "10.7.0.1")
    let issuer = try await server.client.get("/.well-known/openid-configuration").json["issuer"]
    #expect(issuer == "https://line.example.com")
    #expect(
      server.command.error == "drydock: warning: --etcd-servers has no meaning here and is ignored\n")
    try await server.stop()
  }

  @Test func theCommandLineReplacesAListOfTheFile() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("authorization-mode: Node,RBAC\n", to: "drydock.yaml")
    let server = try await ServerProcess.start(["--config", file, "--authorization-mode", "AlwaysAllow"])
    #expect(try await server.client.with(token: "jane-token").get("/api/v1/nodes").status == 200)
    try await server.stop()
  }

  @Test(
    "takes kube-apiserver's flags that mean nothing here, with a warning",
    arguments: [
      ["--etcd-servers=http://127.0.0.1:2379"], ["--etcd-servers", "http://127.0.0.1:2379"],
      ["--allow-privileged"], ["--feature-gates=A=true,B=false"],
    ])
  func ignores(flags: [String]) async throws {
    let server = try await ServerProcess.start(flags)
    let name = flags[0].prefix { $0 != "=" }
    #expect(
      server.command.error == "drydock: warning: \(name) has no meaning here and is ignored\n")
    try await server.stop()
  }

  @Test func certificatesOfDrydockUserLogIn() async throws {
    let server = try await ServerProcess.start()
    let folder = try TemporaryFolder()
    let made = try await Command.run(
      Repository.drydock,
      [
        "user", "jane", "--group", "developers", "--group", "qa", "--out", folder.path, "--cert-dir",
        server.certificates, "--server", "https://\(server.address)",
      ])
    #expect(made.status == 0, "\(made)")
    for name in ["jane.key", "jane.kubeconfig"] { #expect(try mode("\(folder.path)/\(name)") == 0o600) }
    #expect(
      try String(contentsOfFile: "\(folder.path)/jane.kubeconfig", encoding: .utf8)
        .contains("https://\(server.address)"))
    let identity = try TLSIdentity(
      certificatePEM: Array(Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/jane.crt"))),
      keyPEM: Array(Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/jane.key"))))
    let authority = try String(contentsOfFile: "\(server.certificates)/ca.crt", encoding: .utf8)
    let jane = try TestClient(server.address, authority: authority, identity: identity)
    let review: Value = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
    let user = try await jane.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
      .json["status"]?["userInfo"]
    #expect(user?["username"] == "jane")
    #expect(Set(user?["groups"]?.strings ?? []) == ["developers", "qa", "system:authenticated"])
    #expect(try await jane.get("/api/v1/nodes").status == 403)
    try await server.stop()
  }

  @Test func theExampleSettingsAreCompleteAndWork() async throws {
    let help = try await Command.run(Repository.drydock, ["serve", "--help"]).output
    let flags = help.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { $0.hasPrefix("--") }
      .map { $0.dropFirst(2).prefix { $0.isLetter || $0 == "-" } }
    let example = try String(contentsOfFile: Repository.path("config/drydock.yaml"), encoding: .utf8)
    let settings = Set(
      example.split(separator: "\n").map { $0.drop { "# ".contains($0) } }.filter { $0.contains(":") }
        .map { $0.prefix { $0 != ":" } })
    #expect(Set(flags).subtracting(settings).subtracting(["config", "version", "help"]).isEmpty)
    #expect(flags.count > 20)

    let server = try await ServerProcess.start([
      "--config", Repository.path("config/drydock.yaml"), "--token-auth-file",
      Repository.path("config/tokens.csv"),
    ])
    #expect(try await server.client.with(token: "change-me-admin").get("/api/v1/nodes").status == 200)
    #expect(server.command.error == "")
    try await server.stop()
  }
}
