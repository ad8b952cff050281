import Foundation
import TestSupport
import Testing
import Values

/// The guide's scripts and manifests about authorization, run as they are written there.
@Suite("the guide's authorization", .enabled(if: Clients.areExpected), .timeLimit(.minutes(4)))
struct GuideAuthorizationTests {
  /// The manifests that make namespaces, accounts, roles and bindings, in an order in which they can be made.
  private static let manifests = [
    "namespace-setup", "service-account", "role-definitions", "role-bindings", "cluster-role",
    "aggregated-roles", "conditional-rbac", "production-app-deployment",
  ]

  /// Runs a script of the guide, to which a version of kubectl is `kubectl`.
  private func run(
    _ script: String, _ arguments: [String] = [], _ kubectl: Kubectl, kubeconfig: String = "kubeconfig"
  ) async throws -> CommandResult {
    let folder = kubectl.folder.path
    if !FileManager.default.fileExists(atPath: "\(folder)/kubectl") {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/kubectl", withDestinationPath: Clients.kubectl(kubectl.version))
    }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return try await Command.run(
      "bash", [Repository.path("Tests/ClientTests/guide/\(script)")] + arguments,
      environment: [
        "PATH": "\(folder):\(path)", "KUBECONFIG": "\(folder)/\(kubeconfig)",
        "HOME": Repository.cache("home-\(kubectl.version)"),
      ], directory: folder, timeout: 120)
  }

  private func serverWithManifests(_ version: String) async throws -> (TestServer, Kubectl) {
    let server = try await TestServer.start()
    let kubectl = try await Kubectl(version, server: server)
    for manifest in Self.manifests {
      try await kubectl.succeeds("apply", "--filename", Repository.path("config/examples/\(manifest).yaml"))
    }
    return (server, kubectl)
  }

