import Foundation
import HTTPService
import Schema
import ServerSupport
import Synchronization
import Testing
import Values
import Webhook

@testable import Admission

/// Webhooks whose answers are closures: no network.
final class FakeHooks: WebhookClients, HTTPRequesting {
  /// Answers to paths; what an answer leaves out is filled in.
  private let answers: [String: @Sendable (Value) throws(HTTPClientError) -> Value]
  private let state = Mutex<[(path: String, request: Value)]>([])

  init(_ answers: [String: @Sendable (Value) throws(HTTPClientError) -> Value]) { self.answers = answers }

  var calls: [(path: String, request: Value)] { state.withLock { $0 } }

  func client(for config: WebhookClientConfig) throws(HTTPClientError) -> any HTTPRequesting { self }
  func authorized(_ request: ClientRequest, _ config: WebhookClientConfig) -> ClientRequest { request }

  func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
    let path = String(request.url.dropFirst("https://hooks.example.com".count).prefix { $0 != "?" })
    let review = (try? JSON.parse(request.body)) ?? .null
    state.withLock { $0.append((path, review["request"] ?? .null)) }
    guard let answer = answers[path] else { throw HTTPClientError(.connect, "Post: no such hook") }
    var response = try answer(review["request"] ?? .null)
    if response["uid"] == nil { response["uid"] = review["request"]?["uid"] }
    if let status = response["http"]?.int {
      return ClientResponse(status: Int(status), body: Array((response["text"]?.string ?? "").utf8))
    }
    let document: Value = [
      "kind": "AdmissionReview", "apiVersion": review["apiVersion"] ?? .null, "response": response,
    ]
    return ClientResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: JSON.encode(document))
  }
}

extension Value {
  /// A webhook at a path of the fake host, for ConfigMaps unless said otherwise.
  static func hook(_ name: String, _ fields: Object = [:], resources: [String] = ["configmaps"]) -> Value {
    var hook: Object = [
      "name": .string("\(name).example.com"),
      "clientConfig": ["url": .string("https://hooks.example.com/\(name)")],
      "rules": [
        [
          "operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": Value(resources),
        ]
      ],
      "sideEffects": "None", "admissionReviewVersions": ["v1"],
    ]
    for (key, value) in fields { hook[key] = value }
    return .object(hook)
  }

  static func configuration(_ kind: String, _ name: String, _ hooks: [Value]) -> Value {
    [
      "apiVersion": "admissionregistration.k8s.io/v1", "kind": .string("\(kind)WebhookConfiguration"),
      "metadata": ["name": .string(name)], "webhooks": .array(hooks),
    ]
  }

  static func configMap(_ name: String = "c", labels: Object = [:], data: Object = [:]) -> Value {
    [
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": ["name": .string(name), "namespace": "team", "labels": .object(labels)],
      "data": .object(data),
    ]
  }

  /// An answer that changes the object.
  static func patch(_ operations: String) -> Value {
    [
      "allowed": true, "patchType": "JSONPatch", "patch": .string(Base64.encode(operations.utf8)),
    ]
  }
}

@Suite struct MutatingWebhookTests {
  private func cluster(
    _ hooks: [Value], _ answers: [String: @Sendable (Value) throws(HTTPClientError) -> Value]
  ) throws -> (Cluster, FakeHooks) {
    let fake = FakeHooks(answers)
    let cluster = try Cluster {
      $0.mutatingClients = fake
      $0.validatingClients = fake
    }
    cluster.put(.configuration("Mutating", "m", hooks))
    return (cluster, fake)
  }

