import Authentication
import HTTPService
import ServerSupport
import Synchronization
import Testing
import Values
import Webhook

@testable import Authorization

@Suite(.timeLimit(.minutes(1))) struct WebhookAuthorizerTests {
  private let jane = UserInfo(
    name: "jane", uid: "u1", groups: ["developers", "qa"], extra: ["department": ["engineering"]])

  /// Runs a test against an authorizer whose webhook answers with a status.
  private func withWebhook(
    _ settings: WebhookAuthorizer.Settings = .init(), clock: Clock = Clock(),
    matches: WebhookAuthorizer.MatchConditions? = nil,
    onEvaluation: (@Sendable (WebhookAuthorizer.Evaluation) -> Void)? = nil,
    answer: @escaping StandInServer.Answer,
    test: (WebhookAuthorizer, StandInServer) async throws -> Void
  ) async throws {
    try await StandInServer.with(answer: answer) { server in
      let kubeconfig = try WebhookKubeconfig(
        yaml: Array(server.kubeconfig(path: "/authorize").utf8), folder: "./")
      let webhook = try GenericWebhook(
        kubeconfig, backoff: RetryBackoff(initial: .milliseconds(1)))
      let authorizer = WebhookAuthorizer(
        webhook: webhook, settings: settings, matches: matches, onEvaluation: onEvaluation,
        now: { clock.now })
      try await test(authorizer, server)
      await webhook.shutdown()
    }
  }

  private func pods(_ verb: String = "list", namespace: String = "prod") -> AuthorizationAttributes {
    AuthorizationAttributes(
      user: jane, verb: verb, namespace: namespace, apiVersion: "v1", resource: "pods", subresource: "log",
      name: "web")
  }

  @Test(
    arguments: [
      (["allowed": true, "reason": "because"], .allow, nil),
      (["allowed": false, "denied": true, "reason": "because"], .deny, nil),
      (["allowed": false, "reason": "because"], .noOpinion, nil),
      (
        ["allowed": true, "denied": true, "reason": "because"], .deny,
        "webhook subject access review returned both allow and deny response"
      ),
    ] as [(Value, AuthorizationDecision.Verdict, String?)])
  func answersDecide(_ status: Value, _ verdict: AuthorizationDecision.Verdict, _ error: String?) async throws
  {
    try await withWebhook { _ in
      .json(["status": status])
    } test: { authorizer, _ in
      let decision = await authorizer.authorize(pods())
      #expect(
        decision
          == AuthorizationDecision(verdict, reason: "because", error: error, authorizer: "Webhook"))
    }
  }

  @Test func theQuestionTellsAllAttributes() async throws {
    try await withWebhook(.init(version: .v1)) { _ in
      .json(["status": ["allowed": true]])
    } test: { authorizer, server in
      var attributes = pods()
      attributes.fieldSelector = [.init("spec.nodeName", .notEquals, "n1")]
      attributes.labelSelector = [try .init("app", .equals, ["web"]), try .init("tier", .exists)]
      #expect(await authorizer.authorize(attributes).isAllowed)
      #expect(
        server.requests.first?.json == [
          "kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": [:],
          "spec": [
            "resourceAttributes": [
              "namespace": "prod", "verb": "list", "version": "v1", "resource": "pods", "subresource": "log",
              "name": "web",
              "fieldSelector": [
                "requirements": [["key": "spec.nodeName", "operator": "NotIn", "values": ["n1"]]]
              ],
              "labelSelector": [
                "requirements": [
                  ["key": "app", "operator": "In", "values": ["web"]],
                  ["key": "tier", "operator": "Exists"],
                ]
              ],
            ],
            "user": "jane", "groups": ["developers", "qa"],
            "extra": ["department": ["engineering"]], "uid": "u1",
          ],
          "status": ["allowed": false],
        ])
    }
  }

  @Test func theBetaVersionCallsGroupsGroup() async throws {
    try await withWebhook { _ in
      .json(["apiVersion": "authorization.k8s.io/v1beta1", "status": ["allowed": true]])
    } test: { authorizer, server in
      let user = UserInfo(name: "joe", groups: ["a"])
      #expect(await authorizer.authorize(.init(user: user, verb: "get", path: "/healthz")).isAllowed)
      #expect(server.requests.first?.json["apiVersion"] == "authorization.k8s.io/v1beta1")
      #expect(
        server.requests.first?.json["spec"] == [
          "nonResourceAttributes": ["path": "/healthz", "verb": "get"], "user": "joe", "group": ["a"],
        ])
    }
  }

  @Test func answersAreRememberedForATime() async throws {
    let clock = Clock()
    try await withWebhook(clock: clock) { request in
      .json(["status": ["allowed": .bool(request.json["spec"]?["user"] == "jane")]])
    } test: { authorizer, server in
      let joe = AuthorizationAttributes(user: UserInfo(name: "joe"), verb: "get", resource: "pods")
      for _ in 0..<3 {
        #expect(await authorizer.authorize(pods()).verdict == .allow)
        #expect(await authorizer.authorize(joe).verdict == .noOpinion)
      }
      #expect(server.requestCount == 2)
      clock.advance(30)
      _ = await authorizer.authorize(pods())
      #expect(server.requestCount == 2)
      _ = await authorizer.authorize(joe)
      #expect(server.requestCount == 3)
      clock.advance(270)
      _ = await authorizer.authorize(pods())
      #expect(server.requestCount == 4)
      // A long request is asked about each time.
      let long = pods(namespace: String(repeating: "a", count: 10_000))
      for _ in 0..<2 { _ = await authorizer.authorize(long) }
      #expect(server.requestCount == 6)
    }
  }

  @Test(arguments: [WebhookAuthorizer.FailurePolicy.noOpinion, .deny])
  func aWebhookThatCantBeAsked(_ policy: WebhookAuthorizer.FailurePolicy) async throws {
    let results = Mutex<[String]>([])
    try await withWebhook(
      .init(failurePolicy: policy),
      onEvaluation: { evaluation in
        results.withLock { $0.append("\(evaluation.result) \(evaluation.failedOpen)") }
      }
    ) { _ in
      .text("boom", status: 500)
    } test: { authorizer, server in
      let decision = await authorizer.authorize(pods())
      #expect(decision.verdict == (policy == .deny ? .deny : .noOpinion))
      #expect(decision.reason.isEmpty)
      #expect(decision.error == #"an error on the server ("boom") has prevented the request from succeeding"#)
      #expect(server.requestCount == 5)
      _ = await authorizer.authorize(pods())
      #expect(server.requestCount == 10)
      #expect(results.withLock { $0 } == Array(repeating: "error \(policy == .noOpinion)", count: 2))
    }
  }

  @Test func conditionsDecideWhetherTheWebhookIsAsked() async throws {
    try await withWebhook(.init(failurePolicy: .deny)) { attributes, spec in
      switch attributes.verb {
      case "get": spec["resourceAttributes"]?["verb"] == "get" ? .excluded : .failed("no spec")
      case "list": .failed("no such key: a")
      default: .matches
      }
    } answer: { _ in
      .json(["status": ["allowed": true]])
    } test: { authorizer, server in
      #expect(await authorizer.authorize(pods("get")) == .init(.noOpinion, authorizer: "Webhook"))
      #expect(
        await authorizer.authorize(pods("list"))
          == .init(.deny, error: "no such key: a", authorizer: "Webhook"))
      #expect(server.requestCount == 0)
      #expect(await authorizer.authorize(pods("watch")).isAllowed)
      #expect(server.requestCount == 1)
    }
  }

  @Test func rulesCantBeListed() async throws {
    try await withWebhook { _ in
      .json([:])
    } test: { authorizer, _ in
      let rules = await authorizer.rules(for: jane, namespace: "a")
      #expect(rules.isIncomplete)
      #expect(rules.errors == ["webhook authorizer does not support user rule resolution"])
    }
  }
}

/// A clock that stands still until it is moved.
final class Clock: Sendable {
  private let time = Mutex(Timestamp(seconds: 1_800_000_000))

  var now: Timestamp { time.withLock { $0 } }

  func advance(_ seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}
