import Schema
import Values
import Webhook

/// The file of `--admission-control-config-file`: what plugins are set up with
/// (apiserver.config.k8s.io/v1 AdmissionConfiguration).
public struct AdmissionConfiguration: Sendable {
  /// By the name of the plugin.
  private var documents: [String: Value] = [:]
  /// The folder that paths in the documents are relative to, with a slash at its end.
  private let folder: String

  /// Reads a file and those that it names.
  /// - Parameters:
  ///   - path: of the file; the paths in it are relative to its folder.
  ///   - read: gives a file's bytes.
  /// - Throws: one line with the file and what is wrong in it.
  public init(
    path: String, read: (String) throws(AdmissionConfigurationError) -> [UInt8]
  ) throws(AdmissionConfigurationError) {
    folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let document = try Self.parsed(try read(path), path)
    try Self.named(path) { () throws(AdmissionConfigurationError) in
      try ConfigurationDocument.check(
        document, kind: "AdmissionConfiguration",
        versions: [
          "apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1alpha1", "apiserver.k8s.io/v1alpha1",
        ],
        fields: ["plugins": .list(["name": .text, "path": .text, "configuration": .any])])
    }
    for plugin in document["plugins"]?.array ?? [] {
      let name = plugin["name"]?.string ?? ""
      guard AdmissionPlugins.all.contains(where: { $0.name == name }) else {
        throw .init("\(path): there is no admission plugin \(FieldError.quoted(name))")
      }
      // As in the real server, the first entry of a name counts.
      guard documents[name] == nil else { continue }
      if let own = plugin["configuration"], !own.isNull {
        documents[name] = own
      } else if let file = plugin["path"]?.string, !file.isEmpty {
        let place = absolute(file)
        documents[name] = try Self.parsed(try read(place), place)
      }
    }
    try Self.named(path) { () throws(AdmissionConfigurationError) in try check() }
  }

  /// The names of the plugins that are set up here.
  public var plugins: [String] { documents.keys.sorted() }

  /// The kubeconfig file that says what is shown to the webhooks of a plugin; nil where there is none.
  /// - Parameter plugin: `MutatingAdmissionWebhook` or `ValidatingAdmissionWebhook`.
  public func kubeconfigFile(of plugin: String) -> String? {
    guard let file = documents[plugin]?["kubeConfigFile"]?.string, !file.isEmpty else { return nil }
    return absolute(file)
  }

  private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : folder + path }

  private static func parsed(_ bytes: [UInt8], _ path: String) throws(AdmissionConfigurationError) -> Value {
    do throws(YAML.SyntaxError) {
      return try YAML.parse(bytes)
    } catch {
      throw .init("\(path): \(error.message)")
    }
  }

  private static func named(
    _ path: String, _ work: () throws(AdmissionConfigurationError) -> Void
  ) throws(AdmissionConfigurationError) {
    do throws(AdmissionConfigurationError) { try work() } catch { throw .init("\(path): \(error)") }
  }

  // MARK: - What is in it

  private func check() throws(AdmissionConfigurationError) {
    var settings = PluginSettings()
    try apply(to: &settings)
  }

  /// Sets plugins up.
  /// - Throws: what is wrong with a plugin's document.
  public func apply(to settings: inout PluginSettings) throws(AdmissionConfigurationError) {
    for (name, document) in documents {
      guard let reader = Self.readers[name] else { continue }
      do throws(AdmissionConfigurationError) { try reader(document, &settings, self) } catch {
        throw .init("\(name): \(error)")
      }
    }
  }

  private typealias Reader =
    @Sendable (Value, inout PluginSettings, AdmissionConfiguration) throws(AdmissionConfigurationError) ->
    Void

  private static let readers: [String: Reader] = [
    "PodSecurity": { (value, settings, _) throws(AdmissionConfigurationError) in
      settings.podSecurity = try PodSecurityConfiguration(checking: value)
    },
    "EventRateLimit": { (value, settings, _) throws(AdmissionConfigurationError) in
      settings.eventLimits = try EventLimit.limits(value)
    },
    "PodNodeSelector": { (value, settings, _) throws(AdmissionConfigurationError) in
      settings.nodeSelectors = try NodeSelectorSettings(value)
    },
    "PodTolerationRestriction": { (value, settings, _) throws(AdmissionConfigurationError) in
      settings.tolerations = try TolerationSettings(value)
    },
    "ResourceQuota": { (value, settings, _) throws(AdmissionConfigurationError) in
      settings.limitedResources = try LimitedResource.resources(value)
    },
    "ImagePolicyWebhook": { (value, settings, file) throws(AdmissionConfigurationError) in
      guard let path = ImagePolicySettings.kubeconfigFile(value) else {
        throw .init("imagePolicy.kubeConfigFile: Required value")
      }
      let kubeconfig: WebhookKubeconfig
      do throws(WebhookConfigurationError) {
        kubeconfig = try WebhookKubeconfig(path: file.absolute(path))
      } catch {
        throw .init("\(error)")
      }
      settings.imagePolicy = try ImagePolicySettings(value, kubeconfig: kubeconfig)
    },
    "MutatingAdmissionWebhook": webhooks, "ValidatingAdmissionWebhook": webhooks,
  ]

  private static let webhooks: Reader = { (value, _, _) throws(AdmissionConfigurationError) in
    // The older name is that of the older versions.
    let isOld = value["kind"]?.string == "WebhookAdmission"
    try ConfigurationDocument.check(
      value, kind: isOld ? "WebhookAdmission" : "WebhookAdmissionConfiguration",
      versions: isOld
        ? ["apiserver.config.k8s.io/v1alpha1"]
        : ["apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1alpha1"],
      fields: ["kubeConfigFile": .text])
  }
}
