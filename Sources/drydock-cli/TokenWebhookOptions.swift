import ArgumentParser
import Drydock
import Values

/// Flags about a webhook that tells whose bearer tokens are.
struct TokenWebhookOptions: ParsableArguments {
  @Option(help: "A kubeconfig file that tells how to call a webhook which authenticates bearer tokens.")
  var authenticationTokenWebhookConfigFile: String?

  @Option(help: "The version of TokenReview that the webhook speaks: v1beta1 (the default) or v1.")
  var authenticationTokenWebhookVersion = "v1beta1"

  @Option(
    name: .customLong("authentication-token-webhook-cache-ttl"),
    help: "How long the webhook's answers are remembered, such as 2m (the default).")
  var authenticationTokenWebhookCacheTTL = "2m0s"

  func apply(to settings: inout DrydockConfiguration) throws {
    let text = authenticationTokenWebhookCacheTTL
    guard let seconds = GoDuration.seconds(text), seconds >= 0 else {
      throw ValidationError("--authentication-token-webhook-cache-ttl: \(text) is no duration such as 2m")
    }
    guard let file = authenticationTokenWebhookConfigFile, !file.isEmpty else { return }
    settings.tokenWebhook = TokenWebhook(
      configFile: file, version: authenticationTokenWebhookVersion, cacheSeconds: seconds)
  }
}
