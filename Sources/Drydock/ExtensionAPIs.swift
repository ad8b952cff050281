import APIServer
import HTTPService
import Schema
import Security
import Store
import Values
import Webhook

/// How the server reaches what is behind Services: extension servers and webhooks.
enum ExtensionAPIs {
  static func settings(
    _ configuration: DrydockConfiguration, store: ObjectStore
  ) throws(ConfigurationError) -> ExtensionServers.Settings {
    var settings = ExtensionServers.Settings(
      resolver: ServiceResolver(
        get: { resource, namespace, name in
          store.get(resource, ObjectKey(namespace: namespace, name: name))?.value
        }, list: { resource, namespace in store.list(resource, namespace: namespace).map(\.value) }))
    switch (configuration.proxyClientCertFile, configuration.proxyClientKeyFile) {
    case (let certificate?, let key?):
      _ = try Files.read(certificate, flag: "--proxy-client-cert-file")
      _ = try Files.read(key, flag: "--proxy-client-key-file")
      settings.identity = .files(certificate: certificate, key: key)
    case (nil, nil): break
    default:
      throw ConfigurationError("--proxy-client-cert-file and --proxy-client-key-file must be given together")
    }
    return settings
  }

  /// An address that can stand in Endpoints: an IP address that is neither of this machine only nor every one.
  static func advertised(_ host: String) -> String? {
    let isAddress = host.utf8.contains(0x3A) || host.allSatisfy { $0 == "." || $0.isNumber }
    let isOwn = host.hasPrefix("127.") || ["::1", "::", "0.0.0.0"].contains(host)
    return isAddress && !isOwn ? host : nil
  }
}
