import Schema
import Testing
import Values

@testable import Admission

/// The file of `--admission-control-config-file`.
@Suite struct ConfigurationTests {
  /// A configuration of files by their paths.
  private func configuration(
    _ files: [String: String]
  ) throws(AdmissionConfigurationError) -> AdmissionConfiguration {
    try AdmissionConfiguration(path: "/etc/admission.yaml") { path throws(AdmissionConfigurationError) in
      guard let text = files[path] else { throw .init("\(path): No such file or directory") }
      return Array(text.utf8)
    }
  }

  private func problem(_ files: [String: String]) -> String? {
    do throws(AdmissionConfigurationError) {
      _ = try configuration(files)
      return nil
    } catch {
      return error.description
    }
  }

  private func cluster(_ plugin: String, _ document: String) throws -> Cluster {
    let indented = document.split(separator: "\n").map { "    \($0)\n" }.joined()
    let file = """
      apiVersion: apiserver.config.k8s.io/v1
      kind: AdmissionConfiguration
      plugins:
      - name: \(plugin)
        configuration:

      """ + indented
    let configuration = try configuration(["/etc/admission.yaml": file])
    return try Cluster(enabled: [plugin]) { context in try? configuration.apply(to: &context.settings) }
  }

  private func refusal(_ cluster: Cluster, _ object: Value) async -> String? {
    await cluster.refusal { () throws(StatusError) in try await cluster.create(object) }
  }

