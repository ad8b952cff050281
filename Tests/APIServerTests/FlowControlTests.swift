import Schema
import Store
import Testing
import Values

@testable import APIServer

/// Which flow schema and priority level requests belong to.
@Suite struct FlowControlTests {
  private func store() throws -> ObjectStore {
    let store = ObjectStore()
    func add(_ resource: String, _ name: String, _ spec: Value) throws {
      _ = try store.create(
        GroupResource(group: "flowcontrol.apiserver.k8s.io", resource: resource), ObjectKey(name: name),
        ["metadata": ["name": .string(name), "uid": .string("uid-of-\(name)")], "spec": spec])
    }
    func schema(_ level: String, _ precedence: Int64, _ rule: Value) -> Value {
      [
        "matchingPrecedence": .int(precedence), "priorityLevelConfiguration": ["name": .string(level)],
        "rules": [rule],
      ]
    }
    for level in ["high", "low"] { try add("prioritylevelconfigurations", level, ["type": "Limited"]) }
    let everybody: Value = [["kind": "Group", "group": ["name": "system:authenticated"]]]
    let everything: Value = [
      [
        "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": true,
      ]
    ]
    try add(
      "flowschemas", "all",
      schema(
        "low", 9000,
        [
          "subjects": everybody, "resourceRules": everything,
          "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]],
        ]))
    try add(
      "flowschemas", "leases",
      schema(
        "high", 100,
        [
          "subjects": [
            ["kind": "ServiceAccount", "serviceAccount": ["namespace": "kube-system", "name": "*"]],
            ["kind": "User", "user": ["name": "jane"]],
          ],
          "resourceRules": [
            [
              "verbs": ["get", "update"], "apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
              "namespaces": ["kube-system"],
            ]
          ],
          "nonResourceRules": [["verbs": ["get"], "nonResourceURLs": ["/debug/*"]]],
        ]))
    try add(
      "flowschemas", "dangling", schema("none", 1, ["subjects": everybody, "resourceRules": everything]))
    return store
  }

  private func schema(_ schemas: FlowSchemas, _ method: String, _ path: String, _ user: String) -> String {
    let info = RequestInfo(method: method, path: path) { _ in nil }
    return schemas.classify(info, .init(name: user, groups: ["system:authenticated"]))?.schema ?? "none"
  }

  @Test("the first schema in the order of precedence whose subjects and rules match")
  func classification() throws {
    let schemas = FlowSchemas(store: try store())
    let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a"
    let account = "system:serviceaccount:kube-system:a"
    #expect(schema(schemas, "GET", lease, "jane") == "leases")
    #expect(schema(schemas, "PUT", lease, account) == "leases")
    #expect(schema(schemas, "DELETE", lease, "jane") == "all")
    #expect(schema(schemas, "GET", lease, "bob") == "all")
    #expect(schema(schemas, "GET", "/apis/coordination.k8s.io/v1/namespaces/a/leases/a", "jane") == "all")
    #expect(schema(schemas, "GET", "/apis/coordination.k8s.io/v1/leases", "jane") == "all")
    #expect(schema(schemas, "GET", lease + "/status", "jane") == "all")
    #expect(schema(schemas, "GET", "/debug/flags/v", "jane") == "leases")
    #expect(schema(schemas, "GET", "/debugging", "jane") == "all")
    let info = RequestInfo(method: "GET", path: "/version") { _ in nil }
    #expect(schemas.classify(info, .init(name: "a", groups: ["system:unauthenticated"])) == nil)
  }

  @Test("a change counts for the next request")
  func changes() throws {
    let store = try store()
    let schemas = FlowSchemas(store: store)
    #expect(schema(schemas, "GET", "/api/v1/pods", "jane") == "all")
    _ = try store.create(
      GroupResource(group: "flowcontrol.apiserver.k8s.io", resource: "prioritylevelconfigurations"),
      ObjectKey(name: "none"), ["metadata": ["name": "none"], "spec": ["type": "Limited"]])
    #expect(schema(schemas, "GET", "/api/v1/pods", "jane") == "dangling")
  }

  @Test("answers tell which, and metrics count them")
  func answers() async throws {
    let api = try TestAPI(store: store())
    let reply = await api.get("/api/v1/namespaces", [("X-Test-User", "jane,system:masters")])
    #expect(reply[header: "X-Kubernetes-PF-FlowSchema-UID"] == "uid-of-all")
    #expect(reply[header: "X-Kubernetes-PF-PriorityLevel-UID"] == "uid-of-low")
    let text = await api.get("/metrics").text
    #expect(
      text.contains(
        #"apiserver_flowcontrol_dispatched_requests_total{priority_level="low",flow_schema="all"} "#))
    #expect(
      text.contains(
        #"apiserver_flowcontrol_current_executing_requests{priority_level="low",flow_schema="all"} 1"#))
    #expect(text.contains(#"flow_schema="all",type="regular",le="+Inf"} 1"#))
  }
}
