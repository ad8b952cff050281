import APIServer
import Schema
import Store
import Values

/// Keeps a config map `kube-root-ca.crt` with the serving CA's certificate in every namespace that is not
/// being deleted, so that pods can verify the server.
public struct RootCAController: Reconciler {
  public let name = "root-ca-certificate-publisher"
  static let configMap = "kube-root-ca.crt"
  private static let description =
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints "
    + "such as the internal service IP or kubernetes.default.svc. "
    + "No other usage is guaranteed across distributions of Kubernetes clusters."
  private let client: LoopbackClient
  private let certificate: String

  /// - Parameter certificate: PEM.
  public init(client: LoopbackClient, certificate: String) {
    self.client = client
    self.certificate = certificate
  }

  public func keys(for change: StoreChange) -> [String] {
    if change.resource == .namespaces { return change.kind == .deleted ? [] : [change.object.key.name] }
    let isOurs = change.resource == .configMaps && change.object.key.name == Self.configMap
    return isOurs && change.kind != .added ? [change.object.key.namespace] : []
  }

  public func initialKeys() -> [String] { client.store.list(.namespaces).map(\.key.name) }

  public func reconcile(_ namespace: String) async throws {
    guard client.isActive(namespace: namespace) else { return }
    let data: Value = ["ca.crt": .string(certificate)]
    guard let existing = client.get(.configMaps, namespace: namespace, name: Self.configMap) else {
      try await tolerating(403, 404, 409) { () throws(StatusError) in
        try await client.create(
          .configMaps, namespace: namespace,
          [
            "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": [
              "name": .string(Self.configMap), "namespace": .string(namespace),
              "annotations": [
                "kubernetes.io/description":
                  .string(Self.description)
              ],
            ], "data": data,
          ])
      }
      return
    }
    guard existing["data"] != data else { return }
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.configMaps, namespace: namespace, name: Self.configMap) { object in
        var object = object
        object["data"] = data
        return object
      }
    }
  }
}
