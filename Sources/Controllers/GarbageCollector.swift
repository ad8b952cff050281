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
    let node: DependencyGraph.Node

    init(_ node: DependencyGraph.Node) { self.node = node }
  }

  static let foreground = "foregroundDeletion"
  static let orphan = "orphan"

  public let name = "garbage-collector-controller"
  private let client: LoopbackClient
  private let graph = DependencyGraph()
  /// Objects with owners of kinds that are not served: they are looked at again when definitions change.
  private let unresolved = Mutex<Set<Key>>([])

  public init(client: LoopbackClient) { self.client = client }

  // MARK: - What changed

  public func keys(for change: StoreChange) -> [Key] {
    guard change.resource != .events else { return [] }
    let node = DependencyGraph.Node(resource: change.resource, key: change.object.key)
    let before = OwnerReference.all(of: change.previous?.value)
    let after = change.kind == .deleted ? [] : OwnerReference.all(of: change.object.value)
    graph.move(node, from: Set(before.map(\.uid)), to: Set(after.map(\.uid)))

    var keys: [Key] = []
    if change.kind == .deleted {
      keys += dependents(of: change.object.value.uid)
    } else {
      let waits = Self.waits(change.object.value)
      if waits || (!after.isEmpty && after != before) { keys.append(Key(node)) }
      // Whoever is owned learns that its owner waits for it.
      if waits, change.previous.map({ !Self.waits($0.value) }) ?? true {
        keys += dependents(of: change.object.value.uid)
      }
    }
    // An owner that waits for this object may wait no longer.
    for reference in before where reference.blocksOwnerDeletion {
      if after.contains(where: { $0.uid == reference.uid && $0.blocksOwnerDeletion }) { continue }
      if case .node(let owner) = locate(reference, from: node) { keys.append(Key(owner)) }
    }
    if change.resource == .definitions { keys += unresolved.withLock { $0 } }
    return keys
  }

  public func initialKeys() -> [Key] {
    var keys: [Key] = []
    for resource in client.store.counts().keys where resource != .events {
      for object in client.store.list(resource) {
        let node = DependencyGraph.Node(resource: resource, key: object.key)
        let owners = OwnerReference.all(of: object.value)
        graph.move(node, from: [], to: Set(owners.map(\.uid)))
        if !owners.isEmpty || Self.waits(object.value) { keys.append(Key(node)) }
      }
    }
    return keys
  }

  private func dependents(of uid: String) -> [Key] { graph.dependents(of: uid).map(Key.init) }

  /// True for an object that is being deleted and whose dependents have a say in it.
  private static func waits(_ object: Value) -> Bool {
    object.isBeingDeleted && (object.finalizers.contains(foreground) || object.finalizers.contains(orphan))
  }

  private enum Location {
    case node(DependencyGraph.Node)
    /// Of a kind that is not served, or of a namespace where the dependent has none: nobody can tell.
    case unknown
  }

  /// Owners are in the namespace of their dependents, or in none.
  private func locate(_ reference: OwnerReference, from node: DependencyGraph.Node) -> Location {
    guard let kind = reference.kind, let resource = client.resource(of: kind) else { return .unknown }
    if resource.isNamespaced, node.key.namespace.isEmpty { return .unknown }
    let namespace = resource.isNamespaced ? node.key.namespace : ""
    return .node(
      .init(resource: resource.groupResource, key: ObjectKey(namespace: namespace, name: reference.name)))
  }

  // MARK: - What to do about it

  public func reconcile(_ key: Key) async throws {
    guard let object = client.store.get(key.node.resource, key.node.key) else {
      _ = unresolved.withLock { $0.remove(key) }
      return
    }
    if Self.waits(object.value) {
      try await settle(object.value, key.node)
    } else if !object.value.isBeingDeleted {
      try await judge(object, key)
    }
  }

  /// Deletes an object all of whose owners are gone or wait for it. One that has others stays, without them.
  private func judge(_ object: StoredObject, _ key: Key) async throws {
    let references = OwnerReference.all(of: object.value)
    guard !references.isEmpty else { return }
    var isHeld = false
    var leaving: Set<String> = []
    var waits = false
    for reference in references {
      switch state(of: reference, key.node) {
      case .there: isHeld = true
      case .gone: leaving.insert(reference.uid)
      case .waiting:
        leaving.insert(reference.uid)
        waits = true
      case .unknown:
        _ = unresolved.withLock { $0.insert(key) }
        return
      }
    }
    _ = unresolved.withLock { $0.remove(key) }
    let uid = object.value.uid
    if isHeld {
      guard !leaving.isEmpty else { return }
      return try await update(key.node) { [leaving] in $0.uid == uid ? $0.without(owners: leaving) : nil }
    }
    let own = graph.dependents(of: uid)
    let propagation: String
    if waits, !own.isEmpty {
      // Owners and dependents that wait for each other would do so for ever.
      if own.contains(where: isWaiting) {
        try await update(key.node) { $0.uid == uid ? Self.unblocked($0) : nil }
        return try await remove(key.node, uid: uid, resourceVersion: nil, propagation: "Foreground")
      }
      propagation = "Foreground"
    } else {
      propagation = Self.policy(object.value)
    }
    try await remove(
      key.node, uid: uid, resourceVersion: String(object.revision), propagation: propagation)
  }

  private func remove(
    _ node: DependencyGraph.Node, uid: String, resourceVersion: String?, propagation: String
  ) async throws {
    try await tolerating(404) { () throws(StatusError) in
      try await client.delete(
        node.resource, namespace: node.key.namespace, name: node.key.name, uid: uid,
        resourceVersion: resourceVersion, propagation: propagation)
    }
  }

  private func update(
    _ node: DependencyGraph.Node, _ change: @escaping @Sendable (Value) -> Value?
  ) async throws {
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(node.resource, namespace: node.key.namespace, name: node.key.name, change)
    }
  }

  /// An object that asked for something about its own dependents keeps asking.
  private static func policy(_ object: Value) -> String {
    if object.finalizers.contains(orphan) { return "Orphan" }
    return object.finalizers.contains(foreground) ? "Foreground" : "Background"
  }

  private enum OwnerState { case there, waiting, gone, unknown }

  private func state(of reference: OwnerReference, _ node: DependencyGraph.Node) -> OwnerState {
    guard case .node(let owner) = locate(reference, from: node) else { return .unknown }
    guard let object = client.store.get(owner.resource, owner.key)?.value, object.uid == reference.uid else {
      return .gone
    }
    return object.isBeingDeleted && object.finalizers.contains(Self.foreground) ? .waiting : .there
  }

  private func isWaiting(_ node: DependencyGraph.Node) -> Bool {
    guard let object = client.store.get(node.resource, node.key)?.value else { return false }
    return object.isBeingDeleted && object.finalizers.contains(Self.foreground)
  }

  private static func unblocked(_ object: Value) -> Value? {
    guard var references = object["metadata"]?["ownerReferences"]?.array,
      references.contains(where: { $0["blockOwnerDeletion"]?.bool == true })
    else { return nil }
    for index in references.indices where references[index]["blockOwnerDeletion"]?.bool == true {
      references[index]["blockOwnerDeletion"] = false
    }
    var object = object
    object["metadata"]?["ownerReferences"] = .array(references)
    return object
  }

  /// Does what a deletion that waits asks for: orphans the dependents, or waits until those are gone that
  /// block it.
  private func settle(_ owner: Value, _ node: DependencyGraph.Node) async throws {
    let uid = owner.uid
    let dependents = graph.dependents(of: uid)
    if owner.finalizers.contains(Self.orphan) {
      var failure: (any Error)?
      for dependent in dependents {
        do {
          try await update(dependent) { $0.without(owners: [uid]) }
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      return try await release(node, uid, Self.orphan)
    }
    let isBlocked = dependents.contains { dependent in
      OwnerReference.all(of: client.store.get(dependent.resource, dependent.key)?.value)
        .contains { $0.uid == uid && $0.blocksOwnerDeletion }
    }
    if !isBlocked { try await release(node, uid, Self.foreground) }
  }

  private func release(_ node: DependencyGraph.Node, _ uid: String, _ finalizer: String) async throws {
    try await update(node) { $0.uid == uid ? $0.without(finalizer: finalizer) : nil }
  }
}
