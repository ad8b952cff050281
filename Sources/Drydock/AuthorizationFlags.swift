import Authorization
import Values

/// `--authorization-mode` and the flags beside it, checked in the real server's words
/// (pkg/kubeapiserver/options).
struct AuthorizationFlags {
  static let modes = ["ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"]

  private let configuration: DrydockConfiguration

  init(_ configuration: DrydockConfiguration) { self.configuration = configuration }

  /// - Throws: everything that is wrong, in one line.
  func check() throws(ConfigurationError) {
    let errors = configuration.authorizationConfigFile == nil ? modeErrors : exclusionErrors
    guard let first = errors.first else { return }
    throw ConfigurationError(errors.count == 1 ? first : "[\(errors.joined(separator: ", "))]")
  }

  private var exclusionErrors: [String] {
    let defaults = DrydockConfiguration()
    let isAlone =
      configuration.authorizationModes == defaults.authorizationModes
      && configuration.authorizationWebhook == defaults.authorizationWebhook
    return isAlone ? [] : [Self.exclusion]
  }

  static let exclusion =
    "--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags "
    + "are defined"

  private var modeErrors: [String] {
    let modes = configuration.authorizationModes
    let policyFile = configuration.authorizationPolicyFile ?? ""
    let webhookFile = configuration.authorizationWebhook.configFile ?? ""
    var errors: [String] = []
    if modes.isEmpty { errors.append("at least one authorization-mode must be passed") }
    for mode in modes {
      if !Self.modes.contains(mode) {
        errors.append("authorization-mode \(GoText.quoted(mode)) is not a valid mode")
      }
      if mode == "ABAC", policyFile.isEmpty {
        errors.append("authorization-mode ABAC's authorization policy file not passed")
      }
      if mode == "Webhook", webhookFile.isEmpty {
        errors.append("authorization-mode Webhook's authorization config file not passed")
      }
    }
    if !policyFile.isEmpty, !modes.contains("ABAC") {
      errors.append("cannot specify --authorization-policy-file without mode ABAC")
    }
    if !webhookFile.isEmpty, !modes.contains("Webhook") {
      errors.append("cannot specify --authorization-webhook-config-file without mode Webhook")
    }
    if Set(modes).count != modes.count {
      let list = modes.map(GoText.quoted).joined(separator: " ")
      errors.append("authorization-mode [\(list)] has mode specified more than once")
    }
    return errors
  }

  /// The flags as the configuration that says the same.
  var chain: AuthorizationConfiguration {
    AuthorizationConfiguration(
      authorizers: configuration.authorizationModes.map { mode in
        guard mode == "Webhook" else { return AuthorizerConfiguration(type: mode, name: mode.lowercased()) }
        let flags = configuration.authorizationWebhook
        var webhook = WebhookAuthorizerConfiguration()
        webhook.kubeConfigFile = flags.configFile ?? ""
        webhook.subjectAccessReviewVersion = flags.version
        webhook.authorizedTTL = flags.cacheAuthorizedTTL
        webhook.unauthorizedTTL = flags.cacheUnauthorizedTTL
        return AuthorizerConfiguration(type: mode, name: "default", webhook: webhook)
      })
  }
}