  @Test func podSecurityHasDefaultsAndExemptions() async throws {
    let cluster = try cluster(
      "PodSecurity",
      """
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults: {enforce: baseline, enforce-version: v1.30}
      exemptions: {namespaces: [free], usernames: [system:ci]}
      """)
    let pod = Value.pod(spec: ["hostNetwork": true])
    #expect(
      await refusal(cluster, pod)
        == "violates PodSecurity \"baseline:v1.30\": host namespaces (hostNetwork=true)")
    var free = pod
    free.set("free", at: ["metadata", "namespace"])
    cluster.put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "free"]])
    cluster.put([
      "apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": "default", "namespace": "free"],
    ])
    #expect(await refusal(cluster, free) == nil)
  }

  @Test func eventsAreLimited() async throws {
    let cluster = try cluster(
      "EventRateLimit",
      """
      apiVersion: eventratelimit.admission.k8s.io/v1alpha1
      kind: Configuration
      limits:
      - {type: Namespace, qps: 1, burst: 1, cacheSize: 10}
      """)
    func event(_ name: String) -> Value {
      [
        "apiVersion": "v1", "kind": "Event", "metadata": ["name": .string(name), "namespace": "team"],
        "involvedObject": ["namespace": "team"],
      ]
    }
    #expect(await refusal(cluster, event("a")) == nil)
    #expect(await refusal(cluster, event("b")) == "limit reached on type Namespace for key team")
  }

  @Test func nodeSelectorsHaveADefaultAndBounds() async throws {
    let cluster = try cluster(
      "PodNodeSelector",
      """
      podNodeSelectorPluginConfig:
        clusterDefaultNodeSelector: zone=a
        team: zone=a,disk=ssd
      """)
    let made = try await cluster.create(.pod("p", spec: ["nodeSelector": ["disk": "ssd"]]))
    #expect(made["spec"]?["nodeSelector"] == ["disk": "ssd", "zone": "a"])
    #expect(
      await refusal(cluster, .pod("q", spec: ["nodeSelector": ["gpu": "yes"]]))
        == "pod node label selector labels conflict with its namespace whitelist")
  }

  @Test func tolerationsHaveADefaultAndBounds() async throws {
    let cluster = try cluster(
      "PodTolerationRestriction",
      """
      apiVersion: podtolerationrestriction.admission.k8s.io/v1alpha1
      kind: Configuration
      default: [{key: a, operator: Exists, effect: NoSchedule}]
      whitelist:
      - {operator: Exists, effect: NoSchedule}
      - {operator: Exists, effect: NoExecute}
      """)
    let made = try await cluster.create(.pod())
    #expect(made["spec"]?["tolerations"]?.array?.contains { $0["key"] == "a" } == true)
  }

  @Test func amountsCanBeLimitedToQuotas() async throws {
    let cluster = try cluster(
      "ResourceQuota",
      """
      apiVersion: apiserver.config.k8s.io/v1
      kind: ResourceQuotaConfiguration
      limitedResources:
      - {resource: persistentvolumeclaims, matchContains: [.storageclass.storage.k8s.io/requests.storage]}
      - resource: pods
        matchScopes: [{scopeName: PriorityClass, operator: In, values: [high]}]
      """)
    let claim: Value = [
      "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": "c", "namespace": "team"],
      "spec": [
        "storageClassName": "gold", "accessModes": ["ReadWriteOnce"],
        "resources": ["requests": ["storage": "1Gi"]],
      ],
    ]
    #expect(
      await refusal(cluster, claim)
        == "insufficient quota to consume: gold.storageclass.storage.k8s.io/requests.storage")
    cluster.put([
      "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": ["name": "high"], "value": 9,
    ])
    #expect(
      await refusal(cluster, .pod("p", spec: ["priorityClassName": "high"]))
        == "insufficient quota to match these scopes: [{PriorityClass In [high]}]")
    #expect(await refusal(cluster, .pod("q")) == nil)
    cluster.put([
      "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "q", "namespace": "team"],
      "spec": ["hard": ["gold.storageclass.storage.k8s.io/requests.storage": "5Gi"]],
    ])
    cluster.countQuotas()
    #expect(await refusal(cluster, claim) == nil)
  }

  @Test func documentsMayBeFilesOfTheirOwn() throws {
    let files = [
      "/etc/admission.yaml": """
      apiVersion: apiserver.config.k8s.io/v1
      kind: AdmissionConfiguration
      plugins:
      - {name: PodSecurity, path: pod-security.yaml}
      - {name: ValidatingAdmissionWebhook, path: /hooks/config.yaml}
      """,
      "/etc/pod-security.yaml": """
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      """,
      "/hooks/config.yaml": """
      apiVersion: apiserver.config.k8s.io/v1
      kind: WebhookAdmissionConfiguration
      kubeConfigFile: hooks.kubeconfig
      """,
    ]
    let configuration = try configuration(files)
    #expect(configuration.plugins == ["PodSecurity", "ValidatingAdmissionWebhook"])
    #expect(configuration.kubeconfigFile(of: "ValidatingAdmissionWebhook") == "/etc/hooks.kubeconfig")
    #expect(
      problem(files.filter { $0.key != "/etc/pod-security.yaml" })?.hasPrefix("/etc/pod-security.yaml")
        == true)
  }

  @Test(arguments: [
    ("kind: Pod\napiVersion: v1", "no kind \"Pod\" is registered for version \"v1\""),
    (
      "kind: AdmissionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nplugin: []",
      "strict decoding error: unknown field \"plugin\""
    ),
    (
      "kind: AdmissionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nplugins: [{name: Nope}]",
      "there is no admission plugin \"Nope\""
    ),
    (
      """
      kind: AdmissionConfiguration
      apiVersion: apiserver.config.k8s.io/v1
      plugins:
      - name: PodSecurity
        configuration:
          apiVersion: pod-security.admission.config.k8s.io/v1
          kind: PodSecurityConfiguration
          defaults: {enforce: strict, warn-version: "1.2"}
      """,
      "PodSecurity: [defaults.enforce: Invalid value: \"strict\": must be one of privileged, baseline, "
        + "restricted, defaults.warn-version: Invalid value: \"1.2\": must be \"latest\" or \"v1.x\"]"
    ),
    (
      """
      kind: AdmissionConfiguration
      apiVersion: apiserver.config.k8s.io/v1
      plugins:
      - name: EventRateLimit
        configuration:
          apiVersion: eventratelimit.admission.k8s.io/v1alpha1
          kind: Configuration
          limits: [{type: Server, qps: 5}]
      """,
      "EventRateLimit: limits[0].burst: Invalid value: 0: must be positive"
    ),
    (
      """
      kind: AdmissionConfiguration
      apiVersion: apiserver.config.k8s.io/v1
      plugins:
      - name: EventRateLimit
        configuration:
          apiVersion: eventratelimit.admission.k8s.io/v1alpha1
          kind: Configuration
          limits: [{type: User, cacheSize: -1}]
      """,
      "EventRateLimit: [limits[0].burst: Invalid value: 0: must be positive, limits[0].qps: Invalid value: 0: "
        + "must be positive, limits[0].cacheSize: Invalid value: -1: must not be negative]"
    ),
    (
      """
      kind: AdmissionConfiguration
      apiVersion: apiserver.config.k8s.io/v1
      plugins:
      - {name: PodNodeSelector, configuration: {podNodeSelectorPluginConfig: {team: zone}}}
      """, "PodNodeSelector: podNodeSelectorPluginConfig.team: invalid selector: [zone]"
    ),
    (
      """
      kind: AdmissionConfiguration
      apiVersion: apiserver.config.k8s.io/v1
      plugins:
      - {name: ImagePolicyWebhook, configuration: {imagePolicy: {allowTTL: 5}}}
      """, "ImagePolicyWebhook: imagePolicy.kubeConfigFile: Required value"
    ),
  ]) func mistakesAreToldInOneLine(text: String, message: String) {
    #expect(problem(["/etc/admission.yaml": text]) == "/etc/admission.yaml: " + message)
  }
}
