import Drydock
import Foundation
import HTTPService
import TestSupport
import Testing
import Values

/// The examples of docs/extending.md.
@Suite(.timeLimit(.minutes(2)))
struct ExtendingTests {
  @Test(arguments: ["BadgeAuthenticator", "FreezeAuthorizer", "TeamLabelPlugin"])
  func theDocumentShowsWhatIsCompiledHere(file: String) throws {
    let document = try String(contentsOfFile: Repository.path("docs/extending.md"), encoding: .utf8)
    let source = try String(
      contentsOfFile: Repository.path("Tests/DrydockTests/\(file).swift"), encoding: .utf8)
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

  @Test func anAuthorizerOfOnesOwnIsAskedFirst() async throws {
    let ready = try await startServerThatFreezes()
    await ready.stop()
    let server = try await TestServer.start { $0.extensions.authorizers = [FreezeAuthorizer()] }
    for name in ["frozen-2024", "open"] {
      _ = try await server.client.send("POST", "/api/v1/namespaces", ["metadata": ["name": .string(name)]])
    }
    _ = try await server.client.send(
      "POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
      [
        "metadata": ["name": "jane"],
        "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"],
        "subjects": [["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"]],
      ])
    let jane = server.client.with(token: "jane-token")
    func make(_ namespace: String, _ client: TestClient) async throws -> TestResponse {
      try await client.send(
        "POST", "/api/v1/namespaces/\(namespace)/configmaps", ["metadata": ["generateName": "a-"]])
    }
    #expect(try await make("open", jane).status == 201)
    let refused = try await make("frozen-2024", jane)
    #expect(refused.status == 403)
    #expect(
      refused.json["message"]?.string?.hasSuffix(
        "in the namespace \"frozen-2024\": the namespace is frozen") == true)
    #expect(try await jane.get("/api/v1/namespaces/frozen-2024/configmaps").status == 200)
    #expect(try await make("frozen-2024", server.client).status == 201, "administrators are not asked about")
    await server.stop()
  }

  @Test func anAdmissionPluginOfOnesOwnChangesAndRefuses() async throws {
    let ready = try await startServerThatLabels()
    await ready.stop()
    let server = try await TestServer.start { $0.extensions.admissionPlugins = [TeamLabelPlugin()] }
    let path = "/api/v1/namespaces/default/configmaps"
    let made = try await server.client.send("POST", path, ["metadata": ["name": "colors"]])
    #expect(made.json["metadata"]?["labels"] == ["team": "default"])
    let wrong: Value = ["metadata": ["name": "other", "labels": ["team": "red"]]]
    let refused = try await server.client.send("POST", path, wrong)
    #expect(refused.status == 403)
    #expect(
      refused.json["message"] == #"configmaps "other" is forbidden: the label team must be default"#)
    let dry = try await server.client.send("POST", "\(path)?dryRun=All", ["metadata": ["name": "dry"]])
    #expect(dry.header("Warning") == #"299 - "nothing is labelled in a dry run""#)
    await server.stop()

    let without = try await TestServer.start {
      $0.extensions.admissionPlugins = [TeamLabelPlugin()]
      $0.disabledAdmissionPlugins = ["TeamLabel"]
    }
    #expect(try await without.client.send("POST", path, wrong).status == 201)
    await without.stop()
  }
}
