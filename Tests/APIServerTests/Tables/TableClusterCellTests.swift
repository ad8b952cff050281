import Testing
import Values

@testable import APIServer

/// What the tables of kinds show by which a cluster is run.
@Suite struct TableClusterCellTests: TableSuite {
  @Test func autoscalers() {
    let scaler = named(
      "web",
      [
        "spec": [
          "scaleTargetRef": ["kind": "Deployment", "name": "web"], "minReplicas": 1, "maxReplicas": 9,
          "metrics": [
            ["type": "Resource", "resource": ["name": "cpu", "target": ["averageUtilization": 80]]],
            [
              "type": "External", "external": ["metric": ["name": "q"], "target": ["averageValue": "1000m"]],
            ],
            ["type": "Pods", "pods": ["target": ["averageValue": "5"]]],
          ],
        ],
        "status": [
          "currentReplicas": 2,
          "currentMetrics": [
            ["type": "Resource", "resource": ["name": "cpu", "current": ["averageUtilization": 12]]]
          ],
        ],
      ])
    #expect(
      cells("horizontalpodautoscalers", group: "autoscaling", version: "v2", scaler) == [
        "web", "Deployment/web", "cpu: 12%/80%, <unknown>/1 (avg) + 1 more...", "1", 9, 2, "5m",
      ])
  }

  @Test func autoscalersOfTheFirstVersion() {
    let scaler = named(
      "web",
      [
        "spec": ["targetCPUUtilizationPercentage": 80], "status": ["currentCPUUtilizationPercentage": 12],
      ])
    let row = cells("horizontalpodautoscalers", group: "autoscaling", version: "v1", scaler)
    #expect(row[2...3] == ["cpu: 12%/80%", "<unset>"])
    #expect(cells("horizontalpodautoscalers", group: "autoscaling", named("a"))[2] == "<none>")
  }

  @Test func ingresses() {
    let rules = ["a", "b", "c", "d"].map { Value.object(["host": .string($0)]) }
    let ingress = named(
      "web",
      [
        "spec": ["rules": .array(rules), "tls": [[:]], "ingressClassName": "nginx"],
        "status": ["loadBalancer": ["ingress": [["ip": "192.0.2.1"]]]],
      ])
    #expect(
      cells("ingresses", group: "networking.k8s.io", ingress) == [
        "web", "nginx", "a,b,c + 1 more...", "192.0.2.1", "80, 443", "5m",
      ])
    #expect(
      cells("ingresses", group: "networking.k8s.io", named("a"))[1...4] == ["<none>", "*", "", "80"])
  }

  @Test func networkKinds() {
    let group = "networking.k8s.io"
    let ingressClass = named(
      "nginx",
      ["spec": ["controller": "x/y", "parameters": ["apiGroup": "k8s.example", "kind": "Par", "name": "p"]]])
    #expect(cells("ingressclasses", group: group, ingressClass)[1...2] == ["x/y", "Par.k8s.example/p"])
    let address = named(
      "10.0.0.1", ["spec": ["parentRef": ["resource": "services", "namespace": "default", "name": "a"]]])
    #expect(cells("ipaddresses", group: group, address) == ["10.0.0.1", "services/default/a"])
    let range = named("kubernetes", ["spec": ["cidrs": ["10.0.0.0/16", "fd00::/112"]]])
    #expect(cells("servicecidrs", group: group, range) == ["kubernetes", "10.0.0.0/16,fd00::/112", "5m"])
    #expect(
      cells("networkpolicies", group: group, named("all", ["spec": ["podSelector": [:]]]))[1] == "<none>")
  }

  @Test func roleBindings() {
    let binding = named(
      "b",
      [
        "roleRef": ["kind": "ClusterRole", "name": "view"],
        "subjects": [
          ["kind": "User", "name": "jane"], ["kind": "User", "name": "joe"],
          ["kind": "Group", "name": "staff"],
          ["kind": "ServiceAccount", "namespace": "ci", "name": "bot"],
        ],
      ])
    for resource in ["rolebindings", "clusterrolebindings"] {
      #expect(
        cells(resource, group: "rbac.authorization.k8s.io", binding) == [
          "b", "ClusterRole/view", "5m", "jane, joe", "staff", "ci/bot",
        ])
    }
  }

  @Test(
    arguments: [
      ([:], "Pending"), (["conditions": [["type": "Approved"]], "certificate": "TFM="], "Approved,Issued"),
      (["conditions": [["type": "Approved"], ["type": "Denied"]]], "Denied"),
      (["conditions": [["type": "Approved"], ["type": "Failed"]]], "Approved,Failed"),
    ] as [(Value, String)])
  func certificateSigningRequests(status: Value, text: String) {
    let request = named(
      "r",
      [
        "spec": ["signerName": "example.com/s", "username": "jane", "expirationSeconds": 86400],
        "status": status,
      ])
    #expect(
      cells("certificatesigningrequests", group: "certificates.k8s.io", request) == [
        "r", "5m", "example.com/s", "jane", "24h", .string(text),
      ])
  }

  @Test func admissionKinds() {
    let group = "admissionregistration.k8s.io"
    let hooks = named("h", ["webhooks": [[:], [:]]])
    #expect(cells("mutatingwebhookconfigurations", group: group, hooks) == ["h", 2, "5m"])
    let policy = named(
      "p", ["spec": ["validations": [[:]], "paramKind": ["apiVersion": "v1", "kind": "ConfigMap"]]])
    #expect(cells("validatingadmissionpolicies", group: group, policy) == ["p", 1, "v1/ConfigMap", "5m"])
    let references: [(Value, Value)] = [
      (["name": "a", "namespace": "n"], "n/a"), (["name": "a"], "*/a"), (.null, "<unset>"),
      (
        ["selector": ["matchLabels": ["a": "1"]]],
        "&LabelSelector{MatchLabels:map[string]string{a: 1,},MatchExpressions:[]LabelSelectorRequirement{},}"
      ),
    ]
    for (reference, text) in references {
      let binding = named("b", ["spec": ["policyName": "p", "paramRef": reference]])
      #expect(
        cells("validatingadmissionpolicybindings", group: group, binding) == ["b", "p", text, "5m"])
    }
  }

  @Test func apiServices() {
    let group = "apiregistration.k8s.io"
    #expect(cells("apiservices", group: group, named("v1.")) == ["v1.", "Local", "Unknown", "5m"])
    let remote = named(
      "v1.x",
      [
        "spec": ["service": ["namespace": "n", "name": "s"]],
        "status": ["conditions": [["type": "Available", "status": "False", "reason": "MissingEndpoints"]]],
      ])
    #expect(cells("apiservices", group: group, remote)[1...2] == ["n/s", "False (MissingEndpoints)"])
  }

  @Test func flowControl() {
    let group = "flowcontrol.apiserver.k8s.io"
    let schema = named(
      "probes",
      [
        "spec": [
          "matchingPrecedence": 2, "priorityLevelConfiguration": ["name": "exempt"],
          "distinguisherMethod": ["type": "ByUser"],
        ],
        "status": ["conditions": [["type": "Dangling", "status": "False"]]],
      ])
    #expect(
      cells("flowschemas", group: group, schema) == ["probes", "exempt", 2, "ByUser", "5m", "False"])
    #expect(cells("flowschemas", group: group, named("a"))[3...5] == ["<none>", "5m", "?"])
    let level = named(
      "leader",
      [
        "spec": [
          "type": "Limited",
          "limited": [
            "nominalConcurrencyShares": 10,
            "limitResponse": ["queuing": ["queues": 16, "handSize": 4, "queueLengthLimit": 50]],
          ],
        ]
      ])
    #expect(
      cells("prioritylevelconfigurations", group: group, level) == [
        "leader", "Limited", 10, 16, 4, 50, "5m",
      ])
    #expect(
      cells("prioritylevelconfigurations", group: group, named("exempt", ["spec": ["type": "Exempt"]]))[2...3]
        == ["<none>", "<none>"])
    let later = named("a", ["spec": ["matchingPrecedence": 9]])
    let same = named("b", ["spec": ["matchingPrecedence": 2]])
    #expect(FlowControlCells.byPrecedence([later, schema, same]) == [same, schema, later])
  }

  @Test func storage() {
    let group = "storage.k8s.io"
    let storageClass = named(
      "fast",
      [
        "metadata": ["annotations": ["storageclass.kubernetes.io/is-default-class": "true"]],
        "provisioner": "x", "allowVolumeExpansion": true,
      ])
    #expect(
      cells("storageclasses", group: group, storageClass) == [
        "fast (default)", "x", "Delete", "Immediate", true, "5m",
      ])
    let driver = named(
      "d", ["spec": ["podInfoOnMount": true, "tokenRequests": [["audience": "a"], ["audience": "b"]]]])
    #expect(
      cells("csidrivers", group: group, driver) == ["d", true, true, false, "a,b", false, "<none>", "5m"])
    #expect(cells("csinodes", group: group, named("n", ["spec": ["drivers": [[:]]]])) == ["n", 1, "5m"])
    let attachment = named(
      "v",
      [
        "spec": ["attacher": "x", "nodeName": "n1", "source": ["persistentVolumeName": "pv"]],
        "status": ["attached": true],
      ])
    #expect(cells("volumeattachments", group: group, attachment) == ["v", "x", "pv", "n1", true, "5m"])
  }

  @Test func smallKinds() {
    #expect(
      cells("leases", group: "coordination.k8s.io", named("l", ["spec": ["holderIdentity": "me"]])) == [
        "l", "me", "5m",
      ])
    let priority = named("high", ["value": 1000, "preemptionPolicy": "Never"])
    #expect(
      cells("priorityclasses", group: "scheduling.k8s.io", priority) == ["high", 1000, false, "5m", "Never"])
    #expect(
      cells("runtimeclasses", group: "node.k8s.io", named("r", ["handler": "runc"])) == ["r", "runc", "5m"])
  }

  @Test(
    arguments: [
      (false, [:], "pending"), (false, ["allocation": [:]], "allocated"),
      (false, ["allocation": [:], "reservedFor": [[:]]], "allocated,reserved"), (true, [:], "deleted"),
      (true, ["allocation": [:]], "deleted,allocated"),
    ] as [(Bool, Value, String)])
  func resourceClaims(isBeingDeleted: Bool, status: Value, state: String) {
    let metadata: Value = isBeingDeleted ? ["deletionTimestamp": ago(1)] : [:]
    let claim = named("c", ["metadata": metadata, "status": status])
    #expect(cells("resourceclaims", group: "resource.k8s.io", claim)[1] == .string(state))
  }
}
