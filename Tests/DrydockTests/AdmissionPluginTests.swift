import Drydock
import ServerSupport
import TestSupport
import Testing
import Values

/// Plugins that need the server that they are part of, or a file.
@Suite(.timeLimit(.minutes(2)))
struct AdmissionPluginTests {
  @Test func namespacesAreMadeWhereAPluginSaysSo() async throws {
    let server = try await TestServer.start { $0.enabledAdmissionPlugins = ["NamespaceAutoProvision"] }
    let path = "/api/v1/namespaces/fresh/configmaps"
    let dry = try await server.client.send("POST", "\(path)?dryRun=All", ["metadata": ["name": "a"]])
    #expect(dry.status == 404)
    #expect(try await server.client.send("POST", path, ["metadata": ["name": "a"]]).status == 201)
    let made = try await server.client.get("/api/v1/namespaces/fresh").json
    #expect(made["metadata"]?["labels"] == ["kubernetes.io/metadata.name": "fresh"])
    await server.stop()
  }

  /// A server refuses pods that an image policy webhook refuses, and does not start without knowing the webhook.
  @Test func imagesAreAskedAbout() async throws {
    await #expect(throws: (any Error).self) {
      _ = try await TestServer.start { $0.enabledAdmissionPlugins = ["ImagePolicyWebhook"] }
    }
    let answer: StandInServer.Answer = { request in
      let images = (request.json["spec"]?["containers"]?.array ?? []).compactMap { $0["image"]?.string }
      return .json([
        "kind": "ImageReview", "apiVersion": "imagepolicy.k8s.io/v1alpha1",
        "status": ["allowed": .bool(!images.contains("bad")), "reason": "no bad images"],
      ])
    }
    try await StandInServer.with(answer: answer) { standIn in
      let folder = try TestSupport.TemporaryFolder()
      _ = try folder.write(
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: images, cluster: {server: "\(standIn.url)/review", certificate-authority-data: \(Base64.encode(Array(standIn.caPEM.utf8)))}}]
        contexts: [{name: images, context: {cluster: images, user: server}}]
        users: [{name: server, user: {token: secret}}]
        current-context: images
        """, to: "images.kubeconfig")
      let file = try folder.write(
        """
        apiVersion: apiserver.config.k8s.io/v1
        kind: AdmissionConfiguration
        plugins:
        - name: ImagePolicyWebhook
          configuration: {imagePolicy: {kubeConfigFile: images.kubeconfig, allowTTL: 50, denyTTL: 50}}
        """, to: "admission.yaml")
      let server = try await TestServer.start {
        $0.enabledAdmissionPlugins = ["ImagePolicyWebhook"]
        $0.admissionControlConfigFile = file
      }
      func make(_ name: String, _ image: String) async throws -> TestResponse {
        try await server.client.send(
          "POST", "/api/v1/namespaces/default/pods",
          [
            "metadata": ["name": .string(name)],
            "spec": ["containers": [["name": "c", "image": .string(image)]]],
          ])
      }
      // The account of the namespace comes first.
      #expect(try await eventually { try await make("one", "good").status == 201 })
      #expect(try await make("two", "good").status == 201)
      let refused = try await make("three", "bad")
      #expect(refused.status == 403)
      #expect(
        refused.json["message"]?.string
          == #"pods "three" is forbidden: image policy webhook backend denied one or more images: no bad images"#
      )
      #expect(standIn.requestCount == 2, "an answer is remembered")
      #expect(standIn.requests.first?.headers.first(name: "Authorization") == "Bearer secret")
      await server.stop()
    }
  }
}
