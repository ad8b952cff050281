import TestSupport
import Testing
import Values

/// Credentials that nobody sends in good faith are refused, and others are served meanwhile.
@Suite(.timeLimit(.minutes(2)))
struct HostileCredentialTests {
  private static let started = Task { try await ServerProcess.start(timeout: 120) }

  private func status(_ token: String) async throws -> Int {
    let server = try await Self.started.value
    let answer = try await server.client.with(token: token).get("/api/v1/namespaces")
    #expect(server.command.isRunning, "\(server.command.error.suffix(2000))")
    #expect(try await server.client.get("/readyz").text == "ok")
    return answer.status
  }

  @Test(arguments: [100, 10_000, 60_000])
  func longTokens(length: Int) async throws {
    #expect(try await status(String(repeating: "a", count: length)) == 401)
  }

  @Test func tokensThatAreLongerThanAllHeadersMayBe() async throws {
    let server = try await Self.started.value
    let long = String(repeating: "a", count: 4_000_000)
    // Refused before the end, which the client may see as an answer or as a connection that ends.
    let answer = try? await server.client.with(token: long).get("/api/v1/namespaces")
    #expect(answer.map { [401, 431].contains($0.status) } ?? true)
    #expect(try await status("after") == 401)
  }

  @Test func tokensOfTenThousandParts() async throws {
    #expect(try await status(Array(repeating: "e30", count: 10_000).joined(separator: ".")) == 401)
  }

  @Test func aReviewOfAHugeTokenIsAnAnswer() async throws {
    let server = try await Self.started.value
    for token in [String(repeating: "a", count: 2_000_000), String(repeating: "a.", count: 500_000)] {
      let answer = try await server.client.send(
        "POST", "/apis/authentication.k8s.io/v1/tokenreviews",
        [
          "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": ["token": .string(token)],
        ])
      #expect(answer.status == 201)
      #expect(answer.json["status"]?["authenticated"] == nil)
      #expect(answer.json["status"]?["error"] == "invalid bearer token")
    }
  }

  @Test func noneOfThemIsInTheLog() async throws {
    let server = try await Self.started.value
    #expect(try await status("Wh4t-n0b0dy-sh0uld-s33") == 401)
    #expect(await eventually { server.command.error.contains("Unable to authenticate the request") })
    #expect(!server.command.error.contains("Wh4t-n0b0dy"))
    #expect(!server.command.error.contains("aaaaaaaaaa"))
  }
}
