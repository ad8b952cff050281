import HTTPService
import Security
import Values

/// Why a webhook can't be set up: one line, where known in the words of client-go's clientcmd.
public struct WebhookConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// A kubeconfig file that tells how to call a webhook: its cluster is the webhook, its user the caller
/// (Kubernetes documentation, Webhook Token Authentication; k8s.io/client-go/tools/clientcmd).
public struct WebhookKubeconfig: Sendable {
  /// The webhook's address as the file has it.
  public var server: String
  public var tls: TLSClientSettings
  public var credential: WebhookCredential?

  /// A configuration without a file.
  public init(server: String, tls: TLSClientSettings = .init(), credential: WebhookCredential? = nil) {
    self.server = server
    self.tls = tls
    self.credential = credential
  }

  /// Reads a kubeconfig file and those that it names; relative paths are relative to its folder.
  ///
  /// - Throws: what is missing, or which file can't be read.
  public init(path: String) throws(WebhookConfigurationError) {
    let bytes: [UInt8]
    do throws(SecurityError) {
      bytes = try FileSystem.read(path)
    } catch {
      throw WebhookConfigurationError(error.description)
    }
    let folder = path.contains("/") ? String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) : "./"
    do throws(WebhookConfigurationError) {
      try self.init(yaml: bytes, folder: folder)
    } catch {
      throw WebhookConfigurationError("\(path): \(error)")
    }
  }

  /// Reads a kubeconfig's text.
  ///
  /// - Parameter folder: what relative paths are relative to, with a slash at its end.
  public init(yaml: [UInt8], folder: String) throws(WebhookConfigurationError) {
    let value: Value
    do throws(YAML.SyntaxError) {
      value = try YAML.parse(yaml, limits: YAML.Limits(bytes: 4 << 20, nodes: 200_000))
    } catch {
      throw WebhookConfigurationError("error loading config file: \(error.message)")
    }
    let file = KubeconfigFile(value: value, folder: folder)
    let (clusterName, userName) = try file.context()
    let cluster = try file.entry("clusters", "cluster", named: clusterName, missing: "cluster")
    let user = userName.isEmpty ? [:] : try file.entry("users", "user", named: userName, missing: "auth info")
    guard let server = cluster["server"]?.string, !server.isEmpty else {
      throw KubeconfigFile.invalid("no server found for cluster \(GoText.quoted(clusterName))")
    }
    self.server = server
    tls = TLSClientSettings(
      trust: try file.trust(cluster, clusterName), identity: try file.identity(user, userName))
    if let name = cluster["tls-server-name"]?.string, !name.isEmpty { tls.serverName = name }
    credential = try file.credential(user, userName)
  }
}

/// The parts of a kubeconfig's YAML.
private struct KubeconfigFile {
  let value: Value
  let folder: String

  static func invalid(_ text: String) -> WebhookConfigurationError {
    WebhookConfigurationError("invalid configuration: \(text)")
  }

  /// The names of the current context's cluster and user.
  func context() throws(WebhookConfigurationError) -> (cluster: String, user: String) {
    guard value["clusters"]?.array?.isEmpty == false || value["contexts"]?.array?.isEmpty == false else {
      throw Self.invalid(
        "no configuration has been provided, try setting KUBERNETES_MASTER environment variable")
    }
    guard let name = value["current-context"]?.string, !name.isEmpty else {
      throw Self.invalid("no context chosen")
    }
    guard let context = find("contexts", "context", name) else {
      throw WebhookConfigurationError("context was not found for specified context: \(name)")
    }
    guard let cluster = context["cluster"]?.string, !cluster.isEmpty else {
      throw Self.invalid("cluster was not specified for context \(GoText.quoted(name))")
    }
    return (cluster, context["user"]?.string ?? "")
  }

  func entry(
    _ list: String, _ key: String, named name: String, missing: String
  ) throws(WebhookConfigurationError) -> Object {
    guard let entry = find(list, key, name) else {
      throw WebhookConfigurationError("\(missing) \(GoText.quoted(name)) does not exist")
    }
    return entry
  }

  private func find(_ list: String, _ key: String, _ name: String) -> Object? {
    let entry = value[list]?.array?.first { $0["name"]?.string == name }
    return entry.map { $0[key]?.object ?? [:] }
  }

  private func path(_ text: String) -> String { text.hasPrefix("/") ? text : folder + text }

