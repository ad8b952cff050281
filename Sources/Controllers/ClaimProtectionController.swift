import APIServer
import Schema
import Store
import Values

/// Lets persistent volume claims go that are being deleted, once no pod uses them any more
/// (Kubernetes documentation, "Persistent Volumes", Storage Object in Use Protection).
public struct ClaimProtectionController: Reconciler {
  public let name = "persistentvolumeclaim-protection-controller"
  static let finalizer = "kubernetes.io/pvc-protection"
  private let client: LoopbackClient

  public init(client: LoopbackClient) { self.client = client }

  public func keys(for change: StoreChange) -> [ObjectKey] {
    switch change.resource {
    case .claims:
      return change.kind != .deleted && Self.isHeld(change.object.value) ? [change.object.key] : []
    case .pods:
      // Only a pod that goes, or ends, can set a claim free.
      guard change.kind != .added else { return [] }
      return Self.claims(of: change.object.value).map {
        ObjectKey(namespace: change.object.key.namespace, name: $0.name)
      }
    default: return []
    }
  }

  public func initialKeys() -> [ObjectKey] {
    client.store.list(.claims).filter { Self.isHeld($0.value) }.map(\.key)
  }

  private static func isHeld(_ claim: Value) -> Bool {
    claim.isBeingDeleted && claim.finalizers.contains(finalizer)
  }

  public func reconcile(_ key: ObjectKey) async throws {
    guard let claim = client.store.get(.claims, key)?.value, Self.isHeld(claim),
      !client.store.list(.pods, namespace: key.namespace).contains(where: {
        Self.uses($0.value, claim, key.name)
      })
    else { return }
    let uid = claim.uid
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.claims, namespace: key.namespace, name: key.name) { claim in
        claim.uid == uid && claim.isBeingDeleted ? claim.without(finalizer: Self.finalizer) : nil
      }
    }
  }

  /// The claims that a pod names, and those that are made for it.
  private static func claims(of pod: Value) -> [(name: String, isEphemeral: Bool)] {
    (pod["spec"]?["volumes"]?.array ?? []).compactMap { volume in
      if let name = volume["persistentVolumeClaim"]?["claimName"]?.string { return (name, false) }
      guard volume["ephemeral"]?.object != nil else { return nil }
      let podName = pod["metadata"]?["name"]?.string ?? ""
      return ("\(podName)-\(volume["name"]?.string ?? "")", true)
    }
  }

  /// A pod without a node can't start with a claim that is being deleted, so that it does not count.
  private static func uses(_ pod: Value, _ claim: Value, _ name: String) -> Bool {
    guard pod["spec"]?["nodeName"]?.string?.isEmpty == false else { return false }
    return claims(of: pod).contains { used in
      guard used.name == name else { return false }
      return !used.isEphemeral
        || (!isShutDown(pod) && OwnerReference.all(of: claim).contains { $0.uid == pod.uid })
    }
  }

  private static func isShutDown(_ pod: Value) -> Bool {
    pod.isBeingDeleted && pod["metadata"]?["deletionGracePeriodSeconds"]?.int == 0
  }
}
