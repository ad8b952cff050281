import Schema
import Values
import Webhook

/// Asks a webhook whether pods may run their images (imagepolicy.k8s.io/v1alpha1 ImageReview; Kubernetes
/// documentation, "ImagePolicyWebhook").
struct ImagePolicyWebhook: ValidatingAdmissionPlugin {
  let name = "ImagePolicyWebhook"
  /// Nil where no file says how the webhook is reached: then every pod is refused.
  private let settings: ImagePolicySettings?
  private let webhook: Result<GenericWebhook, WebhookConfigurationError>?
  private let cache = ExpiringCache<[UInt8], Value>(capacity: 1024)

  /// - Parameter connect: makes the client for the webhook.
  init(
    settings: ImagePolicySettings?,
    connect: (ImagePolicySettings) throws(WebhookConfigurationError) -> GenericWebhook = ImagePolicyWebhook
      .connect
  ) {
    self.settings = settings
    webhook = settings.map { settings in
      do throws(WebhookConfigurationError) { return .success(try connect(settings)) } catch {
        return .failure(error)
      }
    }
  }

  private static func connect(
    _ settings: ImagePolicySettings
  ) throws(WebhookConfigurationError) -> GenericWebhook {
    try GenericWebhook(settings.kubeconfig, backoff: RetryBackoff(initial: settings.retryBackoff))
  }

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  private static let auditPrefix = "imagepolicywebhook.image-policy.k8s.io/"

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods) || request.concerns(.pods, "ephemeralcontainers"),
      let pod = request.object
    else { return }
    let status: Value
    do throws(WebhookError) {
      status = try await self.status(Self.spec(pod, request))
    } catch {
      guard settings?.defaultAllow == true else { throw request.forbidden("\(error)") }
      request.annotate(Self.auditPrefix + "failed-open", "true")
      return
    }
    for (key, value) in status["auditAnnotations"]?.object ?? [:] {
      request.annotate(Self.auditPrefix + key, value.string ?? "")
    }
    if status["allowed"]?.bool == true { return }
    let reason = status.text("reason")
    throw request.forbidden(
      reason.isEmpty
        ? "one or more images rejected by webhook backend"
        : "image policy webhook backend denied one or more images: \(reason)")
  }

  /// What is asked: the images, and those of the pod's annotations that are meant for such webhooks.
  private static func spec(_ pod: Value, _ request: AdmissionRequest) -> Value {
    let lists: [ContainerList] =
      request.subresource.isEmpty ? [.containers, .initContainers] : [.ephemeralContainers]
    let images = (pod["spec"]?.containers(lists) ?? []).map { container -> Value in
      let image = container.text("image")
      return image.isEmpty ? [:] : ["image": .string(image)]
    }
    var spec: Object = [:]
    if !images.isEmpty { spec["containers"] = .array(images) }
    let all = pod["metadata"]?["annotations"]?.object ?? [:]
    let meant = all.sortedKeys.filter { key in
      let parts = key.split(separator: "/", maxSplits: 1)
      return parts.count == 2 && parts[0].hasSuffix(".image-policy.k8s.io")
    }
    if !meant.isEmpty { spec["annotations"] = .object(Object(meant.map { ($0, all[$0] ?? .null) })) }
    if !request.namespace.isEmpty { spec["namespace"] = .string(request.namespace) }
    return .object(spec)
  }

  /// The webhook's decision, or the one that it gave lately.
  private func status(_ spec: Value) async throws(WebhookError) -> Value {
    let key = JSON.encode(spec)
    if let known = cache.value(for: key, at: .now) { return known }
    guard let settings, let webhook else {
      throw WebhookError(unusable: "the admission plugin ImagePolicyWebhook is not configured")
    }
    let client: GenericWebhook
    switch webhook {
    case .success(let made): client = made
    case .failure(let error): throw WebhookError(unusable: "\(error)")
    }
    let review = try await client.review([
      "kind": "ImageReview", "apiVersion": "imagepolicy.k8s.io/v1alpha1", "metadata": [:], "spec": spec,
      "status": ["allowed": false],
    ])
    let status = review["status"] ?? [:]
    let seconds = status["allowed"]?.bool == true ? settings.allowSeconds : settings.denySeconds
    cache.set(status, for: key, seconds: seconds, at: .now)
    return status
  }
}
