import APIServer
import Schema
import Store
import Synchronization
import Values

/// Removes what its owners left behind, as their deletion asked for it: in the background, in the
/// foreground, or not at all (Kubernetes documentation, "Garbage Collection").
public final class GarbageCollector: Reconciler {
  /// One object, in whatever version.
  public struct Key: Hashable, Sendable {
    var resource: GroupResource
    var key: ObjectKey
    /// Tells whether the key is about the object itself or about those that it owned.
    var ownerUID: String?
  }

  public let name = "generic-garbage-collector"
  private let client: LoopbackClient
  /// Who is owned by whom: uid of the owner to the objects that name it.
  private let dependents = Mutex<[String: Set<Key>]>([:])

  public init(client: LoopbackClient) { self.client = client }

  // MARK: - What changed

  public func keys(for change: StoreChange) -> [Key] {
    let key = Key(resource: change.resource, key: change.object.key)
    let before = change.previous.map { Self.ownerUIDs($0.value) } ?? []
    let after = change.kind == .deleted ? [] : Self.ownerUIDs(change.object.value)
    remember(key, before: before, after: after)

    var keys: [Key] = []
    if change.kind == .deleted {
      if let uid = change.object.value["metadata"]?["uid"]?.string, hasDependents(uid) {
        keys.append(Key(resource: change.resource, key: change.object.key, ownerUID: uid))
      }
      // An owner that waits for its dependents may wait no longer.
      keys += change.previous.map { owners(of: $0.value, key.key.namespace) } ?? []
      return keys
    }
    if !after.isEmpty && after != before { keys.append(key) }
    if Self.waits(change.object.value) { keys.append(key) }
    return keys
  }

  public func initialKeys() -> [Key] {
    var keys: [Key] = []
    for resource in client.store.counts().keys {
      for object in client.store.list(resource) {
        let key = Key(resource: resource, key: object.key)
        let owners = Self.ownerUIDs(object.value)
        remember(key, before: [], after: owners)
        if !owners.isEmpty || Self.waits(object.value) { keys.append(key) }
      }
    }
    return keys
  }

  private func remember(_ key: Key, before: Set<String>, after: Set<String>) {
    guard before != after else { return }
    dependents.withLock { dependents in
      for uid in before.subtracting(after) {
        dependents[uid]?.remove(key)
        if dependents[uid]?.isEmpty == true { dependents[uid] = nil }
      }
      for uid in after.subtracting(before) { dependents[uid, default: []].insert(key) }
    }
  }

  private func hasDependents(_ uid: String) -> Bool { dependents.withLock { $0[uid] != nil } }

  private func dependents(of uid: String) -> [Key] { dependents.withLock { Array($0[uid] ?? []) } }

  private static func ownerUIDs(_ object: Value) -> Set<String> {
    Set((object["metadata"]?["ownerReferences"]?.array ?? []).compactMap { $0["uid"]?.string })
  }

  /// True for an object that is being deleted and whose dependents have a say in it.
  private static func waits(_ object: Value) -> Bool {
    guard object["metadata"]?["deletionTimestamp"] != nil else { return false }
    let finalizers = object["metadata"]?["finalizers"]?.strings ?? []
    return finalizers.contains("foregroundDeletion") || finalizers.contains("orphan")
  }

  /// The owners that an object names, as keys.
  private func owners(of object: Value, _ namespace: String) -> [Key] {
    (object["metadata"]?["ownerReferences"]?.array ?? []).compactMap { reference in
      locate(reference, namespace).map { Key(resource: $0, key: $1) }
    }
  }

  private func locate(_ reference: Value, _ namespace: String) -> (GroupResource, ObjectKey)? {
    guard let version = GroupVersion(apiVersion: reference["apiVersion"]?.string ?? ""),
      let resource = client.resource(of: version.kind(reference["kind"]?.string ?? ""))
    else { return nil }
    return (
      resource.groupResource,
      ObjectKey(namespace: resource.isNamespaced ? namespace : "", name: reference["name"]?.string ?? "")
    )
  }

  // MARK: - What to do about it

  public func reconcile(_ key: Key) async throws {
    if let uid = key.ownerUID {
      for dependent in dependents(of: uid) { try await judge(dependent) }
      return
    }
    guard let object = client.store.get(key.resource, key.key) else { return }
    if Self.waits(object.value) {
      try await settle(object.value, key)
    } else {
      try await judge(key)
    }
  }

