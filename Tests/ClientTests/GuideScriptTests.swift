import Foundation
import Schema
import Store
import TestSupport
import Testing
import Values

/// Scripts of the guide, run as they are written there.
@Suite("the guide's scripts", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct GuideScriptTests {
  /// Runs a script in the folder of a kubectl, which is `kubectl` to it.
  private func run(_ script: String, _ kubectl: Kubectl) async throws -> CommandResult {
    let link = "\(kubectl.folder.path)/kubectl"
    if !FileManager.default.fileExists(atPath: link) {
      try FileManager.default.createSymbolicLink(
        atPath: link, withDestinationPath: Clients.kubectl(kubectl.version))
    }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return try await Command.run(
      "bash", [Repository.path("Tests/ClientTests/guide/\(script)")],
      environment: [
        "PATH": "\(kubectl.folder.path):\(path)", "KUBECONFIG": "\(kubectl.folder.path)/kubeconfig",
        "HOME": Repository.cache("home-\(kubectl.version)"),
      ], directory: kubectl.folder.path, timeout: 150)
  }

  @Test("a certificate for a new user, whose request has a subject", arguments: Clients.kubectlVersions)
  func generateUserCertificate(version: String) async throws {
    let server = try await TestServer.start()
    let kubectl = try await Kubectl(version, server: server)
    let result = try await run("generate-user-cert-with-subject.sh", kubectl)
    #expect(result.status == 0, "\(result)")
    #expect(result.output.contains("certificatesigningrequest.certificates.k8s.io/developer-jane approved"))
    #expect(result.output.contains("Context \"developer-jane-context\" created."))
    let me = try await kubectl.succeeds("--context", "developer-jane-context", "auth", "whoami")
    #expect(me.contains("developer-jane") && me.contains("[developers system:authenticated]"))
    // She is in, and may do nothing yet.
    let refused = try await kubectl.fails("--context", "developer-jane-context", "get", "pods")
    #expect(refused.contains("User \"developer-jane\" cannot list resource \"pods\""))
    await server.stop()
  }

  @Test func generateUserCertificateAsWritten() async throws {
    let server = try await TestServer.start()
    let kubectl = try await Kubectl("1.32", server: server)
    let result = try await run("generate-user-cert.sh", kubectl)
    // Its request has no subject: OpenSSL makes none, and all that follows has nothing to work with.
    #expect(result.error.contains("No template, please set one up."), "\(result)")
    #expect(result.error.contains("developer-jane.csr: No such file or directory"))
    #expect(
      result.error.contains("certificatesigningrequests.certificates.k8s.io \"developer-jane\" not found"))
    #expect(result.output.contains("User \"developer-jane\" set."))
    #expect(result.output.contains("Context \"developer-jane-context\" created."))
    let refused = try await kubectl.fails("--context", "developer-jane-context", "auth", "whoami")
    #expect(refused.contains("tls: failed to find any PEM data in certificate input"), "\(refused)")
    await server.stop()
  }

  @Test func rotateTokens() async throws {
    let server = try await TestServer.start()
    let kubectl = try await Kubectl("1.32", server: server)
    try await kubectl.succeeds("create", "serviceaccount", "robot")
    for name in ["old", "new"] {
      let secret: Value = [
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
        "metadata": [
          "name": .string(name), "annotations": ["kubernetes.io/service-account.name": "robot"],
        ],
      ]
      try await kubectl.succeeds("create", "--filename", "-", input: JSON.text(secret))
      try await kubectl.succeeds("wait", "--for=jsonpath={.data.token}", "secret/\(name)", "--timeout=20s")
    }
    try age("old", server, days: 31)
    func token(_ name: String) async throws -> String {
      let text = try await kubectl.json("secret", name)["data"]?["token"]?.string ?? ""
      return String(decoding: try Base64.decode(text), as: UTF8.self)
    }
    let token = try await token("old")
    func isIn() async throws -> Bool {
      try await server.client.with(token: token).send(
        "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
      ).status == 201
    }
    #expect(try await isIn())

    let result = try await run("token-rotation.sh", kubectl)
    #expect(result.status == 0, "\(result)")
    #expect(
      result.output == "Rotating token: default/old\nsecret \"old\" deleted\n"
        || result.output == "Rotating token: default/old\nsecret \"old\" deleted from default namespace\n",
      "\(result)")
    let left = try await kubectl.succeeds("get", "secrets", "--output", "name")
    #expect(left == "secret/new\n", "nobody makes it again")
    // A token that was used is remembered for ten seconds.
    #expect(try await eventually(seconds: 30) { try await !isIn() })
    await server.stop()
  }

  /// Makes a Secret older, which no client can do.
  private func age(_ name: String, _ server: TestServer, days: Int64) throws {
    let secrets = GroupResource(group: "", resource: "secrets")
    let key = ObjectKey(namespace: "default", name: name)
    let store = server.drydock.apiServer.store
    let secret = try #require(store.get(secrets, key))
    var value = secret.value
    let created = Timestamp.now.adding(seconds: -days * 86400).rfc3339
    value.set(.string(created), at: ["metadata", "creationTimestamp"])
    _ = try store.update(secrets, key, ifRevision: nil, value)
  }
}
