import Schema
import Store
import Synchronization
import Values

/// Who is owned by whom, kept up with every write.
final class DependencyGraph: Sendable {
  /// One object, in whatever version.
  struct Node: Hashable, Sendable {
    var resource: GroupResource
    var key: ObjectKey
  }

  /// By the uid of the owner, the objects that name it.
  private let table = Mutex<[String: Set<Node>]>([:])

  /// Takes note of a change of the owners that an object names.
  func move(_ node: Node, from before: Set<String>, to after: Set<String>) {
    guard before != after else { return }
    table.withLock { table in
      for uid in before.subtracting(after) {
        table[uid]?.remove(node)
        if table[uid]?.isEmpty == true { table[uid] = nil }
      }
      for uid in after.subtracting(before) { table[uid, default: []].insert(node) }
    }
  }

  func dependents(of uid: String) -> [Node] { table.withLock { Array($0[uid] ?? []) } }
}

/// An entry of `metadata.ownerReferences`.
struct OwnerReference: Hashable, Sendable {
  var kind: GroupVersionKind?
  var name: String
  var uid: String
  var blocksOwnerDeletion: Bool

  init(_ value: Value) {
    kind = GroupVersion(apiVersion: value["apiVersion"]?.string ?? "")?.kind(value["kind"]?.string ?? "")
    name = value["name"]?.string ?? ""
    uid = value["uid"]?.string ?? ""
    blocksOwnerDeletion = value["blockOwnerDeletion"]?.bool ?? false
  }

  static func all(of object: Value?) -> [OwnerReference] {
    (object?["metadata"]?["ownerReferences"]?.array ?? []).map(OwnerReference.init)
  }
}

extension Value {
  var uid: String { self["metadata"]?["uid"]?.string ?? "" }
  var finalizers: [String] { self["metadata"]?["finalizers"]?.strings ?? [] }
  var isBeingDeleted: Bool { self["metadata"]?["deletionTimestamp"]?.string != nil }

  /// Without one of its finalizers; nil where it does not have it.
  func without(finalizer: String) -> Value? {
    let kept = finalizers.filter { $0 != finalizer }
    guard kept.count < finalizers.count else { return nil }
    var object = self
    object["metadata"]?["finalizers"] = kept.isEmpty ? nil : Value(kept)
    return object
  }

  /// Without the owners of those uids; nil where it names none of them.
  func without(owners uids: Set<String>) -> Value? {
    guard let references = self["metadata"]?["ownerReferences"]?.array else { return nil }
    let kept = references.filter { !uids.contains($0["uid"]?.string ?? "") }
    guard kept.count < references.count else { return nil }
    var object = self
    object["metadata"]?["ownerReferences"] = kept.isEmpty ? nil : .array(kept)
    return object
  }
}
