import Schema
import Testing
import Values

@testable import Admission

@Suite struct ServiceAccountTests {
  @Test func podsGetTheDefaultAccountAndItsToken() async throws {
    let pod = try await Cluster().create(.pod())
    #expect(pod["spec"]?["serviceAccountName"] == "default")
    #expect(pod["spec"]?["serviceAccount"] == "default")
    let volume = try #require(pod["spec"]?["volumes"]?.array?.first)
    #expect(volume["name"]?.string?.hasPrefix("kube-api-access-") == true)
    #expect(volume["projected"]?["sources"]?.array?.count == 3)
    let mount = pod["spec"]?["containers"]?.array?[0]["volumeMounts"]?.array?.first
    #expect(mount?["name"] == volume["name"])
    #expect(mount?["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount")
  }

  @Test func podsDecideAboutTheTokenBeforeAccountsDo() async throws {
    let cluster = try Cluster()
    cluster.put([
      "apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": "quiet", "namespace": "team"],
      "automountServiceAccountToken": false,
    ])
    let quiet = try await cluster.create(.pod("a", spec: ["serviceAccountName": "quiet"]))
    #expect(quiet["spec"]?["volumes"] == nil)
    let loud = try await cluster.create(
      .pod("b", spec: ["serviceAccountName": "quiet", "automountServiceAccountToken": true]))
    #expect(loud["spec"]?["volumes"]?.array?.count == 1)
  }

  @Test func containersThatMountThePathThemselvesAreLeftAlone() async throws {
    let own: Value = [
      "name": "c", "image": "i",
      "volumeMounts": [["name": "v", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"]],
    ]
    let pod = try await Cluster().create(
      .pod(spec: ["containers": [own], "volumes": [["name": "v", "emptyDir": [:]]]]))
    #expect(pod["spec"]?["volumes"]?.array?.count == 1)
  }

  @Test func missingAccountIsNamed() async throws {
    let cluster = try Cluster()
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(.pod(spec: ["serviceAccountName": "ghost"]))
    }
    #expect(message == #"error looking up service account team/ghost: serviceaccount "ghost" not found"#)
  }

  @Test(
    arguments: [
      (
        ["volumes": [["name": "s", "secret": ["secretName": "no"]]]],
        #"volume with secret.secretName="no" is not allowed because service account strict "#
          + "does not reference that secret"
      ),
      (
        ["imagePullSecrets": [["name": "no"]]],
        #"imagePullSecrets[0].name="no" is not allowed because service account strict "#
          + "does not reference that imagePullSecret"
      ),
      (["volumes": [["name": "s", "secret": ["secretName": "ok"]]]], nil),
    ] as [(Object, String?)])
  func strictAccountsLimitSecrets(_ spec: Object, _ expected: String?) async throws {
    let cluster = try Cluster()
    cluster.put([
      "apiVersion": "v1", "kind": "ServiceAccount", "secrets": [["name": "ok"]],
      "metadata": [
        "name": "strict", "namespace": "team",
        "annotations": ["kubernetes.io/enforce-mountable-secrets": "true"],
      ],
    ])
    var spec = spec
    spec["serviceAccountName"] = "strict"
    let pod = Value.pod(spec: spec)
    let message = await cluster.refusal { () async throws(StatusError) in try await cluster.create(pod) }
    #expect(message == expected)
  }

  @Test func mirrorPodsUseNothingOfTheCluster() async throws {
    let cluster = try Cluster()
    let mark: Object = ["kubernetes.io/config.mirror": "x"]
    let pod = try await cluster.create(.pod("a", spec: ["nodeName": "n"], annotations: mark))
    #expect(pod["spec"]?["serviceAccountName"] == nil)
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(.pod("b", spec: ["serviceAccountName": "default"], annotations: mark))
    }
    #expect(message == "a mirror pod may not reference service accounts")
  }
}
