import Admission
import Webhook

/// What the admission plugins are made with, as the configuration says.
struct AdmissionSettings {
  private let configuration: DrydockConfiguration
  private let settings: PluginSettings
  private let mutating: WebhookCredentials
  private let validating: WebhookCredentials

  /// Reads the file of `--admission-control-config-file`.
  /// - Throws: one line with the file and what is wrong in it.
  init(_ configuration: DrydockConfiguration) throws(ConfigurationError) {
    self.configuration = configuration
    let flag = "--admission-control-config-file"
    guard let path = configuration.admissionControlConfigFile else {
      mutating = WebhookCredentials()
      validating = WebhookCredentials()
      settings = PluginSettings()
      try requireImagePolicy()
      return
    }
    do throws(AdmissionConfigurationError) {
      let file = try AdmissionConfiguration(path: path) { path throws(AdmissionConfigurationError) in
        do throws(ConfigurationError) {
          return try Files.read(path, flag: flag)
        } catch {
          throw AdmissionConfigurationError(String(error.description.dropFirst(flag.count + 2)))
        }
      }
      var settings = PluginSettings()
      try file.apply(to: &settings)
      self.settings = settings
      mutating = try Self.credentials(file, "MutatingAdmissionWebhook")
      validating = try Self.credentials(file, "ValidatingAdmissionWebhook")
    } catch {
      throw ConfigurationError("\(flag): \(error)")
    }
    try requireImagePolicy()
  }

  /// The one plugin that can do nothing without a configuration.
  private func requireImagePolicy() throws(ConfigurationError) {
    let name = "ImagePolicyWebhook"
    guard configuration.enabledAdmissionPlugins.contains(name), settings.imagePolicy == nil else { return }
    throw ConfigurationError(
      "--enable-admission-plugins: couldn't init admission plugin \"\(name)\": no config specified")
  }

  /// What webhooks get to see of this server.
  private static func credentials(
    _ file: AdmissionConfiguration, _ plugin: String
  ) throws(AdmissionConfigurationError) -> WebhookCredentials {
    guard let path = file.kubeconfigFile(of: plugin) else { return WebhookCredentials() }
    do throws(WebhookConfigurationError) {
      return WebhookCredentials(try WebhookUser.read(path: path))
    } catch {
      throw AdmissionConfigurationError("\(plugin): \(error)")
    }
  }

  func apply(to context: inout AdmissionPlugins.Context) {
    context.settings = settings
    context.mutatingClients = PooledWebhookClients(credentials: mutating)
    context.validatingClients = PooledWebhookClients(credentials: validating)
    context.notReadyTolerationSeconds = configuration.defaultNotReadyTolerationSeconds
    context.unreachableTolerationSeconds = configuration.defaultUnreachableTolerationSeconds
  }
}
