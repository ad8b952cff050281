import Foundation
import TestSupport
import Testing
import Values

/// The rows of the guide's troubleshooting matrix: each symptom is made, and cured as the row says.
@Suite("RBAC troubleshooting", .enabled(if: Clients.areExpected), .timeLimit(.minutes(4)))
struct RBACMatrixTests {
  private static let version = "1.32"

  @Test("403: a RoleBinding is missing")
  func missingBinding() async throws {
    let kubectl = try await Kubectl.inNamespace("matrix-binding", Self.version)
    try await kubectl.succeeds("create", "role", "reader", "--verb=get,list", "--resource=pods")
    let refused = try await kubectl.fails("get", "pods", "--as", "matrix-ann")
    #expect(refused.contains(#"User "matrix-ann" cannot list resource "pods" in API group """#), "\(refused)")
    try await kubectl.succeeds("create", "rolebinding", "ann-reads", "--role=reader", "--user=matrix-ann")
    try await kubectl.succeeds("get", "pods", "--as", "matrix-ann")
  }

  @Test("401: the token is no good, a new one is")
  func invalidToken() async throws {
    let kubectl = try await Kubectl.inNamespace("matrix-token", Self.version)
    try await kubectl.succeeds("create", "serviceaccount", "robot")
    func whoami(_ token: String) async throws -> CommandResult {
      let config = """
        apiVersion: v1
        kind: Config
        current-context: robot
        clusters:
        - name: drydock
          cluster: {server: "\(kubectl.server.drydock.url)", insecure-skip-tls-verify: true}
        users: [{name: robot, user: {token: "\(token)"}}]
        contexts: [{name: robot, context: {cluster: drydock, user: robot}}]
        """
      let file = try kubectl.folder.write(config, to: "robot.kubeconfig")
      return try await kubectl.run("--kubeconfig", file, "auth", "whoami")
    }
    let refused = try await whoami("wrong")
    #expect(refused.status == 1 && refused.error.contains("Unauthorized"), "\(refused)")
    let token = try await kubectl.succeeds("create", "token", "robot", "--duration=10m")
    let known = try await whoami(token.trimmingCharacters(in: .whitespacesAndNewlines))
    #expect(known.output.contains("system:serviceaccount:\(kubectl.namespace):robot"), "\(known)")
  }

  @Test("what can be listed can't be got: the verb is missing")
  func missingVerb() async throws {
    let kubectl = try await Kubectl.inNamespace("matrix-verb", Self.version)
    try await kubectl.succeeds("create", "configmap", "settings")
    try await kubectl.succeeds("create", "role", "lister", "--verb=list", "--resource=configmaps")
    try await kubectl.succeeds("create", "rolebinding", "bob-lists", "--role=lister", "--user=matrix-bob")
    try await kubectl.succeeds("get", "configmaps", "--as", "matrix-bob")
    let refused = try await kubectl.fails("get", "configmap", "settings", "--as", "matrix-bob")
    #expect(refused.contains(#"cannot get resource "configmaps""#), "\(refused)")
    try await kubectl.succeeds(
      "patch", "role", "lister", "--type=json", "--patch",
      #"[{"op":"add","path":"/rules/0/verbs/-","value":"get"}]"#)
    try await kubectl.succeeds("get", "configmap", "settings", "--as", "matrix-bob")
  }

  @Test("it works in one namespace and not in another: a ClusterRole is bound in both")
  func otherNamespace() async throws {
    let here = try await Kubectl.inNamespace("matrix-here", Self.version)
    try await here.succeeds("create", "clusterrole", "matrix-reader", "--verb=list", "--resource=secrets")
    try await here.succeeds(
      "create", "rolebinding", "eve", "--clusterrole=matrix-reader", "--user=matrix-eve")
    try await here.succeeds("get", "secrets", "--as", "matrix-eve")
    let refused = try await here.fails("get", "secrets", "--all-namespaces", "--as", "matrix-eve")
    #expect(refused.contains("at the cluster scope"), "\(refused)")
    try await here.succeeds(
      "create", "clusterrolebinding", "matrix-eve", "--clusterrole=matrix-reader", "--user=matrix-eve")
    try await here.succeeds("get", "secrets", "--all-namespaces", "--as", "matrix-eve")
  }

  @Test("custom resources are out of reach: their API group is missing")
  func missingGroup() async throws {
    let kubectl = try await Kubectl.inNamespace("matrix-group", Self.version)
    let definition = """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: widgets.matrix.example.com}
      spec:
        group: matrix.example.com
        scope: Namespaced
        names: {plural: widgets, singular: widget, kind: Widget}
        versions:
        - name: v1
          served: true
          storage: true
          schema: {openAPIV3Schema: {type: object}}
      """
    try await kubectl.succeeds("apply", "--filename", "-", input: definition)
    try await kubectl.succeeds(
      "wait", "--for=condition=Established", "crd/widgets.matrix.example.com", "--timeout=30s")
    let role = """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata: {name: widgets}
      rules: [{apiGroups: [""], resources: [widgets], verbs: [list]}]
      """
    try await kubectl.succeeds("apply", "--filename", "-", input: role)
    try await kubectl.succeeds("create", "rolebinding", "mia", "--role=widgets", "--user=matrix-mia")
    let refused = try await kubectl.fails("get", "widgets.matrix.example.com", "--as", "matrix-mia")
    #expect(refused.contains(#"in API group "matrix.example.com""#), "\(refused)")
    try await kubectl.succeeds(
      "patch", "role", "widgets", "--type=json", "--patch",
      #"[{"op":"add","path":"/rules/0/apiGroups/-","value":"matrix.example.com"}]"#)
    try await kubectl.succeeds("get", "widgets.matrix.example.com", "--as", "matrix-mia")
  }

  @Test("every flag that the checklist names is one, or one that does nothing here")
  func checklist() async throws {
    let page = try String(contentsOfFile: Repository.path("docs/operations.md"), encoding: .utf8)
    let reference = try String(contentsOfFile: Repository.path("docs/flags.md"), encoding: .utf8)
    let known = Set(reference.split(whereSeparator: { "`|, \n".contains($0) }).map(String.init))
    let named = page.split(whereSeparator: { "`|, \n=;()".contains($0) }).filter {
      $0.hasPrefix("--") && $0.count > 2 && !$0.contains("-ARG")
    }
    // kubectl's own.
    let kubectls: Set = ["--list", "--as", "--duration", "--role", "--user"]
    for flag in Set(named.map(String.init)) where !kubectls.contains(flag) {
      #expect(known.contains(flag), "\(flag)")
    }
    #expect(named.count > 8)
  }
}
