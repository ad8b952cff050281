import APIServer
import Schema
import Store
import Synchronization
import Values

/// Removes pods that were told to end on a node that does not exist, when their time is over: no kubelet
/// would ever confirm it (Kubernetes documentation, "Pod Lifecycle", Garbage collection of Pods).
public final class PodGarbageCollector: Reconciler {
  public let name = "pod-garbage-collector-controller"
  private let client: LoopbackClient
  private let schedule = Mutex<Schedule<ObjectKey>?>(nil)

  public init(client: LoopbackClient) { self.client = client }

  public func start(_ schedule: @escaping Schedule<ObjectKey>) { self.schedule.withLock { $0 = schedule } }

  public func keys(for change: StoreChange) -> [ObjectKey] {
    switch (change.resource, change.kind) {
    case (.pods, .added), (.pods, .modified):
      return change.object.value.isBeingDeleted ? [change.object.key] : []
    case (.nodes, .deleted): return initialKeys()
    default: return []
    }
  }

  public func initialKeys() -> [ObjectKey] {
    client.store.list(.pods).filter(\.value.isBeingDeleted).map(\.key)
  }

  public func reconcile(_ key: ObjectKey) async throws {
    guard let pod = client.store.get(.pods, key)?.value, pod.isBeingDeleted,
      let end = pod["metadata"]?["deletionTimestamp"]?.string.flatMap(Timestamp.init(rfc3339:)),
      !hasNode(pod)
    else { return }
    let left = end.timeIntervalSince(.now)
    if left > 0 {
      schedule.withLock { $0 }?(key, .milliseconds(Int64(min(left, 86_400) * 1000) + 1))
      return
    }
    // One that only waits for its finalizers has been deleted already.
    guard pod["metadata"]?["deletionGracePeriodSeconds"]?.int != 0 else { return }
    try await tolerating(404, 409) { () throws(StatusError) in
      try await client.delete(
        .pods, namespace: key.namespace, name: key.name, uid: pod.uid, gracePeriodSeconds: 0)
    }
  }

  private func hasNode(_ pod: Value) -> Bool {
    guard let node = pod["spec"]?["nodeName"]?.string, !node.isEmpty else { return false }
    return client.store.get(.nodes, ObjectKey(namespace: "", name: node)) != nil
  }
}
