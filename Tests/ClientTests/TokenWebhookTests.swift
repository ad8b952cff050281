import Drydock
import Foundation
import TestSupport
import Testing
import Values

/// The guide's webhook in Python, as it is: it knows users by JWTs that are signed with its secret.
@Suite("the guide's token webhook", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)), .serialized)
struct TokenWebhookTests {
  /// Starts the program, which listens on port 3000 with a certificate that it makes itself.
  private func program() async throws -> Command {
    let program = try Command(
      Clients.python, [Repository.path("Tests/ClientTests/guide/jwt_validator.py")], timeout: 120)
    let isUp = await eventually(seconds: 30) { program.error.contains("Running on") || !program.isRunning }
    #expect(isUp && program.isRunning, "\(program.error)")
    return program
  }

  /// A token with claims in Python, signed with the program's secret.
  private func token(_ claims: String) async throws -> String {
    let script = "import jwt, time; print(jwt.encode(\(claims), 'your-secret-key', algorithm='HS256'))"
    let result = try await Command.run(Clients.python, ["-W", "ignore", "-c", script])
    #expect(result.status == 0, "\(result)")
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test("logs kubectl in", arguments: Clients.kubectlVersions)
  func login(version: String) async throws {
    let program = try await program()
    defer { program.signal(SIGKILL) }
    let folder = try TemporaryFolder()
    let config: Value = [
      "apiVersion": "v1", "kind": "Config", "current-context": "webhook",
      "clusters": [
        [
          "name": "jwt-validator",
          "cluster": ["server": "https://127.0.0.1:3000/validate", "insecure-skip-tls-verify": true],
        ]
      ],
      "users": [["name": "api-server", "user": [:]]],
      "contexts": [["name": "webhook", "context": ["cluster": "jwt-validator", "user": "api-server"]]],
    ]
    let file = try folder.write(JSON.text(config), to: "webhook.kubeconfig")
    let server = try await TestServer.start {
      $0.tokenWebhook = TokenWebhook(configFile: file, version: "v1")
    }
    var kubectl = try await Kubectl(version, server: server)
    try await kubectl.succeeds(
      "create", "clusterrolebinding", "developers", "--clusterrole=view", "--group=developers")

    let jane = try await token(
      "{'sub': 'jane', 'uid': '42', 'groups': ['developers'], 'email': 'jane@example.com', "
        + "'department': 'engineering', 'exp': time.time() + 600}")
    let admin = kubectl
    // A kubeconfig without credentials, so that the token is all there is.
    let stranger = try await stranger(admin)
    kubectl.options = ["--kubeconfig", stranger, "--token", jane]
    let me = try JSON.parse(try await kubectl.succeeds("auth", "whoami", "--output", "json"))
    #expect(
      me["status"]?["userInfo"] == [
        "username": "jane", "uid": "42", "groups": ["developers", "system:authenticated"],
        "extra": ["department": ["engineering"], "email": ["jane@example.com"]],
      ])
    #expect(try await kubectl.succeeds("auth", "can-i", "list", "pods") == "yes\n")
    try await kubectl.succeeds("get", "pods")

    let expired = try await token("{'sub': 'jane', 'exp': time.time() - 10}")
    kubectl.options = ["--kubeconfig", stranger, "--token", expired]
    #expect(try await kubectl.fails("get", "pods").contains("You must be logged in to the server"))
    let review: Value = [
      "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
      "spec": ["token": .string(expired)],
    ]
    let answer = try await server.client.send("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review)
    #expect(answer.json["status"] == ["user": [:], "error": "[invalid bearer token, Token has expired]"])
    await server.stop()
  }

  /// The path of a kubeconfig that knows the server and no user.
  private func stranger(_ kubectl: Kubectl) async throws -> String {
    let authority = kubectl.server.drydock.certificateAuthority
    let config: Value = [
      "apiVersion": "v1", "kind": "Config", "current-context": "c",
      "clusters": [
        [
          "name": "c",
          "cluster": [
            "server": .string(kubectl.server.drydock.url),
            "certificate-authority-data": .string(Base64.encode(Array(authority.utf8))),
          ],
        ]
      ],
      "contexts": [["name": "c", "context": ["cluster": "c", "user": ""]]],
    ]
    return try kubectl.folder.write(JSON.text(config), to: "stranger")
  }
}
