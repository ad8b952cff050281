import Testing
import Values

@testable import APIServer

/// What the tables of single kinds show.
@Suite struct TableCellTests: TableSuite {
  // MARK: - Core

  @Test func configMapsAndSecrets() {
    let map = named("a", ["data": ["x": "1", "y": "2"], "binaryData": ["z": "AA=="]])
    #expect(cells("configmaps", map) == ["a", 3, "5m"])
    let secret = named("s", ["type": "Opaque", "data": ["x": "MQ=="]])
    #expect(cells("secrets", secret) == ["s", "Opaque", 1, "5m"])
  }

  @Test func namespaces() {
    #expect(cells("namespaces", named("a", ["status": ["phase": "Active"]])) == ["a", "Active", "5m"])
  }

  @Test func nodes() {
    let node = named(
      "n1",
      [
        "metadata": [
          "labels": [
            "node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "",
            "kubernetes.io/role": "edge", "node-role.kubernetes.io/": "",
          ]
        ],
        "spec": ["unschedulable": true],
        "status": [
          "conditions": [["type": "Ready", "status": "True"]],
          "addresses": [
            ["type": "Hostname", "address": "n1"], ["type": "InternalIP", "address": "10.0.0.1"],
            ["type": "InternalIP", "address": "fd00::1"],
          ],
          "nodeInfo": ["kubeletVersion": "v1.36.0", "osImage": "Debian"],
        ],
      ])
    #expect(
      cells("nodes", node) == [
        "n1", "Ready,SchedulingDisabled", "control-plane,edge,worker", "5m", "v1.36.0", "10.0.0.1", "<none>",
        "Debian", "<unknown>", "<unknown>",
      ])
    #expect(cells("nodes", named("n2"))[1...2] == ["Unknown", "<none>"])
  }

  @Test func services() {
    let service = named(
      "web",
      [
        "spec": [
          "type": "LoadBalancer", "clusterIP": "10.0.0.9", "clusterIPs": ["10.0.0.9"],
          "externalIPs": ["192.0.2.9"], "selector": ["tier": "front", "app": "web"],
          "ports": [["port": 80, "nodePort": 30080, "protocol": "TCP"], ["port": 53, "protocol": "UDP"]],
        ],
        "status": ["loadBalancer": ["ingress": [["hostname": "b.example"], ["ip": "192.0.2.1"]]]],
      ])
    #expect(
      cells("services", service) == [
        "web", "LoadBalancer", "10.0.0.9", "192.0.2.1,b.example,192.0.2.9", "80:30080/TCP,53/UDP", "5m",
        "app=web,tier=front",
      ])
  }

  @Test(
    arguments: [
      (["type": "LoadBalancer"], "<pending>"), (["type": "ClusterIP"], "<none>"),
      (["type": "NodePort", "externalIPs": ["192.0.2.9"]], "192.0.2.9"),
      (["type": "ExternalName", "externalName": "db.example"], "db.example"), ([:], "<unknown>"),
    ] as [(Value, String)])
  func externalAddresses(spec: Value, text: String) {
    #expect(cell("External-IP", of: "services", named("a", ["spec": spec])) == .string(text))
  }

  @Test func endpoints() {
    let addresses: Value = [["ip": "10.0.0.1"], ["ip": "fd00::1"]]
    let two = named("a", ["subsets": [["addresses": addresses, "ports": [["port": 80]]]]])
    #expect(cells("endpoints", two) == ["a", "10.0.0.1:80,[fd00::1]:80", "5m"])
    let four = named("a", ["subsets": [["addresses": addresses, "ports": [["port": 80], ["port": 81]]]]])
    #expect(
      cells("endpoints", four)[1] == "10.0.0.1:80,[fd00::1]:80,10.0.0.1:81 + 1 more...")
    #expect(cells("endpoints", named("a"))[1] == "<none>")
    #expect(cells("endpoints", named("a", ["subsets": [["addresses": addresses]]]))[1] == "10.0.0.1,fd00::1")
  }

  @Test func endpointSlices() {
    let slice = named(
      "a",
      [
        "addressType": "IPv4", "ports": [["port": 80], ["name": "any"], [:], ["port": 1]],
        "endpoints": [["addresses": ["10.0.0.1"]], ["addresses": ["10.0.0.2"]]],
      ])
    #expect(
      cells("endpointslices", group: "discovery.k8s.io", slice) == [
        "a", "IPv4", "80,any,* + 1 more...", "10.0.0.1,10.0.0.2", "5m",
      ])
    #expect(cells("endpointslices", group: "discovery.k8s.io", named("a"))[2...3] == ["<unset>", "<unset>"])
  }

  @Test func volumesAndClaims() {
    let volume = named(
      "pv",
      [
        "spec": [
          "capacity": ["storage": "1024Mi"], "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
          "persistentVolumeReclaimPolicy": "Retain", "storageClassName": "fast", "volumeMode": "Block",
          "claimRef": ["namespace": "a", "name": "data"],
        ], "status": ["phase": "Bound"],
      ])
    #expect(
      cells("persistentvolumes", volume) == [
        "pv", "1Gi", "RWO,RWX", "Retain", "Bound", "a/data", "fast", "<unset>", "", "5m", "Block",
      ])
    var claim = named(
      "data",
      [
        "spec": ["accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "volumeMode": "Filesystem"],
        "status": [
          "phase": "Pending", "accessModes": ["ReadWriteOnce"], "capacity": ["storage": "1Gi"],
        ],
      ])
    #expect(
      cells("persistentvolumeclaims", claim) == [
        "data", "Pending", "", "", "", "fast", "<unset>", "5m", "Filesystem",
      ])
    claim.set("pv", at: ["spec", "volumeName"])
    claim.set(ago(5), at: ["metadata", "deletionTimestamp"])
    #expect(cells("persistentvolumeclaims", claim)[1...4] == ["Terminating", "pv", "1Gi", "RWO"])
  }

  @Test func quotas() {
    let quota = named(
      "q",
      [
        "status": [
          "hard": ["requests.cpu": "2000m", "pods": "10", "limits.cpu": "4"],
          "used": ["pods": "1", "limits.cpu": "500m"],
        ]
      ])
    #expect(
      cells("resourcequotas", quota) == ["q", "pods: 1/10, requests.cpu: 0/2", "limits.cpu: 500m/4", "5m"])
  }

  @Test func componentStatuses() {
    let healthy = named("etcd-0", ["conditions": [["type": "Healthy", "status": "True", "message": "ok"]]])
    #expect(cells("componentstatuses", healthy) == ["etcd-0", "Healthy", "ok", ""])
    #expect(cells("componentstatuses", named("a")) == ["a", "Unknown", "", ""])
  }

  // MARK: - Events

  @Test func events() {
    let event = named(
      "web.1",
      [
        "firstTimestamp": ago(600), "lastTimestamp": ago(60), "count": 4, "type": "Warning",
        "reason": "BackOff", "message": " back-off \n", "source": ["component": "kubelet", "host": "n1"],
        "involvedObject": ["kind": "Pod", "name": "web", "fieldPath": "spec.containers{web}"],
      ])
    #expect(
      cells("events", event) == [
        "60s", "Warning", "BackOff", "pod/web", "spec.containers{web}", "kubelet, n1", "back-off", "10m", 4,
        "web.1",
      ])
  }

  @Test func eventsOfTheNewGroup() {
    let event = named(
      "web.1",
      [
        "eventTime": ago(90), "type": "Normal", "reason": "Started", "note": "started",
        "reportingController": "kubelet", "regarding": ["kind": "Pod", "name": "web"],
      ])
    #expect(
      cells("events", group: "events.k8s.io", event) == [
        "90s", "Normal", "Started", "pod/web", "", "kubelet", "started", "90s", 1, "web.1",
      ])
    var series = event
    series["series"] = ["count": 7, "lastObservedTime": ago(3)]
    let row = cells("events", group: "events.k8s.io", series)
    #expect(row[0] == "3s")
    #expect(row[8] == 7)
  }

  // MARK: - Workloads

  private let template: Value = [
    "spec": ["containers": [["name": "web", "image": "nginx:1"], ["name": "log", "image": "log:2"]]]
  ]

  @Test func deployments() {
    let deployment = named(
      "web",
      [
        "spec": [
          "replicas": 3, "template": template,
          "selector": [
            "matchLabels": ["app": "web"],
            "matchExpressions": [["key": "tier", "operator": "In", "values": ["b", "a"]]],
          ],
        ], "status": ["readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1],
      ])
    #expect(
      cells("deployments", group: "apps", deployment) == [
        "web", "1/3", 2, 1, "5m", "web,log", "nginx:1,log:2", "app=web,tier in (a,b)",
      ])
    #expect(cells("deployments", group: "apps", named("a"))[7] == "")
    #expect(cells("replicasets", group: "apps", named("a"))[7] == "<none>")
  }

  @Test func controllerRevisions() {
    let revision = named(
      "web-1",
      [
        "metadata": [
          "ownerReferences": [
            ["kind": "Job", "name": "other"],
            ["apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "controller": true],
          ]
        ], "revision": 2,
      ])
    #expect(
      cells("controllerrevisions", group: "apps", revision) == ["web-1", "statefulset.apps/web", 2, "5m"])
  }

  @Test func jobs() {
    var job = named(
      "j",
      [
        "spec": ["completions": 3, "template": template],
        "status": ["succeeded": 1, "startTime": ago(200)],
      ])
    #expect(cells("jobs", group: "batch", job)[1...3] == ["Running", "1/3", "3m20s"])
    job.set(ago(100), at: ["status", "completionTime"])
    job.set([["type": "Complete", "status": "True"]], at: ["status", "conditions"])
    #expect(cells("jobs", group: "batch", job)[1...3] == ["Complete", "1/3", "100s"])
    let parallel = named("j", ["spec": ["parallelism": 2]])
    #expect(cells("jobs", group: "batch", parallel)[1...3] == ["Running", "0/1 of 2", ""])
  }

  @Test func cronJobs() {
    let job = named(
      "c",
      [
        "spec": [
          "schedule": "*/5 * * * *", "suspend": false, "jobTemplate": ["spec": ["template": template]],
        ], "status": ["active": [[:], [:]], "lastScheduleTime": ago(30)],
      ])
    #expect(
      cells("cronjobs", group: "batch", job) == [
        "c", "*/5 * * * *", "<none>", "False", 2, "30s", "5m", "web,log", "nginx:1,log:2", "<none>",
      ])
  }

  @Test func podDisruptionBudgets() {
    let budget = named("b", ["spec": ["minAvailable": "50%"], "status": ["disruptionsAllowed": 1]])
    #expect(cells("poddisruptionbudgets", group: "policy", budget) == ["b", "50%", "N/A", 1, "5m"])
  }
}
