import Authorization
import ServerSupport
import TestSupport
import Testing
import Values

/// Authorizers by flags and by a configuration file, in a whole server.
@Suite(.timeLimit(.minutes(2)))
struct AuthorizerChainTests {
  private func mayList(_ resource: String, _ token: String, _ server: TestServer) async throws -> Bool {
    let answer = try await server.client.with(token: token).get("/api/v1/namespaces/default/\(resource)")
    return answer.status == 200
  }

  @Test func abacPoliciesCountInTheirPlace() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      # jane reads pods
      {"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"jane","readonly":true,"namespace":"*","resource":"pods"}}

      """, to: "policy.jsonl")
    let server = try await TestServer.start {
      $0.authorizationModes = ["RBAC", "ABAC"]
      $0.authorizationPolicyFile = file
    }
    #expect(try await mayList("pods", "jane-token", server))
    let refused = try await server.client.with(token: "jane-token").get("/api/v1/namespaces/default/secrets")
    #expect(
      refused.json["message"]?.string
        == "secrets is forbidden: User \"jane\" cannot list resource \"secrets\" in API group \"\" in the namespace \"default\": No policy matched."
    )
    await server.stop()

    try folder.write("{\"user\":}\n", to: "policy.jsonl")
    let error = await #expect(throws: (any Error).self) {
      _ = try await TestServer.start {
        $0.authorizationModes = ["ABAC"]
        $0.authorizationPolicyFile = file
      }
    }
    #expect("\(error!)".contains("error reading policy file \(file), line 1: {\"user\":}: "))
  }

  @Test func aConfigurationFileIsReadAgain() async throws {
    func text(_ authorizers: String) -> String {
      "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers:\n\(authorizers)"
    }
    let folder = try TemporaryFolder()
    let file = try folder.write(text("- {type: RBAC, name: rbac}\n"), to: "authz.yaml")
    let server = try await TestServer.start { $0.authorizationConfigFile = file }
    #expect(try await !mayList("pods", "jane-token", server))
    try folder.write(
      text("- {type: RBAC, name: rbac}\n- {type: AlwaysAllow, name: alwaysallow}\n"), to: "authz.yaml")
    #expect(try await eventually(seconds: 30) { try await self.mayList("pods", "jane-token", server) })
    // Bad files, and authorizers that were not there at the start, change nothing.
    for bad in [text("- {type: Node, name: node}\n"), text("- {type: RBAC}\n"), "nonsense: ["] {
      try folder.write(bad, to: "authz.yaml")
      for _ in 0..<3 {
        try await Task.sleep(for: .milliseconds(500))
        #expect(try await mayList("pods", "jane-token", server))
      }
    }
    try folder.write(
      text("- {type: RBAC, name: rbac}\n- {type: AlwaysDeny, name: alwaysdeny}\n"), to: "authz.yaml")
    #expect(try await eventually(seconds: 30) { try await !self.mayList("pods", "jane-token", server) })
    await server.stop()
  }

  /// Allows carol pods and denies bob everything.
  private func decide(_ spec: Value?) -> Value {
    switch (spec?["user"]?.string, spec?[path: "resourceAttributes", "resource"]?.string) {
    case ("carol", "pods"), ("carol", "selfsubjectrulesreviews"): ["allowed": true, "reason": "carol may"]
    case ("bob", _): ["allowed": false, "denied": true, "reason": "never bob"]
    default: ["allowed": false]
    }
  }

  private func answer(_ request: StandInServer.Request) -> Value {
    var review = request.json
    review["status"] = decide(review["spec"])
    return review
  }

  @Test func webhooksAreAskedInTheirPlace() async throws {
    try await StandInServer.with(answer: { .json(self.answer($0)) }) { webhook in
      let folder = try TemporaryFolder()
      let kubeconfig = try folder.write(webhook.kubeconfig(), to: "webhook.kubeconfig")
      let server = try await TestServer.start {
        $0.authorizationModes = ["Webhook", "RBAC"]
        $0.authorizationWebhook.configFile = kubeconfig
        $0.authorizationWebhook.version = "v1"
      }
      #expect(try await mayList("pods", "carol-token", server))
      #expect(try await !mayList("secrets", "carol-token", server))
      // Bob's bindings don't help him: the webhook denies before RBAC is asked.
      _ = try await server.client.send(
        "POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        [
          "metadata": ["name": "bob"],
          "roleRef": [
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin",
          ],
          "subjects": [["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "bob"]],
        ])
      let refused = try await server.client.with(token: "bob-token").get("/api/v1/nodes")
      #expect(refused.status == 403 && refused.json["message"]?.string?.hasSuffix("never bob") == true)
      // The rules that a webhook goes by can't be listed.
      let rules = try await server.client.with(token: "carol-token").send(
        "POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", ["spec": ["namespace": "default"]])
      #expect(rules.json[path: "status", "incomplete"] == true)
      #expect(
        rules.json[path: "status", "evaluationError"]
          == "webhook authorizer does not support user rule resolution")
      // Asked once for each question, as answers are remembered; administrators never.
      let before = webhook.requestCount
      #expect(try await mayList("pods", "carol-token", server))
      #expect(try await mayList("pods", "admin-token", server))
      #expect(webhook.requestCount == before)
      await server.stop()
    }
  }

  @Test func severalWebhooksHaveFailurePolicies() async throws {
    try await StandInServer.with(answer: { .json(self.answer($0)) }) { webhook in
      let folder = try TemporaryFolder()
      let good = try folder.write(webhook.kubeconfig(), to: "good.kubeconfig")
      let gone = try await StandInServer.start { _ in .text("") }
      let bad = try folder.write(gone.kubeconfig(), to: "gone.kubeconfig")
      await gone.stop()
      func chain(_ policy: String) -> String {
        let webhooks = [(bad, "first", policy), (good, "second", "Deny")].map { file, name, policy in
          """
          - type: Webhook
            name: \(name)
            webhook:
              timeout: 25s
              subjectAccessReviewVersion: v1
              failurePolicy: \(policy)
              connectionInfo: {type: KubeConfigFile, kubeConfigFile: \(file)}
          """
        }
        return "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers:\n"
          + webhooks.joined(separator: "\n") + "\n- {type: RBAC, name: rbac}\n"
      }
      let file = try folder.write(chain("NoOpinion"), to: "authz.yaml")
      let open = try await TestServer.start { $0.authorizationConfigFile = file }
      #expect(try await mayList("pods", "carol-token", open))
      await open.stop()
      try folder.write(chain("Deny"), to: "authz.yaml")
      let closed = try await TestServer.start { $0.authorizationConfigFile = file }
      #expect(try await !mayList("pods", "carol-token", closed))
      await closed.stop()
    }
  }

  @Test func matchConditionsChooseWhatAWebhookIsAskedAbout() async throws {
    try await StandInServer.with(answer: { .json(self.answer($0)) }) { webhook in
      let folder = try TemporaryFolder()
      let kubeconfig = try folder.write(webhook.kubeconfig(), to: "webhook.kubeconfig")
      func text(_ condition: String) -> String {
        """
        apiVersion: apiserver.config.k8s.io/v1
        kind: AuthorizationConfiguration
        authorizers:
        - type: Webhook
          name: one
          webhook:
            timeout: 25s
            subjectAccessReviewVersion: v1
            matchConditionSubjectAccessReviewVersion: v1
            failurePolicy: Deny
            connectionInfo: {type: KubeConfigFile, kubeConfigFile: \(kubeconfig)}
            matchConditions: [{expression: "\(condition)"}]
        """
      }
      let file = try folder.write(text("request.user == 'carol'"), to: "authz.yaml")
      let server = try await TestServer.start { $0.authorizationConfigFile = file }
      #expect(try await mayList("pods", "carol-token", server))
      #expect(try await !mayList("pods", "jane-token", server))
      #expect(webhook.requests.allSatisfy { $0.json[path: "spec", "user"] == "carol" })
      await server.stop()

      try folder.write(text("request.nobody == 'x'"), to: "authz.yaml")
      let error = await #expect(throws: (any Error).self) {
        _ = try await TestServer.start { $0.authorizationConfigFile = file }
      }
      #expect("\(error!)".contains("matchConditions[0].expression: Invalid value: \"request.nobody == 'x'\""))
    }
  }
}
