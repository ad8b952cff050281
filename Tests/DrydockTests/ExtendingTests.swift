import Drydock
import Foundation
import HTTPService
import TestSupport
import Testing
import Values

/// The examples of docs/extending.md.
@Suite(.timeLimit(.minutes(2)))
struct ExtendingTests {
  @Test func theDocumentShowsWhatIsCompiledHere() throws {
    let document = try String(contentsOfFile: Repository.path("docs/extending.md"), encoding: .utf8)
    let source = try String(
      contentsOfFile: Repository.path("Tests/DrydockTests/BadgeAuthenticator.swift"), encoding: .utf8)
    #expect(document.contains("```swift\n\(source)```"))
  }

  @Test func anAuthenticatorOfOnesOwnLetsPeopleIn() async throws {
    let server = try await startServerForBadgeHolders()
    let address = HTTPAddress(host: "127.0.0.1", port: try #require(server.addresses.first?.port))
    let client = try TestClient(address, authority: server.certificateAuthority)
    func ask(_ badge: String) async throws -> TestResponse {
      try await client.request(
        "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        headers: [("X-Badge", badge), ("Content-Type", "application/json")],
        body: JSON.encode(["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]))
    }
    let answer = try await ask("7:ann")
    #expect(
      answer.json["status"]?["userInfo"] == [
        "username": "ann", "uid": "7", "groups": ["badge-holders", "system:authenticated"],
      ])
    #expect(answer.headers("Warning") == ["299 - \"badges end this year\""])
    #expect(try await ask("ann").status == 401)
    await server.stop()
  }
}
