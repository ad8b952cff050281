import APIServer
import Schema
import Store
import Values

/// Lets persistent volumes go that are being deleted, once they are not bound any more
/// (Kubernetes documentation, "Persistent Volumes", Storage Object in Use Protection).
public struct VolumeProtectionController: Reconciler {
  public let name = "persistentvolume-protection-controller"
  static let finalizer = "kubernetes.io/pv-protection"
  private let client: LoopbackClient

  public init(client: LoopbackClient) { self.client = client }

  public func keys(for change: StoreChange) -> [String] {
    guard change.resource == .volumes, change.kind != .deleted, Self.isFree(change.object.value) else {
      return []
    }
    return [change.object.key.name]
  }

  public func initialKeys() -> [String] {
    client.store.list(.volumes).filter { Self.isFree($0.value) }.map(\.key.name)
  }

  private static func isFree(_ volume: Value) -> Bool {
    volume.isBeingDeleted && volume.finalizers.contains(finalizer)
      && volume["status"]?["phase"]?.string != "Bound"
  }

  public func reconcile(_ name: String) async throws {
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.volumes, name: name) { volume in
        Self.isFree(volume) ? volume.without(finalizer: Self.finalizer) : nil
      }
    }
  }
}
