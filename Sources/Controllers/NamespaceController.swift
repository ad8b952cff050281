import APIServer
import Schema
import Store
import Synchronization
import Values

/// Empties namespaces that are being deleted and then lets them go
/// (Kubernetes documentation, "Namespaces", and the real server's namespace lifecycle controller).
public final class NamespaceController: Reconciler {
  public let name = "namespace-controller"
  private let client: LoopbackClient
  /// The namespaces that are on their way out: only there does it matter what is written.
  private let terminating = Mutex<Set<String>>([])

  public init(client: LoopbackClient) { self.client = client }

  public func keys(for change: StoreChange) -> [String] {
    if change.resource == .namespaces {
      return note(change.object, isGone: change.kind == .deleted) ? [change.object.key.name] : []
    }
    let namespace = change.object.key.namespace
    guard !namespace.isEmpty, terminating.withLock({ $0.contains(namespace) }) else { return [] }
    return [namespace]
  }

  public func initialKeys() -> [String] {
    client.store.list(.namespaces).filter { note($0, isGone: false) }.map(\.key.name)
  }

  private func note(_ namespace: StoredObject, isGone: Bool) -> Bool {
    let isTerminating = !isGone && namespace.value.isBeingDeleted
    terminating.withLock { terminating in
      if isTerminating {
        terminating.insert(namespace.key.name)
      } else {
        terminating.remove(namespace.key.name)
      }
    }
    return isTerminating
  }

  public func reconcile(_ name: String) async throws {
    guard let namespace = client.get(.namespaces, name: name), namespace.isBeingDeleted,
      namespace["spec"]?["finalizers"]?.strings.contains(Self.finalizer) == true
    else { return }
    let (remaining, failures) = await deleteContent(of: name)
    try await report(remaining, failures, on: name)
    if let failure = failures.first { throw failure.error }
    guard remaining.isEmpty else { return }
    // Without its last finalizer the namespace goes.
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.namespaces, name: name, subresource: "finalize") { namespace in
        guard namespace.isBeingDeleted else { return nil }
        var namespace = namespace
        let finalizers = (namespace["spec"]?["finalizers"]?.strings ?? []).filter { $0 != Self.finalizer }
        namespace["spec"]?["finalizers"] = finalizers.isEmpty ? nil : Value(finalizers)
        return namespace
      }
    }
  }

  private static let finalizer = "kubernetes"

  // MARK: - The content

  /// What is still there of a resource after everything was deleted that can be.
  struct Remainder: Sendable {
    var resource: GroupResource
    var count: Int
    /// How many objects each finalizer holds.
    var finalizers: [String: Int]
  }

  struct Failure: Sendable {
    var resource: GroupResource
    var error: StatusError
  }

  /// Deletes what is in the namespace: pods first, as they may need the rest to end in order (KEP-5080).
  /// One resource that can't be deleted does not keep the others.
  private func deleteContent(of namespace: String) async -> (left: [Remainder], failures: [Failure]) {
    var left: [Remainder] = []
    var failures: [Failure] = []
    let resources = client.store.counts().keys.filter { client.resource($0)?.isNamespaced == true }
    let others = resources.filter { $0 != .pods }.sorted { $0.description < $1.description }
    for resource in [.pods] + others {
      for object in client.store.list(resource, namespace: namespace) where !object.value.isBeingDeleted {
        do throws(StatusError) {
          try await client.delete(
            resource, namespace: namespace, name: object.key.name, uid: object.value.uid,
            propagation: "Background")
        } catch {
          if error.code != 404, error.code != 409 {
            failures.append(Failure(resource: resource, error: error))
          }
        }
      }
      if let remainder = remainder(of: resource, in: namespace) { left.append(remainder) }
      if resource == .pods, !left.isEmpty { break }
    }
    return (left, failures)
  }

  private func remainder(of resource: GroupResource, in namespace: String) -> Remainder? {
    let list = client.store.list(resource, namespace: namespace)
    guard list.count > 0 else { return nil }
    var finalizers: [String: Int] = [:]
    for object in list {
      for finalizer in object.value.finalizers { finalizers[finalizer, default: 0] += 1 }
    }
    return Remainder(resource: resource, count: list.count, finalizers: finalizers)
  }

  // MARK: - What holds it

  /// Tells in the namespace's conditions what holds it.
  private func report(_ remaining: [Remainder], _ failures: [Failure], on name: String) async throws {
    let conditions = NamespaceConditions.conditions(remaining, failures)
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.namespaces, name: name, subresource: "status") { namespace in
        guard namespace.isBeingDeleted else { return nil }
        var namespace = namespace
        let old = namespace["status"]?["conditions"]?.array ?? []
        namespace["status"]?["conditions"] = .array(
          NamespaceConditions.merged(conditions, into: old, now: .now))
        return namespace
      }
    }
  }
}
