import HTTPService
import Schema
import ServerSupport
import Synchronization
import Testing
import Values
import Webhook

@testable import Admission

@Suite struct ImagePolicyTests {
  /// Answers reviews by a closure, and keeps them.
  final class Reviewer: HTTPRequesting {
    private let answer: @Sendable (Value) -> ClientResponse
    private let seen = Mutex<[Value]>([])

    init(_ answer: @escaping @Sendable (Value) -> ClientResponse) { self.answer = answer }

    var reviews: [Value] { seen.withLock { $0 } }

    func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
      let review = (try? JSON.parse(request.body)) ?? .null
      seen.withLock { $0.append(review) }
      return answer(review)
    }

    static func status(_ status: Value) -> ClientResponse {
      ClientResponse(
        status: 200, headers: ["Content-Type": "application/json"],
        body: JSON.encode([
          "kind": "ImageReview", "apiVersion": "imagepolicy.k8s.io/v1alpha1", "status": status,
        ]))
    }
  }

  private func plugin(_ reviewer: Reviewer, defaultAllow: Bool = false) -> ImagePolicyWebhook {
    let kubeconfig = WebhookKubeconfig(server: "https://images.example.com")
    return ImagePolicyWebhook(
      settings: ImagePolicySettings(
        kubeconfig: kubeconfig, retryBackoff: .zero, defaultAllow: defaultAllow)
    ) { settings throws(WebhookConfigurationError) in
      try GenericWebhook(
        client: reviewer, kubeconfig: settings.kubeconfig, backoff: RetryBackoff(initial: .zero),
        sleep: { _ in })
    }
  }

  private func request(_ pod: Value, _ cluster: Cluster, subresource: String = "") -> AdmissionRequest {
    AdmissionRequest(
      operation: subresource.isEmpty ? .create : .update,
      resource: .init(group: "", version: "v1", resource: "pods"), subresource: subresource,
      kind: .init(group: "", version: "v1", kind: "Pod"), namespace: "team", name: "p", object: pod,
      oldObject: nil, user: .init(name: "admin"), annotate: cluster.notes.annotate)
  }

  private func refusal(
    _ plugin: ImagePolicyWebhook, _ cluster: Cluster, _ pod: Value = .pod(), subresource: String = ""
  ) async -> String? {
    let request = request(pod, cluster, subresource: subresource)
    return await cluster.refusal { () async throws(StatusError) in try await plugin.validate(request) }
  }

  @Test func imagesAndAnnotationsAreAskedAboutOnce() async throws {
    let cluster = try Cluster()
    let reviewer = Reviewer { _ in
      Reviewer.status(["allowed": true, "auditAnnotations": ["by": "me"]])
    }
    let plugin = plugin(reviewer)
    let pod = Value.pod(
      spec: [
        "containers": [["name": "c", "image": "one"]], "initContainers": [["name": "i", "image": "two"]],
        "ephemeralContainers": [["name": "e", "image": "three"]],
      ], annotations: ["mycluster.image-policy.k8s.io/ticket": "1", "example.com/x": "y"])
    #expect(await refusal(plugin, cluster, pod) == nil)
    #expect(await refusal(plugin, cluster, pod) == nil)
    #expect(
      reviewer.reviews == [
        [
          "kind": "ImageReview", "apiVersion": "imagepolicy.k8s.io/v1alpha1", "metadata": [:],
          "spec": [
            "containers": [["image": "one"], ["image": "two"]],
            "annotations": ["mycluster.image-policy.k8s.io/ticket": "1"], "namespace": "team",
          ], "status": ["allowed": false],
        ]
      ])
    #expect(cluster.notes.annotations == ["imagepolicywebhook.image-policy.k8s.io/by": "me"])
    #expect(await refusal(plugin, cluster, pod, subresource: "ephemeralcontainers") == nil)
    #expect(reviewer.reviews.last?["spec"]?["containers"] == [["image": "three"]])
    #expect(await refusal(plugin, cluster, pod, subresource: "status") == nil)
    #expect(reviewer.reviews.count == 2)
  }

  @Test func denialsAreTold() async throws {
    let cluster = try Cluster()
    let why = Reviewer { _ in Reviewer.status(["allowed": false, "reason": "too old"]) }
    #expect(
      await refusal(plugin(why), cluster)
        == "image policy webhook backend denied one or more images: too old")
    let silent = Reviewer { _ in Reviewer.status([:]) }
    #expect(await refusal(plugin(silent), cluster) == "one or more images rejected by webhook backend")
  }

  @Test func failuresAreWhatTheConfigurationSays() async throws {
    let cluster = try Cluster()
    let broken = Reviewer { _ in ClientResponse(status: 404, body: []) }
    #expect(
      await refusal(plugin(broken), cluster) == "the server could not find the requested resource")
    #expect(await refusal(plugin(broken, defaultAllow: true), cluster) == nil)
    #expect(
      cluster.notes.annotations["imagepolicywebhook.image-policy.k8s.io/failed-open"] == "true")
    #expect(
      await refusal(ImagePolicyWebhook(settings: nil), cluster)
        == "the admission plugin ImagePolicyWebhook is not configured")
  }

  @Test func configurationIsRead() throws {
    let kubeconfig = WebhookKubeconfig(server: "https://x")
    func settings(_ fields: Object) throws(AdmissionConfigurationError) -> ImagePolicySettings {
      try ImagePolicySettings(["imagePolicy": .object(fields)], kubeconfig: kubeconfig)
    }
    let standard = try settings(["kubeConfigFile": "k"])
    #expect(standard.allowSeconds == 300)
    #expect(standard.denySeconds == 30)
    #expect(standard.retryBackoff == .milliseconds(500))
    #expect(!standard.defaultAllow)
    let own = try settings(["allowTTL": 50, "denyTTL": -1, "retryBackoff": 20, "defaultAllow": true])
    #expect(own.allowSeconds == 50)
    #expect(own.denySeconds == 0)
    #expect(own.retryBackoff == .milliseconds(20))
    func problem(_ fields: Object) -> String? {
      do throws(AdmissionConfigurationError) {
        _ = try settings(fields)
        return nil
      } catch {
        return error.description
      }
    }
    #expect(problem(["allowTTL": 1801]) == "valid value is between 1s and 30m0s, got 1801s")
    #expect(problem(["ttl": 1]) == "strict decoding error: unknown field \"imagePolicy.ttl\"")
  }
}
