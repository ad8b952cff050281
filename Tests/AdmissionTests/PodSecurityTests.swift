import Schema
import Testing
import Values

@testable import Admission

@Suite struct PodSecurityTests {
  static func cluster(_ labels: Object) throws -> Cluster {
    let cluster = try Cluster()
    cluster.put(namespace(labels))
    return cluster
  }

  static func namespace(_ labels: Object) -> Value {
    var all = Object()
    for (key, value) in labels { all["pod-security.kubernetes.io/\(key)"] = value }
    return [
      "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "team", "labels": .object(all)],
    ]
  }

  @Test func enforcedLevelRefusesPods() async throws {
    let cluster = try Self.cluster(["enforce": "baseline"])
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(.pod(spec: ["hostNetwork": true, "hostPID": true]))
    }
    #expect(
      message == #"violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true, hostPID=true)"#)
    #expect(cluster.notes.warnings.isEmpty)
    #expect(cluster.notes.annotations["pod-security.kubernetes.io/enforce-policy"] == "baseline:latest")
  }

  @Test func whatMakesPodsIsWarnedAboutAndNotRefused() async throws {
    let cluster = try Self.cluster(["enforce": "restricted", "enforce-version": "v1.24"])
    let template: Value = ["spec": ["containers": [["name": "c", "image": "i"]]]]
    try await cluster.create([
      "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d", "namespace": "team"],
      "spec": ["template": template],
    ])
    #expect(cluster.notes.warnings.count == 1)
    #expect(
      cluster.notes.warnings[0].hasPrefix(#"would violate PodSecurity "restricted:v1.24": allowPrivilege"#))
  }

  @Test func onlySignificantUpdatesAreLookedAt() async throws {
    let cluster = try Cluster()
    var pod = try await cluster.create(.pod(spec: ["hostNetwork": true]))
    cluster.put(Self.namespace(["enforce": "baseline"]))
    pod.set("b", at: ["metadata", "labels", "a"])
    try await cluster.update(pod)
    pod.set([["name": "c", "image": "other"]], at: ["spec", "containers"])
    let changed = pod
    let message = await cluster.refusal { () async throws(StatusError) in try await cluster.update(changed) }
    #expect(message == #"violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)"#)
  }

  @Test func stricterNamespaceWarnsOfItsPods() async throws {
    let cluster = try Cluster()
    for name in ["b", "a", "c"] { try await cluster.create(.pod(name, spec: ["hostNetwork": true])) }
    try await cluster.create(.pod("d"))
    try await cluster.update(Self.namespace(["enforce": "baseline"]))
    #expect(
      cluster.notes.warnings == [
        #"existing pods in namespace "team" violate the new PodSecurity enforce level "baseline:latest""#,
        "a (and 2 other pods): host namespaces",
      ])
  }

  @Test func labelsAreValidated() async throws {
    let cluster = try Cluster()
    let wrong = Self.namespace(["enforce": "strict", "warn-version": "1.25"])
    do {
      try await cluster.update(wrong)
      Issue.record("the labels were let in")
    } catch {
      #expect(error.code == 422)
      #expect(
        error.details?.causes.map(\.message) == [
          #"Invalid value: "strict": must be one of privileged, baseline, restricted"#,
          #"Invalid value: "1.25": must be "latest" or "v1.x""#,
        ])
    }
    // What was wrong before may stay so.
    cluster.put(wrong)
    try await cluster.update(wrong)
  }

  @Test func exemptionsAreNoted() async throws {
    let cluster = try Cluster { $0.settings.podSecurity.exemptUsernames = ["admin"] }
    cluster.put(Self.namespace(["enforce": "restricted"]))
    try await cluster.create(.pod())
    #expect(cluster.notes.annotations["pod-security.kubernetes.io/exempt"] == "user")
  }

  @Test func configurationGivesDefaults() async throws {
    let document: Value = ["defaults": ["enforce": "restricted", "enforce-version": "v1.30"]]
    let configuration = try #require(PodSecurityConfiguration(document))
    #expect("\(configuration.defaults.enforce)" == "restricted:v1.30")
    #expect(PodSecurityConfiguration(["defaults": ["warn": "lax"]]) == nil)
  }

  @Test func versionsAreRead() {
    #expect(PodSecurityVersion("v1.0") == .minor(0))
    #expect(PodSecurityVersion("v1.99") == .minor(99))
    for wrong in ["v1", "v1.", "v1.01", "v2.0", "1.2", "Latest", "v1.9999999999999999999"] {
      #expect(PodSecurityVersion(wrong) == nil)
    }
  }
}
