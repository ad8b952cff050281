import HTTPService
import Security
import ServerSupport
import TestSupport
import Testing
import Values

/// Every way to log in, with the clients that people use.
@Suite("logging in", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct LoginTests {
  /// A kubectl without credentials of its own.
  private func stranger(_ kubectl: Kubectl) throws -> Kubectl {
    let config: Value = [
      "apiVersion": "v1", "kind": "Config", "current-context": "c",
      "clusters": [
        [
          "name": "c",
          "cluster": [
            "server": .string(kubectl.server.drydock.url),
            "certificate-authority-data": .string(
              Base64.encode(Array(kubectl.server.drydock.certificateAuthority.utf8))),
          ],
        ]
      ],
      "contexts": [["name": "c", "context": ["cluster": "c", "user": ""]]],
    ]
    var stranger = kubectl
    stranger.options = ["--kubeconfig", try kubectl.folder.write(JSON.text(config), to: "stranger")]
    return stranger
  }

  private func user(_ kubectl: Kubectl, _ options: String...) async throws -> Value? {
    let result = try await kubectl.start(["auth", "whoami", "--output", "json"] + options).result()
    #expect(result.status == 0, "\(result)")
    return try JSON.parse(result.output)["status"]?["userInfo"]
  }

  @Test("by client certificate", arguments: Clients.kubectlVersions)
  func certificate(version: String) async throws {
    let kubectl = try await Kubectl(version)
    let folder = kubectl.folder.path
    let certs = Repository.cache("certs")
    let script = """
      openssl req -newkey ed25519 -nodes -keyout bob.key -subj /CN=bob/O=ops/O=qa -out bob.csr &&
      openssl x509 -req -in bob.csr -CA \(certs)/ca.crt -CAkey \(certs)/ca.key -CAcreateserial \
        -CAserial serial -days 30 -extfile <(echo extendedKeyUsage=clientAuth) -out bob.crt
      """
    let made = try await Command.run("bash", ["-c", script], directory: folder)
    #expect(made.status == 0, "\(made)")
    let me = try await user(
      stranger(kubectl), "--client-certificate", "\(folder)/bob.crt", "--client-key", "\(folder)/bob.key")
    #expect(me?["username"] == "bob")
    #expect(me?["groups"] == ["ops", "qa", "system:authenticated"])
  }

  @Test("by token file", arguments: Clients.kubectlVersions)
  func tokenFile(version: String) async throws {
    let kubectl = try stranger(try await Kubectl(version))
    #expect(
      try await user(kubectl, "--token", "jane-token")
        == [
          "username": "jane", "uid": "jane-uid", "groups": ["developers", "qa", "system:authenticated"],
        ])
    let refused = try await kubectl.fails("--token", "wrong", "get", "pods")
    #expect(refused.contains("You must be logged in to the server"), "\(refused)")
  }

  @Test("by bootstrap token", arguments: Clients.kubectlVersions)
  func bootstrapToken(version: String) async throws {
    let server = try await TestServer.start { $0.enablesBootstrapTokens = true }
    let kubectl = try await Kubectl(version, server: server)
    try await kubectl.succeeds(
      "create", "secret", "generic", "bootstrap-token-07401b", "--namespace=kube-system",
      "--type=bootstrap.kubernetes.io/token", "--from-literal=token-id=07401b",
      "--from-literal=token-secret=f395accd246ae52d", "--from-literal=usage-bootstrap-authentication=true",
      "--from-literal=auth-extra-groups=system:bootstrappers:workers")
    let node = try stranger(kubectl)
    #expect(
      try await user(node, "--token", "07401b.f395accd246ae52d")
        == [
          "username": "system:bootstrap:07401b",
          "groups": ["system:bootstrappers", "system:bootstrappers:workers", "system:authenticated"],
        ])
    await server.stop()
  }

  @Test("by token of a service account", arguments: Clients.kubectlVersions)
  func serviceAccount(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("login", version)
    try await kubectl.succeeds("create", "serviceaccount", "app")
    let token = try await kubectl.succeeds("create", "token", "app", "--duration=2h")
    let app = try stranger(kubectl)
    let name = Value.string("system:serviceaccount:\(kubectl.namespace):app")
    let me = try await user(app, "--token", token)
    #expect(me?["username"] == name)
    #expect(me?["extra"]?["authentication.kubernetes.io/credential-id"] != nil)

    let secret: Value = [
      "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
      "metadata": ["name": "app-token", "annotations": ["kubernetes.io/service-account.name": "app"]],
    ]
    try await kubectl.succeeds("create", "--filename", "-", input: JSON.text(secret))
    try await kubectl.succeeds(
      "wait", "--for=jsonpath={.data.token}", "secret/app-token", "--timeout=20s")
    let kept = try await kubectl.json("secret", "app-token")["data"]?["token"]?.string ?? ""
    let legacy = try await user(app, "--token", String(decoding: Base64.decode(kept), as: UTF8.self))
    #expect(legacy?["username"] == name)
    #expect(legacy?["extra"] == nil)
  }

  @Test("by front proxy")
  func frontProxy() async throws {
    let folder = try TemporaryFolder()
    let script = """
      openssl req -x509 -newkey ed25519 -nodes -days 1 -subj /CN=proxies -keyout ca.key -out ca.crt &&
      openssl req -newkey ed25519 -nodes -keyout front.key -subj /CN=front -out front.csr &&
      openssl x509 -req -in front.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1 \
        -extfile <(echo extendedKeyUsage=clientAuth) -out front.crt
      """
    let made = try await Command.run("bash", ["-c", script], directory: folder.path)
    #expect(made.status == 0, "\(made)")
    let server = try await TestServer.start {
      $0.requestHeader = .init(clientCAFile: "\(folder.path)/ca.crt")
    }
    let result = try await Command.run(
      "curl",
      [
        "--silent", "--show-error", "--cacert", "\(Repository.cache("certs"))/ca.crt", "--cert", "front.crt",
        "--key", "front.key", "--header", "X-Remote-User: ann", "--header", "X-Remote-Group: staff",
        "--header", "X-Remote-Extra-Team: blue", "--header", "Content-Type: application/json", "--data",
        #"{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}"#,
        "\(server.drydock.url)/apis/authentication.k8s.io/v1/selfsubjectreviews",
      ], directory: folder.path)
    #expect(
      try JSON.parse(result.output)["status"]?["userInfo"] == [
        "username": "ann", "groups": ["staff", "system:authenticated"], "extra": ["team": ["blue"]],
      ], "\(result)")
    await server.stop()
  }

  @Test("through a front proxy", arguments: Clients.kubectlVersions)
  func throughFrontProxy(version: String) async throws {
    let authority = try TestAuthority(name: "proxies")
    let folder = try TemporaryFolder()
    let bundle = try folder.write(authority.pem, to: "ca.crt")
    let server = try await TestServer.start { $0.requestHeader = .init(clientCAFile: bundle) }
    let url = server.drydock.url
    let client = try HTTPClient(
      tls: TLSClientSettings(
        trust: .authorities(try Certificate.parse(pem: Array(server.drydock.certificateAuthority.utf8))),
        identity: .fixed(try authority.client("front"))))
    // It knows its users by whatever they say, and tells the server who they are.
    let proxy = try await StandInServer.start(tls: false) { request in
      var forwarded = ClientRequest(
        request.method == "POST" ? .POST : .GET, url + request.target, body: request.body)
      forwarded.headers = ["X-Remote-User": "ann", "X-Remote-Group": "staff"]
      for name in ["Accept", "Content-Type"] {
        if let value = request.headers.first(name: name) { forwarded.headers.add(name: name, value: value) }
      }
      guard let answer = try? await client.send(forwarded) else { return .text("bad gateway", status: 502) }
      let type = answer.headers.first(name: "Content-Type") ?? "text/plain"
      return HTTPResponse(status: answer.status, headers: ["Content-Type": type], body: .bytes(answer.body))
    }
    var kubectl = try await Kubectl(version, server: server)
    kubectl.options = ["--kubeconfig", "/dev/null", "--server", proxy.url]
    #expect(
      try await user(kubectl) == ["username": "ann", "groups": ["staff", "system:authenticated"]])
    await proxy.stop()
    await client.shutdown()
    await server.stop()
  }

  @Test("as somebody else", arguments: Clients.kubectlVersions)
  func impersonation(version: String) async throws {
    let kubectl = try await Kubectl(version)
    #expect(
      try await user(kubectl, "--as", "carol", "--as-group", "qa", "--as-uid", "c-1")
        == ["username": "carol", "uid": "c-1", "groups": ["qa", "system:authenticated"]])
    let stranger = try stranger(kubectl)
    let denied = try await stranger.fails("--token", "bob-token", "--as", "carol", "get", "pods")
    #expect(denied.contains("Error from server (Forbidden)"), "\(denied)")
    // kubectl keeps the reason to itself.
    let refused = try await kubectl.server.client.with(token: "bob-token").request(
      "GET", "/api/v1/namespaces/default/pods", headers: [("Impersonate-User", "carol")])
    #expect(
      refused.json["message"]
        == #"users "carol" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope"#
    )
  }

  // kubectl asks for a name where it has no credentials, so it can't come as nobody.
  @Test("not at all")
  func anonymous() async throws {
    let nobody = try await SharedServer.get().client.with(token: nil)
    #expect(try await nobody.get("/version").status == 200)
    let refused = try await nobody.get("/api/v1/namespaces")
    #expect(
      refused.json["message"]
        == #"namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces" in API group "" at the cluster scope"#
    )
  }
}
