import APIServer
import Schema
import Store
import Values

/// Keeps a service account `default` in every namespace that is not being deleted.
public struct ServiceAccountController: Reconciler {
  public let name = "serviceaccount-controller"
  private let client: LoopbackClient

  public init(client: LoopbackClient) { self.client = client }

  public func keys(for change: StoreChange) -> [String] {
    if change.resource == .namespaces { return change.kind == .deleted ? [] : [change.object.key.name] }
    let isDefault = change.resource == .serviceAccounts && change.object.key.name == "default"
    return isDefault && change.kind == .deleted ? [change.object.key.namespace] : []
  }

  public func initialKeys() -> [String] { client.store.list(.namespaces).map(\.key.name) }

  public func reconcile(_ namespace: String) async throws {
    guard client.isActive(namespace: namespace) else { return }
    guard client.get(.serviceAccounts, namespace: namespace, name: "default") == nil else { return }
    try await tolerating(403, 404, 409) { () throws(StatusError) in
      try await client.create(
        .serviceAccounts, namespace: namespace,
        [
          "kind": "ServiceAccount", "apiVersion": "v1",
          "metadata": ["name": "default", "namespace": .string(namespace)],
        ])
    }
  }
}

extension LoopbackClient {
  /// Whether the namespace is there and not being deleted.
  func isActive(namespace: String) -> Bool {
    guard let object = get(.namespaces, name: namespace) else { return false }
    return object["metadata"]?["deletionTimestamp"] == nil
  }
}
