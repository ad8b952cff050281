import Drydock
import HTTPService
import ServerSupport
import TestSupport
import Testing
import Values

/// `--authentication-token-webhook-config-file`, from the request to the webhook and back.
@Suite(.timeLimit(.minutes(2)))
struct TokenWebhookTests {
  /// What the guide's Go program answers about a token, once it no longer looks for a `Bearer ` in front: the
  /// token in a TokenReview has none.
  @Sendable private static func goProgram(_ request: StandInServer.Request) -> HTTPResponse {
    var status: Object = ["authenticated": false, "error": "invalid token"]
    if request.json["spec"]?["token"] == "valid-token-123" {
      status = [
        "authenticated": true,
        "user": [
          "username": "john.doe", "uid": "123456", "groups": ["developers", "qa"],
          "extra": ["department": ["engineering"]],
        ],
      ]
    }
    return .json([
      "kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": [:], "spec": ["token": ""],
      "status": .object(status),
    ])
  }

  /// A server that asks the webhook of a kubeconfig.
  private func server(_ kubeconfig: String, _ folder: TemporaryFolder) async throws -> TestServer {
    let file = try folder.write(kubeconfig, to: "webhook.kubeconfig")
    return try await TestServer.start { $0.tokenWebhook = TokenWebhook(configFile: file, version: "v1") }
  }

  private func whoAmI(_ server: TestServer, _ token: String) async throws -> TestResponse {
    try await server.client.with(token: token).send(
      "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"])
  }

  private func review(_ server: TestServer, _ token: String) async throws -> Value? {
    try await server.client.send(
      "POST", "/apis/authentication.k8s.io/v1/tokenreviews",
      [
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": ["token": .string(token)],
      ]
    ).json["status"]
  }

  @Test func theWebhookIsAskedAfterAllOthersAndItsAnswerRemembered() async throws {
    let folder = try TemporaryFolder()
    try await StandInServer.with {
      Self.goProgram($0)
    } test: { webhook in
      let server = try await server(webhook.kubeconfig(path: "/authenticate"), folder)
      // A token of the token file needs no webhook.
      #expect(try await whoAmI(server, "jane-token").status == 201)
      #expect(webhook.requestCount == 0)
      for _ in 0..<3 {
        let answer = try await whoAmI(server, "valid-token-123")
        #expect(answer.status == 201)
        #expect(
          answer.json["status"]?["userInfo"] == [
            "username": "john.doe", "uid": "123456",
            "groups": ["developers", "qa", "system:authenticated"],
            "extra": ["department": ["engineering"]],
          ])
      }
      #expect(webhook.requestCount == 1)
      #expect(webhook.requests[0].path == "/authenticate")
      #expect(
        webhook.requests[0].json["spec"]?["audiences"] == ["https://kubernetes.default.svc.cluster.local"])
      let refused = try await whoAmI(server, "other-token")
      #expect(refused.status == 401)
      #expect(refused.json["message"] == "Unauthorized")
      #expect(
        try await review(server, "other-token") == [
          "user": [:], "error": "[invalid bearer token, invalid token]",
        ])
      await server.stop()
    }
  }

  @Test func aWebhookThatIsGoneKeepsOnlyItsOwnUsersOut() async throws {
    let folder = try TemporaryFolder()
    let webhook = try await StandInServer.start { _ in .text("") }
    await webhook.stop()
    let server = try await server(webhook.kubeconfig(path: "/authenticate"), folder)
    #expect(try await whoAmI(server, "jane-token").status == 201)
    #expect(try await whoAmI(server, "valid-token-123").status == 401)
    #expect(
      try await review(server, "valid-token-123")?["error"]?.string?.hasSuffix(
        "Post \"\(webhook.url)/authenticate?timeout=30s\": dial tcp \(webhook.address): connect: connection refused]"
      ) == true)
    await server.stop()
  }

  @Test func theCommandTakesTheFlags() async throws {
    let folder = try TemporaryFolder()
    try await StandInServer.with {
      Self.goProgram($0)
    } test: { webhook in
      let file = try folder.write(webhook.kubeconfig(), to: "webhook.kubeconfig")
      let flags = [
        "--authentication-token-webhook-config-file", file, "--authentication-token-webhook-version", "v1",
        "--authentication-token-webhook-cache-ttl", "10s",
      ]
      let process = try await ServerProcess.start(flags)
      #expect(try await process.client.with(token: "valid-token-123").get("/version").status == 200)
      #expect(try await process.client.with(token: "other-token").get("/version").status == 401)
      try await process.stop()
      let wrong = try await Command.run(
        Repository.drydock,
        ["serve", "--secure-port", "0", "--cert-dir", folder.path] + flags.dropLast(4)
          + ["--authentication-token-webhook-version", "v2"], timeout: 20)
      #expect(
        wrong.error
          == "drydock: --authentication-token-webhook-version: unsupported authentication webhook version \"v2\", "
          + "supported versions are \"v1\", \"v1beta1\"\n")
    }
  }
}
