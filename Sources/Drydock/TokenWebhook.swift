import Authentication
import Logging
import Webhook

/// A webhook that tells whose bearer tokens are (Kubernetes documentation, Webhook Token Authentication).
public struct TokenWebhook: Sendable {
  /// `--authentication-token-webhook-config-file`: a kubeconfig whose cluster is the webhook.
  public var configFile: String
  /// `--authentication-token-webhook-version`: the version of TokenReview that the webhook speaks, `v1beta1` or
  /// `v1`.
  public var version: String
  /// `--authentication-token-webhook-cache-ttl`: for how many seconds an answer is remembered.
  public var cacheSeconds: Int64

  public init(configFile: String, version: String = "v1beta1", cacheSeconds: Int64 = 120) {
    self.configFile = configFile
    self.version = version
    self.cacheSeconds = cacheSeconds
  }

  /// - Throws: one line with the flag and what is wrong.
  func authenticator(
    audiences: [String], metrics: AuthenticationMetrics, logger: Logger?
  ) throws(ConfigurationError) -> any TokenAuthenticator {
    guard let version = ReviewVersion(rawValue: version) else {
      throw ConfigurationError(
        "--authentication-token-webhook-version: unsupported authentication webhook version \"\(version)\", "
          + "supported versions are \"v1\", \"v1beta1\"")
    }
    do throws(WebhookConfigurationError) {
      let webhook = try GenericWebhook(WebhookKubeconfig(path: configFile))
      return CachedTokenAuthenticator(
        WebhookTokenAuthenticator(
          webhook: webhook, version: version, apiAudiences: audiences, logger: logger),
        lifetime: cacheSeconds, failureLifetime: cacheSeconds, metrics: metrics)
    } catch {
      throw ConfigurationError("--authentication-token-webhook-config-file: \(error)")
    }
  }
}
