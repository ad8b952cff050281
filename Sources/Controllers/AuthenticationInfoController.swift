import APIServer
import Authentication
import Schema
import Store
import Synchronization
import Values

/// What servers behind this one need to know of its clients: by which authorities they may believe
/// certificates, and in which header fields this server names users to them (Kubernetes documentation,
/// "Configure the Aggregation Layer").
public struct ClientAuthenticationInfo: Sendable, Equatable {
  /// PEM; nil where certificates of clients are not accepted.
  public var clientCA: String?
  /// PEM; nil where there is no front proxy.
  public var requestHeaderCA: String?
  public var requestHeader: RequestHeaderAuthenticator.Configuration?

  public init(
    clientCA: String?, requestHeaderCA: String? = nil,
    requestHeader: RequestHeaderAuthenticator.Configuration? = nil
  ) {
    self.clientCA = clientCA
    self.requestHeaderCA = requestHeaderCA
    self.requestHeader = requestHeader
  }

  static let key = ObjectKey(namespace: "kube-system", name: "extension-apiserver-authentication")

  /// The config map that holds it.
  var configMap: Value {
    [
      "kind": "ConfigMap", "apiVersion": "v1",
      "metadata": ["name": .string(Self.key.name), "namespace": .string(Self.key.namespace)],
      "data": .object(data),
    ]
  }

  var data: Object {
    var data = Object()
    if let clientCA { data["client-ca-file"] = .string(clientCA) }
    guard let requestHeaderCA, let requestHeader else { return data }
    data["requestheader-client-ca-file"] = .string(requestHeaderCA)
    let lists = [
      ("allowed-names", requestHeader.allowedNames),
      ("extra-headers-prefix", requestHeader.extraHeaderPrefixes),
      ("group-headers", requestHeader.groupHeaders), ("uid-headers", requestHeader.uidHeaders),
      ("username-headers", requestHeader.usernameHeaders),
    ]
    for (name, list) in lists { data["requestheader-\(name)"] = .string(JSON.text(Value(list))) }
    return data
  }
}

/// Keeps the config map `kube-system/extension-apiserver-authentication` as it should be, when somebody changes
/// it and when the authorities' files do.
final class AuthenticationInfoController: Reconciler {
  let name = "cluster-authentication-trust-controller"
  private let client: LoopbackClient
  private let info: @Sendable () -> ClientAuthenticationInfo
  private let interval: Duration?
  private let schedule = Mutex<Schedule<String>?>(nil)

  /// - Parameters:
  ///   - interval: how often it is looked whether the authorities are still the same; nil where they are.
  ///   - info: as it is at the time.
  init(
    client: LoopbackClient, interval: Duration? = nil,
    info: @escaping @Sendable () -> ClientAuthenticationInfo
  ) {
    self.client = client
    self.interval = interval
    self.info = info
  }

  func start(_ schedule: @escaping Schedule<String>) { self.schedule.withLock { $0 = schedule } }

  func keys(for change: StoreChange) -> [String] {
    change.resource == .configMaps && change.object.key == ClientAuthenticationInfo.key
      ? [change.object.key.name] : []
  }

  func initialKeys() -> [String] { [ClientAuthenticationInfo.key.name] }

  func reconcile(_ name: String) async throws {
    defer { if let interval { schedule.withLock { $0 }?(name, interval) } }
    let key = ClientAuthenticationInfo.key
    let info = info()
    guard client.get(.configMaps, namespace: key.namespace, name: key.name) != nil else {
      guard client.isActive(namespace: key.namespace) else { return }
      return try await tolerating(409) { () throws(StatusError) in
        try await client.create(.configMaps, namespace: key.namespace, info.configMap)
      }
    }
    try await tolerating(404, 409) { () throws(StatusError) in
      try await client.update(.configMaps, namespace: key.namespace, name: key.name) { object in
        var object = object
        var changed = false
        for (name, text) in info.data where object["data"]?[name] != text {
          object.set(text, at: ["data", name])
          changed = true
        }
        return changed ? object : nil
      }
    }
  }
}