  @Test("audit-service-accounts.sh", arguments: Clients.kubectlVersions)
  func audit(version: String) async throws {
    let (server, kubectl) = try await serverWithManifests(version)
    try await kubectl.succeeds(
      "create", "clusterrolebinding", "too-much", "--clusterrole=cluster-admin",
      "--serviceaccount=production:app-service-account")
    let result = try await run("audit-service-accounts.sh", [], kubectl)
    // As on every cluster: jq ends at the first role for paths, whose rules have no resources to look into.
    #expect(result.status == 5, "\(result)")
    #expect(
      result.error.contains("null (null) and array ([\"*\"]) cannot have their containment checked"),
      "\(result)")
    let parts = result.output.components(separatedBy: "===")
    try #require(parts.count == 7, "\(result)")
    #expect(
      parts[2].contains("\nNamespace: production\napp-service-account: Tokens=0\n")
        && parts[2].contains("\nNamespace: production-app\napp-sa: Tokens=0\n"), "\(parts[2])")
    #expect(parts[4] == "\nproduction/app-service-account\n\n")
    let wild = Set(parts[6].split(separator: "\n").map(String.init))
    #expect(wild.contains("ClusterRole/cluster/cluster-admin"))
    #expect(wild.contains("Role/production/deployment-manager"), "its verbs on two deployments")
    #expect(!wild.contains("Role/production/app-reader"))
    await server.stop()
  }

  @Test("debug-auth.sh", arguments: Clients.kubectlVersions)
  func debug(version: String) async throws {
    let (server, kubectl) = try await serverWithManifests(version)
    let token = try await kubectl.succeeds(
      "create", "token", "app-service-account", "--namespace=production", "--duration=1h")
    try kubectl.folder.write(
      """
      apiVersion: v1
      kind: Config
      current-context: app
      clusters: [{name: c, cluster: {server: "\(server.drydock.url)", insecure-skip-tls-verify: true}}]
      users: [{name: app-user, user: {token: "\(token)"}}]
      contexts: [{name: app, context: {cluster: c, user: app-user, namespace: production}}]
      """, to: "app.kubeconfig")
    // It may ask about tokens and in the name of others, as the script does; kubectl looks whether TokenReview is
    // a custom resource before it sends one.
    try await kubectl.succeeds(
      "create", "clusterrole", "debugger", "--verb=create,list",
      "--resource=tokenreviews.authentication.k8s.io,customresourcedefinitions.apiextensions.k8s.io")
    try await kubectl.succeeds(
      "create", "clusterrolebinding", "debugger", "--clusterrole=debugger",
      "--serviceaccount=production:app-service-account")
    try await kubectl.succeeds(
      "create", "clusterrole", "debugger-as", "--verb=impersonate", "--resource=serviceaccounts")
    try await kubectl.succeeds(
      "create", "clusterrolebinding", "debugger-as", "--clusterrole=debugger-as",
      "--serviceaccount=production:app-service-account")

    let result = try await run(
      "debug-auth.sh", ["app-sa", "production-app"], kubectl, kubeconfig: "app.kubeconfig")
    #expect(result.status == 0 && result.error == "", "\(result)")
    let output = result.output
    #expect(output.contains("1. Current Context:\napp\napp-user\n2. Testing Authentication:"))
    #expect(output.contains("system:serviceaccount:production:app-service-account"))
    #expect(output.contains("3. Token Validation:\ntokenreview.authentication.k8s.io/<unknown> created"))
    let permitted = output.split(separator: "\n").filter { $0.hasPrefix("✓") || $0.hasPrefix("✗") }
    #expect(permitted.count == 25)
    #expect(
      Set(permitted.filter { $0.hasPrefix("✓") }) == [
        "✓ Can get pods", "✓ Can list pods", "✓ Can get services", "✓ Can list services",
        "✓ Can get deployments", "✓ Can list deployments",
      ])
    let last = try #require(output.components(separatedBy: "6. Service Account Permissions:").last)
    #expect(last.contains("selfsubjectaccessreviews.authorization.k8s.io"))
    #expect(!last.contains("deployments.apps"), "in production app-sa may nothing more")
    await server.stop()
  }

  @Test("the manifests give what they say") func manifests() async throws {
    let (server, kubectl) = try await serverWithManifests("1.32")
    let app = "system:serviceaccount:production:app-service-account"
    let prometheus = "system:serviceaccount:monitoring:prometheus"
    let web = "system:serviceaccount:production-app:app-sa"
    let answers: [(who: String, namespace: String, what: [String], may: Bool)] = [
      (app, "production", ["list", "pods"], true), (app, "production", ["watch", "services"], true),
      (app, "production", ["list", "replicasets.apps"], true),
      (app, "production", ["delete", "pods"], false),
      (app, "production", ["watch", "deployments.apps"], false), (app, "default", ["list", "pods"], false),
      (app, "production", ["get", "configmaps/app-config"], true),
      (app, "production", ["get", "configmaps/other"], false),
      (app, "production", ["list", "configmaps"], false),
      (prometheus, "production", ["list", "nodes"], true),
      (prometheus, "default", ["watch", "events"], true),
      (prometheus, "default", ["watch", "pods"], false), (prometheus, "default", ["get", "secrets"], false),
      (web, "production-app", ["get", "secrets/app-secret"], true),
      (web, "production-app", ["get", "secrets/other"], false),
      (web, "production", ["get", "secrets/app-secret"], false),
    ]
    for answer in answers {
      let result = try await kubectl.start(
        ["auth", "can-i"] + answer.what + ["--as", answer.who, "--namespace", answer.namespace]
      ).result()
      #expect(result.output == (answer.may ? "yes\n" : "no\n"), "\(answer) \(result)")
    }
    // kubectl asks about what is served only.
    let review = try await server.client.send(
      "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      [
        "spec": [
          "user": .string(prometheus),
          "resourceAttributes": ["verb": "list", "resource": "pods", "group": "metrics.k8s.io"],
        ]
      ])
    #expect(
      review.json[path: "status", "reason"]?.string
        == "RBAC: allowed by ClusterRoleBinding \"monitoring-reader-binding\" of ClusterRole \"monitoring-reader\" to ServiceAccount \"prometheus/monitoring\""
    )
    await server.stop()
  }
}