  /// A non-empty text.
  private func text(_ object: Object, _ key: String) -> String? {
    guard let text = object[key]?.string, !text.isEmpty else { return nil }
    return text
  }

  /// Bytes in the file itself.
  private func data(_ object: Object, _ key: String) throws(WebhookConfigurationError) -> [UInt8]? {
    guard let text = text(object, key) else { return nil }
    do throws(Base64.DecodeError) {
      return try Base64.decode(text)
    } catch {
      throw WebhookConfigurationError("\(key): \(error.message)")
    }
  }

  // MARK: Cluster

  func trust(
    _ cluster: Object, _ name: String
  ) throws(WebhookConfigurationError) -> TLSClientConfiguration.Trust {
    guard text(cluster, "proxy-url") == nil else {
      throw Self.invalid("proxy-url is not supported for cluster \(GoText.quoted(name))")
    }
    let data = try data(cluster, "certificate-authority-data")
    let file = text(cluster, "certificate-authority").map(path)
    if cluster["insecure-skip-tls-verify"]?.bool == true {
      guard data == nil, file == nil else {
        throw WebhookConfigurationError(
          "specifying a root certificates file with the insecure flag is not allowed")
      }
      return .anyone
    }
    if data != nil, file != nil {
      throw Self.invalid(
        "certificate-authority-data and certificate-authority are both specified for \(name). "
          + "certificate-authority-data will override.")
    }
    do throws(SecurityError) {
      if let data { return .authorities(try Certificate.parse(pem: data)) }
      if let file { return .authorities(try PEMFile.certificates(file)) }
    } catch {
      guard let file else {
        throw WebhookConfigurationError(
          "certificate-authority-data: unable to load root certificates: \(error)")
      }
      throw Self.invalid("unable to read certificate-authority \(file) for \(name) due to \(error)")
    }
    return .system
  }

  // MARK: User

  func identity(
    _ user: Object, _ name: String
  ) throws(WebhookConfigurationError) -> TLSClientSettings.Identity? {
    let certificateData = try data(user, "client-certificate-data")
    let keyData = try data(user, "client-key-data")
    let certificateFile = text(user, "client-certificate").map(path)
    let keyFile = text(user, "client-key").map(path)
    guard certificateData != nil || certificateFile != nil else { return nil }
    if certificateData != nil, certificateFile != nil {
      throw Self.invalid(
        "client-cert-data and client-cert are both specified for \(name). client-cert-data will override.")
    }
    if keyData != nil, keyFile != nil {
      throw Self.invalid(
        "client-key-data and client-key are both specified for \(name); client-key-data will override")
    }
    guard keyData != nil || keyFile != nil else {
      throw Self.invalid(
        "client-key-data or client-key must be specified for \(name) to use the clientCert authentication "
          + "method.")
    }
    do throws(SecurityError) {
      if let certificateFile, let keyFile {
        _ = try PEMFile.identity(certificate: certificateFile, key: keyFile)
        return .files(certificate: certificateFile, key: keyFile)
      }
      let chain =
        if let certificateFile { try PEMFile.certificates(certificateFile) } else {
          try Certificate.parse(pem: certificateData ?? [])
        }
      let key =
        if let keyFile { try PEMFile.privateKey(keyFile) } else { try PrivateKey(pem: keyData ?? []) }
      return .fixed(try TLSIdentity(chain: chain, key: key))
    } catch {
      throw Self.invalid("unable to use the client certificate for \(name) due to \(error)")
    }
  }

  func credential(_ user: Object, _ name: String) throws(WebhookConfigurationError) -> WebhookCredential? {
    for key in ["exec", "auth-provider"] where user[key]?.object != nil {
      throw Self.invalid("\(key) is not supported for \(name)")
    }
    let token = text(user, "token")
    let userName = text(user, "username")
    let password = text(user, "password")
    if token != nil, userName != nil || password != nil {
      throw Self.invalid(
        "more than one authentication method found for \(name); found [token basicAuth], only one is allowed")
    }
    // As in client-go, a file's token counts, not the one beside it.
    if let file = text(user, "tokenFile") {
      do throws(SecurityError) {
        return try .tokenFile(path: path(file))
      } catch {
        throw WebhookConfigurationError(error.description)
      }
    }
    if let token { return .token(token) }
    guard userName != nil || password != nil else { return nil }
    return .password(user: userName ?? "", password: password ?? "")
  }
}
