import TestSupport
import Testing
import Values

/// `drydock why`, against a server in a process of its own.
@Suite(.timeLimit(.minutes(2)))
struct WhyCommandTests {
  private func why(_ server: ServerProcess, _ arguments: String...) async throws -> CommandResult {
    try await Command.run(
      Repository.drydock,
      [
        "why", "--kubeconfig", "\(server.certificates)/admin.kubeconfig", "--server",
        "https://\(server.address)",
      ] + arguments, timeout: 30)
  }

  @Test func theRoleThatItPrintsAllowsTheRequest() async throws {
    let server = try await ServerProcess.start()
    let question = [
      "--as", "jane", "--as-group", "developers", "--verb", "list", "--resource", "deployments.apps",
    ]
    func ask(_ more: String...) async throws -> CommandResult {
      try await Command.run(
        Repository.drydock,
        [
          "why", "--kubeconfig", "\(server.certificates)/admin.kubeconfig", "--server",
          "https://\(server.address)", "--namespace", "default",
        ] + question + more, timeout: 30)
    }
    let no = try await ask()
    #expect(no.status == 0 && no.error == "", "\(no)")
    #expect(
      no.output.hasPrefix(
        "May User \"jane\" (groups [\"developers\"]) list deployments in API group \"apps\" in the namespace \"default\"? No.\n"
      ))
    #expect(no.output.contains("The smallest Role that would allow it, with its binding:\n---\napiVersion: "))
    let documents = try YAML.parseDocuments(Array(try await ask("--output", "yaml").output.utf8))
    try #require(documents.count == 2)
    for (document, resource) in zip(documents, ["roles", "rolebindings"]) {
      let answer = try await server.client.send(
        "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/\(resource)", document)
      #expect(answer.status == 201, "\(answer.text)")
    }
    let yes = try await ask()
    #expect(yes.output.contains("? Yes.\n"))
    #expect(
      yes.output.contains(
        "RoleBinding \"jane-list-deployments/default\" of Role \"jane-list-deployments\" to User \"jane\""))
    #expect(
      yes.output.contains("rule: {APIGroups:[\"apps\"], Resources:[\"deployments\"], Verbs:[\"list\"]}"))
    let json = try JSON.parse(try await ask("--output", "json").output)
    #expect(json[path: "status", "allowed"] == true && json["kind"] == "AccessExplanation")
    #expect(json[path: "status", "authorizers"]?.array?.last?["name"] == "RBAC")
    #expect(try await ask("--output", "yaml").error == "drydock: there is nothing to add\n")
    try await server.stop()
  }

  @Test func whatTheCatalogKnowsIsTold() async throws {
    let server = try await ServerProcess.start()
    for (resource, hint) in [
      ("deployments", "\"deployments\" is not in API group \"\": it is in \"apps\""),
      ("pod", "\"pod\" is not the name of a resource: rules name it \"pods\""),
      ("deploy.apps", "\"deploy\" is not the name of a resource: rules name it \"deployments\""),
      ("boats.dock.example", "no resource \"boats\" is served in API group \"dock.example\""),
      ("pods/logs", "\"pods\" has no subresource \"logs\""),
      ("nodes", "\"nodes\" is not in namespaces: requests for it are at the cluster scope"),
    ] {
      let answer = try await why(
        server, "--as", "jane", "--verb", "get", "--resource", resource, "-n", "default")
      #expect(answer.output.contains("Note:\n") && answer.output.contains("  - \(hint)\n"), "\(answer)")
    }
    let path = try await why(server, "--as", "jane", "--verb", "get", "--non-resource-url", "/metrics")
    #expect(path.output.contains("get the path /metrics? No."), "\(path)")
    #expect(path.output.contains("nonResourceURLs:\n  - /metrics"))
    try await server.stop()
  }

  @Test func onlyWhoMayAskIsAnswered() async throws {
    let server = try await TestServer.start()
    let review: Value = [
      "spec": ["user": "bob", "resourceAttributes": ["verb": "get", "resource": "pods"]]
    ]
    let path = "/debug/authorization/why"
    let refused = try await server.client.with(token: "jane-token").send("POST", path, review)
    #expect(refused.status == 403)
    #expect(
      refused.json["message"]?.string
        == "forbidden: User \"jane\" cannot post path \"/debug/authorization/why\"")
    #expect(try await server.client.send("POST", path, review).status == 200)
    #expect(try await server.client.get(path).status == 405)
    #expect(try await server.client.send("POST", path, ["spec": ["user": "bob"]]).status == 422)
    #expect(try await server.client.send("POST", path, []).status == 400)
    let yaml = try await server.client.request(
      "POST", path, headers: [("Accept", "application/yaml")], body: JSON.encode(review))
    #expect(yaml.header("Content-Type") == "application/yaml")
    #expect(try YAML.parse(yaml.body)["kind"] == "AccessExplanation")
    await server.stop()
  }
}
