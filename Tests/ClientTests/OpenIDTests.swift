import Foundation
import ServerSupport
import TestSupport
import Testing
import Values

/// A real OpenID provider (oidc-provider-mock from PyPI), and kubectl with its ID tokens.
@Suite("kubectl and an OpenID provider", .enabled(if: OpenIDProvider.isExpected), .timeLimit(.minutes(3)))
struct OpenIDTests {
  @Test("logs in with the flags of the guide's Keycloak", arguments: Clients.kubectlVersions)
  func flags(version: String) async throws {
    let provider = try await OpenIDProvider.start()
    let token = try await provider.token(for: "f7c0e5a4")
    let server = try await TestServer.start {
      $0.oidc.issuerURL = provider.url
      $0.oidc.clientID = "kubernetes"
      $0.oidc.usernameClaim = "preferred_username"
      $0.oidc.usernamePrefix = "oidc:"
      $0.oidc.groupsClaim = "groups"
      $0.oidc.groupsPrefix = "oidc:"
      $0.oidc.certificateAuthorityFile = provider.authorityFile
    }
    let admin = try await Kubectl(version, server: server)
    try await admin.succeeds(
      "create", "clusterrolebinding", "developers", "--clusterrole=view", "--group=oidc:developers")
    let user = try await admin.user(token: token)
    let me = try await user.whoAmI()
    #expect(me["username"] == "oidc:jane")
    #expect(me["groups"] == ["oidc:developers", "oidc:qa", "system:authenticated"])
    #expect(try await user.succeeds("get", "configmaps", "--output", "name").contains("kube-root-ca.crt"))
    #expect(try await user.fails("get", "secrets").contains("User \"oidc:jane\" cannot list resource"))
    let forged = try await admin.user(token: String(token.dropLast(8)) + "AAAAAAAA")
    #expect(try await forged.fails("get", "configmaps").contains("Unauthorized"))
    await server.stop()
    provider.stop()
  }

  @Test("follows its AuthenticationConfiguration")
  func configuration() async throws {
    let provider = try await OpenIDProvider.start()
    let token = try await provider.token(for: "f7c0e5a4")
    let folder = try TemporaryFolder()
    let authority = try String(contentsOfFile: provider.authorityFile, encoding: .utf8)
    func write(claim: String) throws -> String {
      let document: Value = [
        "apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration",
        "jwt": [
          [
            "issuer": [
              "url": .string(provider.url), "audiences": ["kubernetes"],
              "certificateAuthority": .string(authority),
            ],
            "claimMappings": ["username": ["claim": .string(claim), "prefix": ""]],
          ]
        ],
      ]
      return try folder.write(JSON.text(document), to: "authentication.json")
    }
    let file = try write(claim: "email")
    let server = try await TestServer.start { $0.authenticationConfigFile = file }
    let user = try await Kubectl(Clients.kubectlVersions[1], server: server).user(token: token)
    #expect(try await user.whoAmI()["username"] == "jane@example.com")
    _ = try write(claim: "sub")
    // A recognised token is remembered for ten seconds.
    var name: Value?
    for _ in 0..<60 where name != "f7c0e5a4" {
      try await Task.sleep(for: .milliseconds(500))
      name = try await user.whoAmI()["username"]
    }
    #expect(name == "f7c0e5a4")
    await server.stop()
    provider.stop()
  }
}

/// The provider in its own process, with one user.
private struct OpenIDProvider {
  /// Without the package these tests are left out, unless they are asked for.
  static var isExpected: Bool {
    let packages = Repository.path(".venv/lib")
    let isThere = (try? FileManager.default.contentsOfDirectory(atPath: packages))?.contains {
      FileManager.default.fileExists(atPath: "\(packages)/\($0)/site-packages/oidc_provider_mock")
    }
    return Clients.areExpected
      && (isThere == true || ProcessInfo.processInfo.environment["DRYDOCK_CLIENT_TESTS"] == "1")
  }

  private static let script = Repository.path("Tests/ClientTests/provider.py")
  private static let claims: Value = [
    [
      "sub": "f7c0e5a4", "preferred_username": "jane", "email": "jane@example.com", "email_verified": true,
      "groups": ["developers", "qa"], "realm_access": ["roles": ["offline_access", "uma_authorization"]],
    ]
  ]

  let url: String
  let authorityFile: String
  private let command: Command
  private let folder: TemporaryFolder

  static func start() async throws -> OpenIDProvider {
    let folder = try TemporaryFolder()
    let authority = try TestAuthority()
    let identity = try authority.server()
    let authorityFile = try folder.write(authority.pem, to: "ca.crt")
    let command = try Command(
      Clients.python,
      [
        script, "serve", try folder.write(identity.certificatePEM, to: "tls.crt"),
        try folder.write(identity.keyPEM, to: "tls.key"), JSON.text(claims),
      ], timeout: 170)
    while command.output.isEmpty, command.isRunning { try await Task.sleep(for: .milliseconds(20)) }
    let url = command.output.trimmingCharacters(in: .newlines)
    #expect(url.hasPrefix("https://127.0.0.1:"), "\(command.error)")
    return OpenIDProvider(url: url, authorityFile: authorityFile, command: command, folder: folder)
  }

  /// An ID token, as a client gets it after its user has logged in.
  func token(for subject: String) async throws -> String {
    let result = try await Command.run(Clients.python, [Self.script, "login", url, authorityFile, subject])
    #expect(result.status == 0, "\(result)")
    return result.output.trimmingCharacters(in: .newlines)
  }

  func stop() { command.signal(SIGTERM) }
}

extension Kubectl {
  /// The same server, as somebody with a token.
  fileprivate func user(token: String) async throws -> Kubectl {
    var user = self
    let config: Value = [
      "apiVersion": "v1", "kind": "Config", "current-context": "user",
      "clusters": [
        [
          "name": "drydock",
          "cluster": [
            "server": .string(server.drydock.url),
            "certificate-authority-data": .string(
              Base64.encode(Array(server.drydock.certificateAuthority.utf8))),
          ],
        ]
      ],
      "users": [["name": "user", "user": ["token": .string(token)]]],
      "contexts": [["name": "user", "context": ["cluster": "drydock", "user": "user"]]],
    ]
    let name = "\(RandomText.uuid()).kubeconfig"
    user.options += ["--kubeconfig", try folder.write(JSON.text(config), to: name)]
    return user
  }

  /// Who the server says it is.
  fileprivate func whoAmI() async throws -> Value {
    let text = try await succeeds("auth", "whoami", "--output", "json")
    return try JSON.parse(text)["status"]?["userInfo"] ?? .null
  }
}
