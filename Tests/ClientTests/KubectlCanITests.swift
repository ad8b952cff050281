import TestSupport
import Testing
import Values

/// `kubectl auth can-i` in all its forms.
@Suite("kubectl auth can-i", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct KubectlCanITests {
  @Test("one question", arguments: Clients.kubectlVersions)
  func questions(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("can-i", version)
    let role = "can-i-\(version)"
    try await kubectl.succeeds(
      "create", "role", "reader", "--verb=get,list",
      "--resource=pods,pods/log,jobs.batch,deployments.apps/scale")
    try await kubectl.succeeds(
      "create", "role", "one", "--verb=get", "--resource=secrets", "--resource-name=mine")
    try await kubectl.succeeds("create", "clusterrole", role, "--verb=get", "--non-resource-url=/logs/*")
    for name in ["reader", "one"] {
      try await kubectl.succeeds("create", "rolebinding", name, "--role=\(name)", "--user=jane")
    }
    try await kubectl.succeeds("create", "clusterrolebinding", role, "--clusterrole=\(role)", "--user=jane")
    let answers: [([String], Bool)] = [
      (["list", "pods"], true), (["list", "pod"], true), (["list", "po"], true), (["create", "pods"], false),
      (["get", "pods", "--subresource=log"], true), (["get", "pods/log"], true),
      (["get", "deployments.apps", "--subresource=scale"], true), (["list", "jobs.batch"], true),
      (["list", "jobs.batch/v1"], true), (["get", "secret/mine"], true), (["get", "secrets/other"], false),
      (["get", "secrets"], false), (["get", "/logs/x"], true), (["get", "/metrics"], false),
      (["list", "pods", "--all-namespaces"], false), (["*", "*"], false),
    ]
    for (question, may) in answers {
      let result = try await kubectl.start(["auth", "can-i"] + question + ["--as", "jane"]).result()
      #expect(result.output == (may ? "yes\n" : "no\n"), "\(question) \(result)")
      #expect(result.status == (may ? 0 : 1), "\(question)")
    }
    let quiet = try await kubectl.run("auth", "can-i", "list", "pods", "--as", "jane", "--quiet")
    #expect(quiet.status == 0 && quiet.output == "")
    let unknown = try await kubectl.run("auth", "can-i", "list", "boats", "--as", "jane")
    #expect(unknown.error.contains("the server doesn't have a resource type 'boats'"), "\(unknown)")
    #expect(try await kubectl.succeeds("auth", "can-i", "*", "*") == "yes\n")
  }

  /// Resources of a list with their verbs, names and paths as kubectl prints them.
  private func rows(_ output: String) -> Set<String> {
    Set(output.split(separator: "\n").dropFirst().map { $0.split(separator: " ").joined(separator: " ") })
  }

  @Test(
    "--list is what the rules of a built-in role say", arguments: ["view", "edit", "admin", "cluster-admin"])
  func list(role: String) async throws {
    let kubectl = try await Kubectl.inNamespace("can-i-\(role)", "1.32")
    // The user's list without the role: what everybody has.
    let own = "list-\(role)"
    let before = rows(try await kubectl.succeeds("auth", "can-i", "--list", "--as", own))
    try await kubectl.succeeds("create", "rolebinding", "b", "--clusterrole=\(role)", "--user=\(own)")
    let added = rows(try await kubectl.succeeds("auth", "can-i", "--list", "--as", own)).subtracting(before)
    // Rules of one resource and one name are put together, as kubectl does before it prints them.
    var verbs: [String: [String]] = [:]
    for rule in try await kubectl.json("clusterrole", role)["rules"]?.array ?? [] {
      for resource in rule["resources"]?.strings ?? [] {
        for group in rule["apiGroups"]?.strings ?? [] {
          // The group comes before the subresource: `deployments.apps/scale`.
          let parts = resource.split(separator: "/", maxSplits: 1)
          let name = (["\(parts[0])\(group.isEmpty ? "" : ".\(group)")"] + parts.dropFirst().map(String.init))
            .joined(separator: "/")
          verbs[name, default: []] += (rule["verbs"]?.strings ?? []).filter {
            !verbs[name, default: []].contains($0)
          }
        }
      }
    }
    let listed = Dictionary(
      added.filter { !$0.hasPrefix("[") }.map { line -> (String, Set<String>) in
        let parts = line.split(separator: " [").map(String.init)
        return (parts[0], Set((parts.last ?? "").dropLast().split(separator: " ").map(String.init)))
      }, uniquingKeysWith: { $0.union($1) })
    #expect(!verbs.isEmpty)
    for (resource, wanted) in verbs { #expect(listed[resource] == Set(wanted), "\(resource)") }
    #expect(Set(listed.keys) == Set(verbs.keys))
  }

  @Test func otherAuthorizersListWhatTheyCan() async throws {
    let folder = try TemporaryFolder()
    func policy(_ spec: String) -> String {
      #"{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{\#(spec)}}"#
    }
    let file = try folder.write(
      """
      \(policy(#""user":"jane","readonly":true,"namespace":"*","resource":"pods","apiGroup":"*""#))
      \(policy(#""user":"jane","readonly":true,"namespace":"*","nonResourcePath":"*""#))
      \(policy(#""user":"jane","resource":"selfsubjectrulesreviews","apiGroup":"authorization.k8s.io""#))
      """, to: "policy.jsonl")
    let server = try await TestServer.start {
      $0.authorizationModes = ["Node", "ABAC", "AlwaysDeny"]
      $0.authorizationPolicyFile = file
    }
    let kubectl = try await Kubectl("1.32", server: server)
    #expect(
      try await kubectl.fails("get", "secrets", "--as", "jane").hasSuffix(
        "in the namespace \"default\": No policy matched.\nEverything is forbidden.\n"))
    let list = try await kubectl.succeeds("auth", "can-i", "--list", "--as", "jane")
    let lines = list.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(
      Set(lines) == [
        "Resources Non-Resource URLs Resource Names Verbs", "pods.* [] [] [get list watch]",
        "[*] [] [get]", "[*] [] [list]", "[*] [] [watch]",
      ], "\(list)")
    await server.stop()
  }
}