  /// Deletes an object all of whose owners are gone, and takes gone owners off one that has others.
  private func judge(_ key: Key) async throws {
    guard let object = client.store.get(key.resource, key.key)?.value,
      object["metadata"]?["deletionTimestamp"] == nil,
      let references = object["metadata"]?["ownerReferences"]?.array, !references.isEmpty
    else { return }
    var isHeld = false
    var gone: Set<String> = []
    var waitsForUs = false
    for reference in references {
      let uid = reference["uid"]?.string ?? ""
      switch state(of: reference, key.key.namespace) {
      case .there: isHeld = true
      case .unknown: isHeld = true
      case .waiting: waitsForUs = true
      case .gone: gone.insert(uid)
      }
    }
    if isHeld {
      guard !gone.isEmpty else { return }
      try await client.update(key.resource, namespace: key.key.namespace, name: key.key.name) { [gone] object in
        Self.without(gone, object)
      }
      return
    }
    let uid = object["metadata"]?["uid"]?.string
    // Dependents of one that is deleted in the foreground go in the foreground too, where they have some.
    let propagation = waitsForUs && hasDependents(uid ?? "") ? "Foreground" : Self.policy(object)
    try await tolerating(404, 409) { () throws(StatusError) in
      try await client.delete(
        key.resource, namespace: key.key.namespace, name: key.key.name, uid: uid, propagation: propagation)
    }
  }

  /// An object that asked for something about its own dependents keeps asking.
  private static func policy(_ object: Value) -> String {
    let finalizers = object["metadata"]?["finalizers"]?.strings ?? []
    if finalizers.contains("orphan") { return "Orphan" }
    return finalizers.contains("foregroundDeletion") ? "Foreground" : "Background"
  }

  private enum OwnerState {
    case there, waiting, gone
    /// Of a kind that is not served: nobody can tell.
    case unknown
  }

  private func state(of reference: Value, _ namespace: String) -> OwnerState {
    guard let (resource, key) = locate(reference, namespace) else { return .unknown }
    guard let owner = client.store.get(resource, key)?.value,
      owner["metadata"]?["uid"] == reference["uid"]
    else { return .gone }
    let waits =
      owner["metadata"]?["deletionTimestamp"] != nil
      && (owner["metadata"]?["finalizers"]?.strings ?? []).contains("foregroundDeletion")
    return waits ? .waiting : .there
  }

  private static func without(_ uids: Set<String>, _ object: Value) -> Value? {
    guard let references = object["metadata"]?["ownerReferences"]?.array else { return nil }
    let kept = references.filter { !uids.contains($0["uid"]?.string ?? "") }
    guard kept.count < references.count else { return nil }
    var object = object
    object["metadata"]?["ownerReferences"] = kept.isEmpty ? nil : .array(kept)
    return object
  }

  /// Does what a deletion that waits asks for: orphans the dependents, or waits until those are gone that
  /// block it.
  private func settle(_ owner: Value, _ key: Key) async throws {
    let uid = owner["metadata"]?["uid"]?.string ?? ""
    let finalizers = owner["metadata"]?["finalizers"]?.strings ?? []
    if finalizers.contains("orphan") {
      for dependent in dependents(of: uid) {
        _ = try? await client.update(dependent.resource, namespace: dependent.key.namespace, name: dependent.key.name) {
          Self.without([uid], $0)
        }
      }
      return try await release(key, "orphan")
    }
    var blocks = false
    for dependent in dependents(of: uid) {
      guard let object = client.store.get(dependent.resource, dependent.key)?.value else { continue }
      let reference = object["metadata"]?["ownerReferences"]?.array?.first { $0["uid"]?.string == uid }
      if reference?["blockOwnerDeletion"]?.bool == true { blocks = true }
      try await judge(dependent)
    }
    if !blocks { try await release(key, "foregroundDeletion") }
  }

  private func release(_ key: Key, _ finalizer: String) async throws {
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(key.resource, namespace: key.key.namespace, name: key.key.name) { object in
        var object = object
        let kept = (object["metadata"]?["finalizers"]?.strings ?? []).filter { $0 != finalizer }
        object["metadata"]?["finalizers"] = kept.isEmpty ? nil : Value(kept)
        return object
      }
    }
  }
}
