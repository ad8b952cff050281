import Testing

/// Rows of a good object, changes in it, and what is found.
@Suite("Kinds")
struct KindTableTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let resource: String
    let object: String
    /// Changes of the stored object; nil where it is new.
    var old: String?
    let new: String
    let findings: [String]
    var part = ""

    var testDescription: String { "\(resource): \(new)" }

    static func create(_ resource: String, _ object: String, _ new: String, _ findings: [String]) -> Row {
      Row(resource: resource, object: object, new: new, findings: findings)
    }

    static func update(
      _ resource: String, _ object: String, _ old: String, _ new: String, _ findings: [String],
      part: String = ""
    ) -> Row {
      Row(resource: resource, object: object, old: old, new: new, findings: findings, part: part)
    }
  }

  @Test(arguments: core + storage + batch + networking + others)
  func row(_ row: Row) throws {
    let sample = try Sample(row.resource, row.object)
    let found =
      if let old = row.old { try sample.update(old, row.new, part: row.part) } else {
        try sample.create(row.new)
      }
    #expect(found == row.findings)
  }

  // MARK: - Core

  private static let service =
    #"{"spec":{"type":"LoadBalancer","clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack","ports":[{"port":80}]}}"#
  private static let claim =
    #"{"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}"#
  private static let event =
    #"{"metadata":{"name":"e"},"involvedObject":{"namespace":"n"},"type":"Normal","reason":"r"}"#

  private static let core: [Row] = [
    .create(
      "v1/services", service,
      #"{"metadata":{"annotations":{"service.beta.kubernetes.io/load-balancer-source-ranges":" 10.0.0.0/8 , 10.1.0.0/16"}}}"#,
      []),
    .create(
      "v1/services", service,
      #"{"metadata":{"annotations":{"service.beta.kubernetes.io/load-balancer-source-ranges":"10.0.0.0/8,"}}}"#,
      [
        #"metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"#
      ]),
    .create(
      "v1/resourcequotas", #"{"spec":{"hard":{"pods":"1"}}}"#,
      #"{"spec":{"scopes":["BestEffort","NotBestEffort"]}}"#,
      [#"spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes"#]),
    .create(
      "v1/persistentvolumeclaims", claim,
      #"{"spec":{"dataSource":{"kind":"ConfigMap","name":"c"}}}"#, []),
    .create(
      "v1/persistentvolumeclaims", claim,
      #"{"spec":{"dataSourceRef":{"kind":"ConfigMap","name":"c"}}}"#,
      [
        #"spec.dataSource: Invalid value: "ConfigMap": must be 'PersistentVolumeClaim' when referencing the default apiGroup"#,
        #"spec.dataSourceRef: Invalid value: "ConfigMap": must be 'PersistentVolumeClaim' when referencing the default apiGroup"#,
      ]),
    .create("events.k8s.io/v1/events", event, "{}", ["eventTime: Required value"]),
    .create("v1/events", event, "{}", []),
    .create(
      "v1/events", event, #"{"involvedObject":{"namespace":"m"}}"#,
      [#"involvedObject.namespace: Invalid value: "m": does not match event.namespace"#]),
  ]

  // MARK: - Storage

  private static let storageClass = #"{"provisioner":"p"}"#

  private static let storage: [Row] = [
    .create(
      "storage.k8s.io/v1/storageclasses", storageClass,
      #"{"allowedTopologies":[{"matchLabelExpressions":[{"key":"k","values":["a"]},{"key":"k","values":["b"]}]}]}"#,
      [#"allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "k""#]),
    .create(
      "storage.k8s.io/v1/storageclasses", storageClass,
      #"{"allowedTopologies":[{"matchLabelExpressions":[{"key":"k","values":["a"]}]},{"matchLabelExpressions":[{"key":"k","values":["a"]}]}]}"#,
      [#"allowedTopologies[1].matchLabelExpressions: Duplicate value: """#]),
    .create(
      "storage.k8s.io/v1/csidrivers", #"{"metadata":{"name":"d.example.com"},"spec":{}}"#,
      #"{"spec":{"serviceAccountTokenInSecrets":true}}"#,
      [
        #"spec.serviceAccountTokenInSecrets: Invalid value: true: serviceAccountTokenInSecrets is set but no tokenRequests are specified"#
      ]),
    .update(
      "storage.k8s.io/v1/csinodes", #"{"spec":{"drivers":[{"name":"d","nodeID":"i","topologyKeys":null}]}}"#,
      "{}",
      #"{"spec":{"drivers":[{"name":"d","nodeID":"other","topologyKeys":null}]}}"#,
      [
        #"spec.drivers: Invalid value: {"Name":"d","NodeID":"other","TopologyKeys":null,"Allocatable":null}: field is immutable"#
      ]),
    .create(
      "node.k8s.io/v1/runtimeclasses", #"{"handler":"h"}"#, #"{"overhead":{"podFixed":{"a b":"1"}}}"#,
      [
        #"overhead.limits[a b]: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"#,
        #"overhead.limits[a b]: Invalid value: "a b": must be a standard resource for containers"#,
      ]),
  ]

  // MARK: - Batch

  private static let job =
    #"{"spec":{"completions":3,"parallelism":3,"completionMode":"Indexed","template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}"#

  private static let batch: [Row] = [
    .update(
      "batch/v1/jobs", job, #"{"spec":{"suspend":true}}"#,
      #"{"spec":{"template":{"spec":{"nodeSelector":{"a":"b"}}}}}"#, []),
    .update(
      "batch/v1/jobs", job, #"{"status":{"startTime":"2024-01-01T00:00:00Z"}}"#,
      #"{"status":{"completedIndexes":"0,5"}}"#,
      [
        #"status.completedIndexes: Invalid value: "0,5": error parsing completedIndexes: too large index: "5""#
      ], part: "status"),
    .update(
      "batch/v1/jobs", job,
      #"{"spec":{"backoffLimitPerIndex":1},"status":{"startTime":"2024-01-01T00:00:00Z"}}"#,
      #"{"status":{"completedIndexes":"0-1","failedIndexes":"1"}}"#,
      [
        #"status.failedIndexes: Invalid value: "1": failedIndexes and completedIndexes overlap at index: 1"#
      ], part: "status"),
    .update(
      "batch/v1/jobs", job, #"{"status":{"startTime":"2024-01-01T00:00:00Z","succeeded":2}}"#,
      #"{"status":{"succeeded":1}}"#, [], part: "status"),
    .update(
      "batch/v1/jobs", job,
      #"{"spec":{"parallelism":2},"status":{"startTime":"2024-01-01T00:00:00Z","succeeded":2}}"#,
      #"{"status":{"succeeded":1}}"#,
      [#"status.succeeded: Invalid value: 1: cannot decrease the succeeded counter"#],
      part: "status"),
    .create(
      "batch/v1/cronjobs",
      #"{"spec":{"schedule":"@hourly","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}}}"#,
      #"{"spec":{"schedule":"@every 5"}}"#,
      [
        #"spec.schedule: Invalid value: "@every 5": failed to parse duration @every 5: time: missing unit in duration "5""#
      ]),
  ]

  // MARK: - Networking

  private static let range = #"{"spec":{"cidrs":["10.0.0.0/24"]}}"#

  private static let networking: [Row] = [
    .create(
      "networking.k8s.io/v1/ipaddresses",
      #"{"metadata":{"name":"10.0.0.1"},"spec":{"parentRef":{"resource":"services","name":"s","namespace":"n"}}}"#,
      #"{"metadata":{"name":"2001:DB8::1"}}"#,
      [#"metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")"#]),
    .create(
      "networking.k8s.io/v1/servicecidrs", range, #"{"spec":{"cidrs":["10.0.0.0/24","fd00::/64"]}}"#, []),
    .create(
      "networking.k8s.io/v1/servicecidrs", range, #"{"spec":{"cidrs":["10.0.0.0/24","10.1.0.0/24"]}}"#,
      [
        #"spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/24","10.1.0.0/24"]}: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"#
      ]),
    .update(
      "networking.k8s.io/v1/servicecidrs", range, "{}", #"{"spec":{"cidrs":["10.0.0.0/24","fd00::/64"]}}"#, []
    ),
    .update(
      "networking.k8s.io/v1/servicecidrs", range, "{}", #"{"spec":{"cidrs":["10.1.0.0/24"]}}"#,
      [#"spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable"#]),
  ]

  // MARK: - Others

  private static let autoscaler =
    #"{"spec":{"maxReplicas":3,"scaleTargetRef":{"kind":"Deployment","name":"d","apiVersion":"apps/v1"}}}"#

  private static let others: [Row] = [
    .create("autoscaling/v2/horizontalpodautoscalers", autoscaler, "{}", []),
    .create(
      "autoscaling/v2/horizontalpodautoscalers", autoscaler, #"{"spec":{"minReplicas":0}}"#,
      [
        "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
        "spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas",
      ]),
    .create(
      "coordination.k8s.io/v1/leases", #"{"spec":{}}"#,
      #"{"spec":{"leaseDurationSeconds":0,"strategy":"Odd"}}"#,
      [#"spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"#]),
  ]
}
