import TestSupport
import Testing
import Values

/// Who may do what, as kubectl tells it.
@Suite("kubectl and access", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct KubectlAccessTests {
  @Test("the caller's own identity and rights", arguments: Clients.kubectlVersions)
  func whoAmI(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("rights", version)
    let me = try await kubectl.succeeds("auth", "whoami")
    #expect(me.contains("kubernetes-admin") && me.contains("system:masters"))
    #expect(try await kubectl.succeeds("auth", "can-i", "--list").contains("*.*"))
    #expect(try await kubectl.succeeds("auth", "can-i", "delete", "nodes") == "yes\n")
    try await kubectl.succeeds("create", "role", "reader", "--verb=get,list", "--resource=pods")
    try await kubectl.succeeds("create", "rolebinding", "jane-reads", "--role=reader", "--user=jane")
    #expect(try await kubectl.succeeds("auth", "can-i", "list", "pods", "--as", "jane") == "yes\n")
    let refused = try await kubectl.run("auth", "can-i", "delete", "pods", "--as", "jane")
    #expect(refused.output == "no\n" && refused.status == 1)
    let rules = try await kubectl.succeeds("auth", "can-i", "--list", "--as", "jane")
    #expect(rules.contains("[get list]"))
  }

  @Test("tokens of service accounts", arguments: Clients.kubectlVersions)
  func tokens(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("tokens", version)
    try await kubectl.succeeds("create", "serviceaccount", "robot")
    try await kubectl.succeeds(
      "create", "rolebinding", "robot-views", "--clusterrole=view",
      "--serviceaccount=\(kubectl.namespace):robot")
    let token = try await kubectl.succeeds("create", "token", "robot", "--duration=1h")
    let config = """
      apiVersion: v1
      kind: Config
      current-context: robot
      clusters: [{name: drydock, cluster: {server: "\(kubectl.server.drydock.url)", insecure-skip-tls-verify: true}}]
      users: [{name: robot, user: {token: "\(token)"}}]
      contexts: [{name: robot, context: {cluster: drydock, user: robot}}]
      """
    let file = try kubectl.folder.write(config, to: "robot.kubeconfig")
    var robot = kubectl
    robot.options += ["--kubeconfig", file]
    #expect(
      try await robot.succeeds("auth", "whoami", "--output", "json").contains(
        "system:serviceaccount:\(kubectl.namespace):robot"))
    #expect(
      try await robot.succeeds("get", "configmaps", "--output", "name") == "configmap/kube-root-ca.crt\n")
    #expect(try await robot.fails("get", "secrets").contains("cannot list resource \"secrets\""))
    #expect(
      try await robot.fails("create", "configmap", "a").contains("cannot create resource \"configmaps\""))
  }

  @Test("a certificate by signing request", arguments: Clients.kubectlVersions)
  func certificates(version: String) async throws {
    let kubectl = try await Kubectl(version)
    let folder = kubectl.folder
    let name = "developer-jane-\(version)"
    let request = try await Command.run(
      "openssl",
      [
        "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(folder.path)/jane.key", "-subj",
        "/O=developers/CN=\(name)",
      ])
    #expect(request.status == 0, "\(request)")
    let object: Value = [
      "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
      "metadata": ["name": .string(name)],
      "spec": [
        "request": .string(Base64.encode(Array(request.output.utf8))),
        "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"],
      ],
    ]
    try await kubectl.succeeds("apply", "--filename", "-", input: JSON.text(object))
    #expect(try await kubectl.succeeds("get", "csr", name).contains("Pending"))
    try await kubectl.succeeds("certificate", "approve", name)
    try await kubectl.succeeds("wait", "--for=jsonpath={.status.certificate}", "csr/\(name)", "--timeout=20s")
    let certificate = try #require(try await kubectl.json("csr", name)["status"]?["certificate"]?.string)
    try folder.write(try Base64.decode(certificate), to: "jane.crt")
    try await kubectl.succeeds(
      "config", "set-credentials", "jane", "--client-certificate=\(folder.path)/jane.crt",
      "--client-key=\(folder.path)/jane.key")
    let me = try await kubectl.succeeds("auth", "whoami", "--user", "jane")
    #expect(me.contains(name) && me.contains("developers"))
    #expect(try await kubectl.succeeds("get", "csr", name).contains("Approved,Issued"))
  }
}
