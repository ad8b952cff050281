import Metrics
import Schema
import Store
import Values

/// What is stored.
enum StoreMetrics {
  /// Of so many Secrets the times are told at most.
  private static let maximumSecrets = 10_000

  static func add(to registry: MetricsRegistry, _ store: ObjectStore) {
    registry.gauge(
      "apiserver_resource_objects", "Number of stored objects at the time of last check split by kind.",
      labels: ["group", "resource"]
    ) {
      store.counts().map { ([$0.key.group, $0.key.resource], Double($0.value)) }
        .sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }
    // kube-state-metrics tells of Secrets by this name, and alerts on old tokens go by it.
    registry.gauge(
      "kube_secret_created", "Unix creation timestamp.", labels: ["namespace", "secret", "type"]
    ) {
      store.list(GroupResource(group: "", resource: "secrets")).objects.prefix(maximumSecrets).compactMap {
        object in
        guard let text = object.value["metadata"]?["creationTimestamp"]?.string,
          let created = Timestamp(rfc3339: text)
        else { return nil }
        let type = object.value["type"]?.string ?? ""
        return ([object.key.namespace, object.key.name, type], Double(created.seconds))
      }
    }
  }
}
