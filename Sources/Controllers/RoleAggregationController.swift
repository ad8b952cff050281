import APIServer
import Authorization
import Schema
import Store
import Values

/// Fills ClusterRoles that have an aggregationRule with the rules of those that it selects
/// (Kubernetes documentation, "Aggregated ClusterRoles").
public struct RoleAggregationController: Reconciler {
  public let name = "clusterrole-aggregation-controller"
  private let client: LoopbackClient

  public init(client: LoopbackClient) { self.client = client }

  public func keys(for change: StoreChange) -> [String] {
    // Whichever role changed, it may count for any of those that aggregate.
    change.resource == .clusterRoles ? aggregating() + [change.object.key.name] : []
  }

  public func initialKeys() -> [String] { aggregating() }

  private func aggregating() -> [String] {
    client.store.list(.clusterRoles).filter { $0.value["aggregationRule"] != nil }.map(\.key.name)
  }

  public func reconcile(_ name: String) async throws {
    guard let role = client.get(.clusterRoles, name: name), role["aggregationRule"] != nil else { return }
    guard let rules = AggregatedRoles.rules(for: role, among: client.store.list(.clusterRoles).map(\.value)),
      Value.array(rules) != (role["rules"] ?? .array([]))
    else { return }
    try await client.apply(
      .clusterRoles, name: name,
      [
        "kind": "ClusterRole", "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": ["name": .string(name)], "rules": .array(rules),
      ])
  }
}
