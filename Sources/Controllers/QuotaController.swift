import APIServer
import Admission
import Schema
import Store
import Synchronization
import Values

/// Keeps the status of ResourceQuotas: what is limited, and how much of it is used
/// (Kubernetes documentation, "Resource Quotas").
public final class QuotaController: Reconciler {
  public let name = "resourcequota-controller"
  private let client: LoopbackClient
  /// By namespace and name of a quota, the resources that it counts.
  private let counted = Mutex<[String: [String: Set<GroupResource>]]>([:])
  private let schedule = Mutex<Schedule<ObjectKey>?>(nil)

  /// Admission charges a quota before the object is stored, and when the write fails after all the charge
  /// stays: it is measured again after this time.
  private static let settling = Duration.seconds(1)

  public init(client: LoopbackClient) { self.client = client }

  public func start(_ schedule: @escaping Schedule<ObjectKey>) { self.schedule.withLock { $0 = schedule } }

  // MARK: - What changed

  public func keys(for change: StoreChange) -> [ObjectKey] {
    if change.resource == .quotas { return keys(forQuota: change) }
    let namespace = change.object.key.namespace
    guard !namespace.isEmpty else { return [] }
    let quotas = counted.withLock { counted in
      (counted[namespace] ?? [:]).compactMap { name, resources in
        resources.contains(change.resource) ? ObjectKey(namespace: namespace, name: name) : nil
      }
    }
    // What is new was charged for.
    if change.kind != .added { return quotas }
    for quota in quotas { later(quota) }
    return []
  }

  private func keys(forQuota change: StoreChange) -> [ObjectKey] {
    let key = change.object.key
    if change.kind == .deleted {
      counted.withLock { counted in
        counted[key.namespace]?[key.name] = nil
        if counted[key.namespace]?.isEmpty == true { counted[key.namespace] = nil }
      }
      return []
    }
    note(change.object)
    let quota = change.object.value
    if quota["spec"] != change.previous?.value["spec"] || quota["status"]?["hard"] != quota["spec"]?["hard"] {
      return [key]
    }
    later(key)
    return []
  }

  private func later(_ key: ObjectKey) { schedule.withLock { $0 }?(key, Self.settling) }

  private func note(_ quota: StoredObject) {
    let resources = Set(QuotaUsage.resources(of: quota.value))
    counted.withLock { $0[quota.key.namespace, default: [:]][quota.key.name] = resources }
  }

  public func initialKeys() -> [ObjectKey] {
    client.store.list(.quotas).map { quota in
      note(quota)
      return quota.key
    }
  }

  // MARK: - What to do about it

  public func reconcile(_ key: ObjectKey) async throws {
    guard let quota = client.get(.quotas, namespace: key.namespace, name: key.name),
      measured(quota)["status"] != quota["status"]
    else { return }
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.quotas, namespace: key.namespace, name: key.name, subresource: "status") {
        measured($0)
      }
    }
  }

  /// The quota with its status as it should be. What nothing measures keeps what it was.
  private func measured(_ quota: Value) -> Value {
    let status = QuotaUsage.status(of: quota, in: client.store)
    let hard = quota["spec"]?["hard"]?.object ?? [:]
    var used = Object()
    for name in hard.keys {
      used[name] = status["used"]?[name] ?? quota["status"]?["used"]?[name]
    }
    var quota = quota
    quota.set(status["hard"], at: ["status", "hard"])
    quota.set(.object(used), at: ["status", "used"])
    return quota
  }
}
