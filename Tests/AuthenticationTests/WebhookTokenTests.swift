import Authentication
import HTTPService
import ServerSupport
import Testing
import Values
import Webhook

@Suite(.timeLimit(.minutes(1))) struct WebhookTokenTests {
  private static let audience = "https://kubernetes.default.svc"

  /// Runs a test against an authenticator whose webhook answers as the test wants.
  private func withWebhook(
    version: ReviewVersion = .v1, answer: @escaping StandInServer.Answer,
    test: (WebhookTokenAuthenticator, StandInServer) async throws -> Void
  ) async throws {
    try await StandInServer.with(answer: answer) { server in
      let kubeconfig = try WebhookKubeconfig(
        yaml: Array(server.kubeconfig(path: "/authenticate").utf8), folder: "./")
      let webhook = try GenericWebhook(kubeconfig, backoff: RetryBackoff(initial: .milliseconds(1)))
      try await test(
        WebhookTokenAuthenticator(webhook: webhook, version: version, apiAudiences: [Self.audience]), server)
      await webhook.shutdown()
    }
  }

  /// What the guide's Go program answers, which looks for a prefix that no token has, and so knows nobody
  /// unless it is given the whole header.
  @Sendable private static func guideProgram(_ request: StandInServer.Request) -> HTTPResponse {
    let token = request.json["spec"]?["token"]?.string ?? ""
    var status: Object = ["authenticated": false]
    switch token {
    case "Bearer valid-token-123":
      status = [
        "authenticated": true,
        "user": [
          "username": "john.doe", "uid": "123456", "groups": ["developers", "qa"],
          "extra": ["department": ["engineering"]],
        ],
      ]
    case _ where token.hasPrefix("Bearer "): status["error"] = "invalid token"
    default: status["error"] = "invalid token format"
    }
    return .json([
      "kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": [:], "spec": [:],
      "status": .object(status),
    ])
  }

  private func authenticate(
    _ authenticator: any TokenAuthenticator, _ token: String, audiences: [String]? = nil
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    var notes = AuthenticationNotes()
    return try await authenticator.authenticate(token: token, audiences: audiences, &notes)
  }

  private func refusal(_ authenticator: any TokenAuthenticator, _ token: String) async -> String? {
    do throws(AuthenticationError) {
      _ = try await authenticate(authenticator, token)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func theWebhookTellsTheUser() async throws {
    try await withWebhook {
      Self.guideProgram($0)
    } test: { authenticator, server in
      let result = try await authenticate(authenticator, "Bearer valid-token-123")
      #expect(
        result?.user
          == UserInfo(
            name: "john.doe", uid: "123456", groups: ["developers", "qa"],
            extra: ["department": ["engineering"]]))
      #expect(result?.audiences == [Self.audience])
      #expect(
        server.requests.first?.json == [
          "kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": [:],
          "spec": ["token": "Bearer valid-token-123", "audiences": [.string(Self.audience)]],
          "status": ["user": [:]],
        ])
      #expect(await refusal(authenticator, "valid-token-123") == "invalid token format")
      #expect(await refusal(authenticator, "Bearer x") == "invalid token")
    }
  }

  @Test func audiencesMustMeet() async throws {
    try await withWebhook(version: .v1beta1) { request in
      let audiences: Value = request.json["spec"]?["token"] == "own" ? [] : ["a", "b"]
      return .json([
        "apiVersion": "authentication.k8s.io/v1beta1", "kind": "TokenReview",
        "status": ["authenticated": true, "user": ["username": "jane"], "audiences": audiences],
      ])
    } test: { authenticator, server in
      let result = try await authenticate(authenticator, "t", audiences: ["b", "c"])
      #expect(result?.audiences == ["b"])
      #expect(try await authenticate(authenticator, "t", audiences: ["c"]) == nil)
      #expect(try await authenticate(authenticator, "t") == nil)
      #expect(try await authenticate(authenticator, "own")?.audiences == [Self.audience])
      #expect(try await authenticate(authenticator, "own", audiences: ["c"]) == nil)
      #expect(server.requests.first?.json["apiVersion"] == "authentication.k8s.io/v1beta1")
    }
  }

  @Test func anotherVersionIsNotUnderstood() async throws {
    try await withWebhook(version: .v1beta1) {
      Self.guideProgram($0)
    } test: { authenticator, _ in
      #expect(
        await refusal(authenticator, "some-token")
          == "converting (v1.TokenReview) to (v1beta1.TokenReview): unknown conversion")
    }
  }

  @Test func errorsNeverShowTheToken() async throws {
    try await withWebhook { request in
      .text("no such token: \(request.json["spec"]?["token"]?.string ?? "")", status: 403)
    } test: { authenticator, _ in
      #expect(await refusal(authenticator, "secret-token") == "no such token: [token]")
    }
    let gone = try await StandInServer.start { _ in .text("") }
    await gone.stop()
    let webhook = try GenericWebhook(WebhookKubeconfig(server: gone.url))
    let authenticator = WebhookTokenAuthenticator(webhook: webhook, apiAudiences: [])
    #expect(
      await refusal(authenticator, "secret-token")
        == "Post \"\(gone.url)/?timeout=30s\": dial tcp \(gone.address): connect: connection refused")
  }

  @Test func answersAreRememberedAndErrorsAreNot() async throws {
    let clock = Clock()
    try await withWebhook { request in
      switch request.json["spec"]?["token"] {
      case "jane": .json(["status": ["authenticated": true, "user": ["username": "jane"]]])
      case "nobody": .json(["status": ["authenticated": false]])
      default: .json(["status": ["error": "no"]])
      }
    } test: { authenticator, server in
      let cached = CachedTokenAuthenticator(
        authenticator, lifetime: 120, failureLifetime: 120, now: { clock.now })
      for _ in 0..<2 {
        #expect(try await authenticate(cached, "jane")?.user.name == "jane")
        #expect(try await authenticate(cached, "nobody") == nil)
      }
      #expect(server.requestCount == 2)
      for _ in 0..<2 { #expect(await refusal(cached, "bad") == "no") }
      #expect(server.requestCount == 4)
      clock.advance(120)
      _ = try await authenticate(cached, "jane")
      #expect(try await authenticate(cached, "nobody") == nil)
      #expect(server.requestCount == 6)
    }
  }
}