  @Test func patchesAreAppliedOneAfterTheOther() async throws {
    let (cluster, fake) = try cluster(
      [.hook("one"), .hook("two")],
      [
        "/one": { _ in .patch(#"[{"op":"add","path":"/data","value":{"a":"1"}}]"#) },
        "/two": { _ in .patch(#"[{"op":"add","path":"/data/b","value":"2"}]"#) },
      ])
    let made = try await cluster.create(.configMap())
    #expect(made["data"] == ["a": "1", "b": "2"])
    #expect(fake.calls.map(\.path) == ["/one", "/two"])
    #expect(fake.calls.last?.request["object"]?["data"] == ["a": "1"])
    #expect(
      cluster.notes.annotations["mutation.webhook.admission.k8s.io/round_0_index_0"]
        == #"{"configuration":"m","webhook":"one.example.com","mutated":true}"#)
  }

  @Test func whatIsAddedIsDefaulted() async throws {
    let (cluster, _) = try cluster(
      [.hook("sidecar", resources: ["pods"])],
      [
        "/sidecar": { _ in
          .patch(#"[{"op":"add","path":"/spec/containers/-","value":{"name":"side","image":"envoy"}}]"#)
        }
      ])
    let made = try await cluster.create(.pod())
    let side = made["spec"]?["containers"]?.array?.last
    #expect(side?["imagePullPolicy"] == "Always")
    #expect(side?["terminationMessagePath"] == "/dev/termination-log")
  }

  @Test func reviewTellsAllOfTheRequest() async throws {
    let (cluster, fake) = try cluster([.hook("see")], ["/see": { _ in ["allowed": true] }])
    try await cluster.create(.configMap(), dryRun: true)
    let request = try #require(fake.calls.first?.request)
    #expect(request["kind"] == ["group": "", "version": "v1", "kind": "ConfigMap"])
    #expect(request["requestResource"] == ["group": "", "version": "v1", "resource": "configmaps"])
    #expect(request["name"] == "c")
    #expect(request["namespace"] == "team")
    #expect(request["operation"] == "CREATE")
    #expect(request["userInfo"] == ["username": "admin"])
    #expect(request["oldObject"] == .null)
    #expect(request["dryRun"] == true)
    #expect(request["options"] == ["kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"])
    #expect(request["uid"]?.string?.count == 36)
  }

  @Test func laterChangesAreShownAgainToThoseWhoAsk() async throws {
    let (cluster, fake) = try cluster(
      [.hook("first", ["reinvocationPolicy": "IfNeeded"]), .hook("never"), .hook("last")],
      [
        "/first": { _ in ["allowed": true] }, "/never": { _ in ["allowed": true] },
        "/last": { _ in .patch(#"[{"op":"add","path":"/data","value":{"a":"1"}}]"#) },
      ])
    try await cluster.create(.configMap())
    #expect(fake.calls.map(\.path) == ["/first", "/never", "/last", "/first"])
    #expect(
      cluster.notes.annotations["mutation.webhook.admission.k8s.io/round_1_index_0"]
        == #"{"configuration":"m","webhook":"first.example.com","mutated":false}"#)
  }

  @Test(arguments: [
    (#"{"op":"add"}"#, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
    (#"[1]"#, "json: cannot unmarshal number into Go value of type jsonpatch.Operation"),
    (
      #"[{"op":"remove","path":"/data/x"}]"#,
      "error in remove for path: '/data/x': Unable to remove nonexistent key: x: missing value"
    ),
    (
      #"[{"op":"replace","path":"/data","value":7}]"#,
      "json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string"
    ),
  ]) func patchesThatDoNotFitFailTheRequest(patch: String, text: String) async throws {
    let (cluster, _) = try cluster(
      [.hook("bad", ["failurePolicy": "Ignore"])], ["/bad": { _ in .patch(patch) }])
    let refusal = await cluster.refusal { () throws(StatusError) in
      try await cluster.create(.configMap(data: ["a": "b"]))
    }
    #expect(refusal == "Internal error occurred: " + text)
  }

  @Test func deletionsCantBeChanged() async throws {
    let (cluster, _) = try cluster(
      [.hook("bad")], ["/bad": { _ in .patch(#"[{"op":"add","path":"/data","value":{}}]"#) }])
    cluster.put(.configMap())
    let refusal = await cluster.refusal { () throws(StatusError) in
      try await cluster.delete(.configMap())
    }
    #expect(
      refusal == "Internal error occurred: admission webhook \"bad.example.com\" attempted to modify the "
        + "object, which is not supported for this operation")
  }
}

@Suite struct ValidatingWebhookTests {
  private func cluster(
    _ hooks: [Value], _ answers: [String: @Sendable (Value) throws(HTTPClientError) -> Value]
  ) throws -> (Cluster, FakeHooks) {
    let fake = FakeHooks(answers)
    let cluster = try Cluster {
      $0.mutatingClients = fake
      $0.validatingClients = fake
    }
    cluster.put(.configuration("Validating", "v", hooks))
    return (cluster, fake)
  }

  private func refusal(_ hook: Value, _ answer: Value, dryRun: Bool = false) async throws -> StatusError? {
    let (cluster, _) = try cluster([hook], ["/h": { _ in answer }])
    do throws(StatusError) {
      try await cluster.create(.configMap(), dryRun: dryRun)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    arguments: [
      (["allowed": false], 400, "", " without explanation"),
      (["allowed": false, "status": ["message": "no", "code": 403]], 403, "", ": no"),
      (["allowed": false, "status": ["reason": "Forbidden", "code": 200]], 400, "Forbidden", ": Forbidden"),
    ] as [(Value, Int, String, String)])
  func denialsAreTold(answer: Value, code: Int, reason: String, end: String) async throws {
    let error = try await refusal(.hook("h"), answer)
    #expect(error?.code == code)
    #expect(error?.reason == reason)
    #expect(error?.message == "admission webhook \"h.example.com\" denied the request" + end)
  }

  @Test(
    arguments: [
      (["uid": "other", "allowed": true], "expected response.uid=UID, got \"other\""),
      (["allowed": true, "patch": "W10="], "validating webhook may not return response.patch"),
      (["allowed": true, "patchType": "JSONPatch"], "validating webhook may not return response.patchType"),
    ] as [(Value, String)])
  func answersAreChecked(answer: Value, text: String) async throws {
    let error = try await refusal(.hook("h"), answer)
    let start =
      "Internal error occurred: failed calling webhook \"h.example.com\": received invalid webhook "
      + "response: "
    #expect(error?.code == 500)
    let told = error?.message ?? ""
    #expect(told.hasPrefix(start))
    #expect(told.hasSuffix(String(text.split(separator: "UID").last ?? "")))
  }

  @Test(
    arguments: [
      (404, "", "the server could not find the requested resource"),
      (500, " boom\n", "an error on the server (\"boom\") has prevented the request from succeeding"),
      (302, "", "the server responded with the status code 302 but did not return more information"),
    ] as [(Int64, String, String)])
  func badStatusesAreFailedCalls(status: Int64, body: String, text: String) async throws {
    let error = try await refusal(.hook("h"), ["http": .int(status), "text": .string(body)])
    #expect(
      error?.message == "Internal error occurred: failed calling webhook \"h.example.com\": failed to call "
        + "webhook: \(text)")
  }

  @Test func failurePolicyLetsPass() async throws {
    let (cluster, _) = try cluster([.hook("down", ["failurePolicy": "Ignore"])], [:])
    try await cluster.create(.configMap())
    #expect(
      cluster.notes.annotations["failed-open.validating.webhook.admission.k8s.io/round_0_index_0"]
        == "down.example.com")
    // A denial is no failure.
    let error = try await refusal(.hook("h", ["failurePolicy": "Ignore"]), ["allowed": false])
    #expect(error?.code == 400)
  }

  @Test func dryRunsNeedHooksWithoutSideEffects() async throws {
    let error = try await refusal(
      .hook("h", ["sideEffects": "Some", "failurePolicy": "Ignore"]), ["allowed": true], dryRun: true)
    #expect(error?.message == "admission webhook \"h.example.com\" does not support dry run")
    #expect(error?.code == 400)
    #expect(
      try await refusal(.hook("h", ["sideEffects": "NoneOnDryRun"]), ["allowed": true], dryRun: true) == nil)
  }

  @Test func warningsAndAnnotationsReachTheClientAndTheLog() async throws {
    let (cluster, _) = try cluster(
      [.hook("h")],
      ["/h": { _ in ["allowed": true, "warnings": ["careful"], "auditAnnotations": ["why": "because"]] }])
    try await cluster.create(.configMap())
    #expect(cluster.notes.warnings == ["careful"])
    #expect(cluster.notes.annotations["h.example.com/why"] == "because")
  }

  @Test func olderReviewsAreAskedWhereOnlyTheyAreTaken() async throws {
    let (cluster, _) = try cluster(
      [.hook("h", ["admissionReviewVersions": ["v2", "v1beta1"]])],
      ["/h": { _ in ["uid": "anything", "allowed": true] }])
    try await cluster.create(.configMap())
    let error = try await refusal(.hook("h", ["admissionReviewVersions": ["v2"]]), ["allowed": true])
    #expect(
      error?.message.hasSuffix("webhook does not accept known AdmissionReview versions (v1, v1beta1)") == true
    )
  }

  @Test func firstInOrderIsTold() async throws {
    let fake = FakeHooks([
      "/a": { _ in ["allowed": false, "status": ["message": "a"]] },
      "/b": { _ in ["allowed": false, "status": ["message": "b"]] },
    ])
    let cluster = try Cluster {
      $0.mutatingClients = fake
      $0.validatingClients = fake
    }
    cluster.put(.configuration("Validating", "y", [.hook("b")]))
    cluster.put(.configuration("Validating", "x", [.hook("a")]))
    let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(.configMap()) }
    #expect(refusal == "admission webhook \"a.example.com\" denied the request: a")
    #expect(Set(fake.calls.map(\.path)) == ["/a", "/b"])
  }

  @Test func configurationsCountAtOnceAndAreExemptThemselves() async throws {
    let (cluster, fake) = try cluster(
      [.hook("h", resources: ["*"])], ["/h": { _ in ["allowed": true] }])
    try await cluster.create(.configMap())
    try await cluster.create(.configuration("Validating", "other", []))
    #expect(fake.calls.count == 1)
    cluster.put(.configuration("Validating", "v", []))
    try await cluster.create(.configMap("d"))
    #expect(fake.calls.count == 1)
  }
}

@Suite struct HookMatchingTests {
  /// Whether a hook sees a request.
  private func isAsked(
    _ hook: Value, _ act: (Cluster) async throws(StatusError) -> Void
  ) async throws -> [Value] {
    let fake = FakeHooks(["/h": { _ in ["allowed": true] }])
    let cluster = try Cluster {
      $0.mutatingClients = fake
      $0.validatingClients = fake
    }
    cluster.put(.configuration("Validating", "v", [hook]))
    try await act(cluster)
    return fake.calls.map(\.request)
  }

  private func rule(_ fields: Object) -> Object {
    var rule: Object = [
      "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"],
    ]
    for (key, value) in fields { rule[key] = value }
    return ["rules": [.object(rule)]]
  }

  @Test func rulesChooseRequests() async throws {
    func asked(_ fields: Object) async throws -> Bool {
      try await !isAsked(.hook("h", rule(fields))) { cluster throws(StatusError) in
        try await cluster.create(.configMap())
      }.isEmpty
    }
    #expect(try await asked([:]))
    #expect(
      try await asked(["resources": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"]]))
    #expect(try await asked(["resources": ["configmaps/*"]]))
    #expect(try await asked(["scope": "Namespaced"]))
    #expect(try await !asked(["scope": "Cluster"]))
    #expect(try await !asked(["operations": ["UPDATE"]]))
    #expect(try await !asked(["apiGroups": ["apps"]]))
    #expect(try await !asked(["resources": ["configmaps/status"]]))
  }

  @Test func selectorsChooseObjects() async throws {
    func asked(_ fields: Object, _ object: Value) async throws -> Bool {
      try await !isAsked(.hook("h", fields, resources: ["*"])) { cluster throws(StatusError) in
        try await cluster.create(object)
      }.isEmpty
    }
    let mine: Value = ["matchLabels": ["hook": "me"]]
    #expect(try await asked(["objectSelector": mine], .configMap(labels: ["hook": "me"])))
    #expect(try await !asked(["objectSelector": mine], .configMap()))
    #expect(try await !asked(["namespaceSelector": mine], .configMap()))
    // A namespace goes by its own labels, other objects of the cluster are always concerned.
    let space: Value = [
      "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "n", "labels": ["hook": "me"]],
    ]
    #expect(try await asked(["namespaceSelector": mine], space))
    let node: Value = ["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n"]]
    #expect(try await asked(["namespaceSelector": mine], node))
  }

  @Test func equivalentResourcesAreShownInTheVersionAskedFor() async throws {
    let scaler: Value = [
      "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
      "metadata": ["name": "h", "namespace": "team"],
      "spec": [
        "maxReplicas": 3, "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "d"],
        "metrics": [
          [
            "type": "Resource",
            "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 50]],
          ]
        ],
      ],
    ]
    let rule = rule([
      "apiGroups": ["autoscaling"], "apiVersions": ["v1"], "resources": ["horizontalpodautoscalers"],
    ])
    let seen = try await isAsked(.hook("h", rule)) { cluster throws(StatusError) in
      try await cluster.create(scaler)
    }
    #expect(seen.first?["kind"]?["version"] == "v1")
    #expect(seen.first?["requestKind"]?["version"] == "v2")
    #expect(seen.first?["object"]?["apiVersion"] == "autoscaling/v1")
    #expect(seen.first?["object"]?["spec"]?["targetCPUUtilizationPercentage"] == 50)
    var exact = rule
    exact["matchPolicy"] = "Exact"
    #expect(
      try await isAsked(.hook("h", exact)) { cluster throws(StatusError) in
        try await cluster.create(scaler)
      }.isEmpty)
  }
}

@Suite struct WebhookAddressTests {
  private static let service: Value = [
    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "hook", "namespace": "team"],
    "spec": ["clusterIP": "10.0.0.9", "ports": [["name": "https", "port": 443, "targetPort": 8443]]],
  ]

  private func refusal(_ objects: [Value]) async throws -> String? {
    let cluster = try Cluster { $0.validatingClients = FakeHooks([:]) }
    for object in objects { cluster.put(object) }
    let hook = Value.hook(
      "h", ["clientConfig": ["service": ["namespace": "team", "name": "hook", "path": "/check"]]])
    cluster.put(.configuration("Validating", "v", [hook]))
    return await cluster.refusal { () throws(StatusError) in try await cluster.create(.configMap()) }
  }

  @Test func servicesAreResolved() async throws {
    let start =
      "Internal error occurred: failed calling webhook \"h.example.com\": failed to call webhook: Post "
      + "\"https://hook.team.svc:443/check?timeout=10s\": "
    #expect(try await refusal([]) == start + "service \"hook\" not found")
    #expect(try await refusal([Self.service]) == start + "no endpoints available for service \"hook\"")
    var other = Self.service
    other["spec"]?["ports"] = [["name": "http", "port": 80]]
    #expect(try await refusal([other]) == start + "no service port 443 found for service \"hook\"")
  }

  @Test func endpointsAnswerForTheirService() throws {
    let cluster = try Cluster()
    cluster.put(Self.service)
    let resolver = ServiceResolver(
      get: { [store = cluster.store] in store.get($0, .init(namespace: $1, name: $2))?.value },
      list: { [store = cluster.store] in store.list($0, namespace: $1).map(\.value) })
    cluster.put([
      "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
      "metadata": [
        "name": "hook-1", "namespace": "team", "labels": ["kubernetes.io/service-name": "hook"],
      ],
      "ports": [["name": "https", "port": 8443]],
      "endpoints": [
        ["addresses": ["10.1.1.1"], "conditions": ["ready": false]], ["addresses": ["10.1.1.2"]],
      ],
    ])
    #expect(
      try resolver.resolve(namespace: "team", name: "hook", port: 443)
        == HTTPAddress(host: "10.1.1.2", port: 8443))
  }

  @Test func credentialsAreFoundByName() throws {
    let folder = "\(NSTemporaryDirectory())/\(RandomText.uuid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = "\(folder)/kubeconfig"
    try """
    apiVersion: v1
    kind: Config
    users:
    - {name: hooks.example.com, user: {token: one}}
    - {name: "*.team.svc", user: {token: two}}
    - {name: "*", user: {token: rest}}
    """.write(toFile: file, atomically: true, encoding: .utf8)
    let credentials = WebhookCredentials(try WebhookUser.read(path: file))
    func found(_ config: Value) throws -> String? {
      credentials.entry(for: try WebhookClientConfig(config))?.authorization?()
    }
    #expect(try found(["url": "https://hooks.example.com/x"]) == "Bearer one")
    #expect(try found(["url": "https://hooks.example.com:8443/x"]) == "Bearer rest")
    #expect(try found(["service": ["namespace": "team", "name": "hook"]]) == "Bearer two")
  }
}

@Suite struct WebhookConnectionTests {
  /// What a webhook that allows everything answers.
  @Sendable static func allow(_ request: StandInServer.Request) async -> HTTPResponse {
    .json([
      "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
      "response": ["uid": request.json["request"]?["uid"] ?? "", "allowed": true],
    ])
  }

  @Test func connectionsAreUsedAgain() async throws {
    try await StandInServer.with(answer: Self.allow) { server in
      let cluster = try Cluster()
      let bundle = Base64.encode(server.caPEM.utf8)
      cluster.put(
        .configuration(
          "Validating", "v",
          [.hook("h", ["clientConfig": ["url": .string(server.url), "caBundle": .string(bundle)]])]))
      for index in 0..<5 { try await cluster.create(.configMap("c\(index)")) }
      #expect(server.requestCount == 5)
      #expect(Set(server.requests.map { $0.remoteAddress }).count == 1)
      #expect(server.requests.first?.target == "/?timeout=10s")
      #expect(server.requests.first?.headers.first(name: "User-Agent") == "kube-apiserver-admission")
    }
  }

  @Test func strangersCertificatesAreNotBelieved() async throws {
    try await StandInServer.with(answer: Self.allow) { server in
      let cluster = try Cluster()
      let other = try TestAuthority()
      cluster.put(
        .configuration(
          "Validating", "v",
          [
            .hook(
              "h",
              [
                "clientConfig": [
                  "url": .string(server.url), "caBundle": .string(Base64.encode(other.pem.utf8)),
                ]
              ])
          ]))
      let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(.configMap()) }
      #expect(
        refusal
          == "Internal error occurred: failed calling webhook \"h.example.com\": failed to call webhook: "
          + "Post \"\(server.url)/?timeout=10s\": tls: failed to verify certificate: x509: certificate signed by "
          + "unknown authority")
      #expect(server.requestCount == 0)
    }
  }
}
