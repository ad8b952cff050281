import ArgumentParser
import Drydock
import Values

/// Flags about what requests may do.
struct AuthorizationOptions: ParsableArguments {
  @Option(
    help: """
      Authorizers in the order in which they are asked, comma-separated: Node, RBAC, ABAC, Webhook, \
      AlwaysAllow, AlwaysDeny (default: Node,RBAC).
      """)
  var authorizationMode: [String] = []

  @Option(help: "Policies for the mode ABAC: a JSON object a line.")
  var authorizationPolicyFile: String?

  @Option(help: "A kubeconfig that tells where the webhook of the mode Webhook is.")
  var authorizationWebhookConfigFile: String?

  @Option(
    help: "The version of SubjectAccessReview that the webhook is sent: v1 or v1beta1 (default: v1beta1).")
  var authorizationWebhookVersion: String?

  @Option(help: "How long the webhook's \"allowed\" is remembered (default: 5m).")
  var authorizationWebhookCacheAuthorizedTtl: String?

  @Option(help: "How long the webhook's other answers are remembered (default: 30s).")
  var authorizationWebhookCacheUnauthorizedTtl: String?

  @Option(
    help: """
      A file with an AuthorizationConfiguration, instead of --authorization-mode and the webhook's flags; it is \
      read again when it changes.
      """)
  var authorizationConfig: String?

  func apply(to settings: inout DrydockConfiguration) throws {
    let webhookFlags = [
      authorizationWebhookConfigFile, authorizationWebhookVersion, authorizationWebhookCacheAuthorizedTtl,
      authorizationWebhookCacheUnauthorizedTtl,
    ]
    if authorizationConfig != nil, !authorizationMode.isEmpty || webhookFlags.contains(where: { $0 != nil }) {
      throw ValidationError(
        "--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* "
          + "flags are defined")
    }
    settings.authorizationConfigFile = authorizationConfig
    if !authorizationMode.isEmpty { settings.authorizationModes = Lists.split(authorizationMode) }
    settings.authorizationPolicyFile = authorizationPolicyFile
    settings.authorizationWebhook.configFile = authorizationWebhookConfigFile
    if let version = authorizationWebhookVersion {
      guard ["v1", "v1beta1"].contains(version) else {
        throw ValidationError("--authorization-webhook-version: \(version) is not one of v1, v1beta1")
      }
      settings.authorizationWebhook.version = version
    }
    if let text = authorizationWebhookCacheAuthorizedTtl {
      settings.authorizationWebhook.cacheAuthorizedTTL = try duration(
        text, "--authorization-webhook-cache-authorized-ttl")
    }
    if let text = authorizationWebhookCacheUnauthorizedTtl {
      settings.authorizationWebhook.cacheUnauthorizedTTL = try duration(
        text, "--authorization-webhook-cache-unauthorized-ttl")
    }
  }

  private func duration(_ text: String, _ flag: String) throws -> Duration {
    guard let duration = try? GoDuration.parse(text), duration >= .zero else {
      throw ValidationError("\(flag): \(text) is no duration such as 30s")
    }
    return duration
  }
}
