import Schema
import Store
import Synchronization
import Values

/// Which node uses what: the ground for the Node authorizer. It follows the store synchronously
/// (Kubernetes documentation, Using Node Authorization).
public final class NodeGraph: Sendable {
  private struct Pod {
    var node: String
    var dependencies: Set<NodeDependency>
  }

  private struct Volume {
    var claim: ObjectKey
    var secrets: Set<ObjectKey>
  }

  private struct State {
    var pods: [ObjectKey: Pod] = [:]
    /// How many pods of each node use a thing.
    var users: [NodeDependency: [String: Int]] = [:]
    var volumes: [String: Volume] = [:]
    /// The persistent volumes that are mounted with a Secret.
    var volumesBySecret: [ObjectKey: Set<String>] = [:]
    /// The node of each volume attachment and resource slice.
    var attachments: [String: String] = [:]
    var slices: [String: String] = [:]
  }

  private let state = Mutex(State())
  private let observations = Mutex<[Observation]>([])

  private static let pods = GroupResource(group: "", resource: "pods")
  private static let volumes = GroupResource(group: "", resource: "persistentvolumes")
  private static let attachments = GroupResource(group: "storage.k8s.io", resource: "volumeattachments")
  private static let slices = GroupResource(group: "resource.k8s.io", resource: "resourceslices")

  /// A graph of what is in the store, now and as it changes.
  public convenience init(store: ObjectStore) {
    self.init()
    let mine = [Self.pods, Self.volumes, Self.attachments, Self.slices].map { resource in
      store.observe(resource, replay: true) { [weak self] change in
        self?.set(resource, change.object.key, change.kind == .deleted ? nil : change.object.value)
      }
    }
    observations.withLock { $0 = mine }
  }

  /// An empty graph.
  init() {}

  /// Takes over an object, or its end where nil.
  func set(_ resource: GroupResource, _ key: ObjectKey, _ object: Value?) {
    switch resource {
    case Self.pods:
      let node = object?[path: "spec", "nodeName"]?.string ?? ""
      // A pod that is not scheduled yet, and one that is not there, count alike.
      let pod =
        node.isEmpty
        ? nil : object.map { Pod(node: node, dependencies: NodeReferences.dependencies(ofPod: $0, key)) }
      state.withLock { Self.replace(&$0, key, pod) }
    case Self.volumes:
      let claim = object.flatMap(NodeReferences.claim)
      let volume = object.flatMap { object in
        claim.map { Volume(claim: $0, secrets: NodeReferences.secrets(ofVolume: object, claim: $0)) }
      }
      state.withLock { Self.replace(&$0, key.name, volume) }
    case Self.attachments:
      state.withLock { $0.attachments[key.name] = object?[path: "spec", "nodeName"]?.string }
    case Self.slices: state.withLock { $0.slices[key.name] = object?[path: "spec", "nodeName"]?.string }
    default: break
    }
  }

  private static func replace(_ state: inout State, _ key: ObjectKey, _ pod: Pod?) {
    if let old = state.pods.removeValue(forKey: key) {
      for dependency in old.dependencies {
        let count = (state.users[dependency]?[old.node] ?? 0) - 1
        state.users[dependency]?[old.node] = count > 0 ? count : nil
        if state.users[dependency]?.isEmpty == true { state.users[dependency] = nil }
      }
    }
    guard let pod else { return }
    state.pods[key] = pod
    for dependency in pod.dependencies { state.users[dependency, default: [:]][pod.node, default: 0] += 1 }
  }

  private static func replace(_ state: inout State, _ name: String, _ volume: Volume?) {
    if let old = state.volumes.removeValue(forKey: name) {
      for secret in old.secrets {
        state.volumesBySecret[secret]?.remove(name)
        if state.volumesBySecret[secret]?.isEmpty == true { state.volumesBySecret[secret] = nil }
      }
    }
    guard let volume else { return }
    state.volumes[name] = volume
    for secret in volume.secrets { state.volumesBySecret[secret, default: []].insert(name) }
  }

  // MARK: Looking up

  /// Whether a pod of the node uses it; a Secret also through a persistent volume.
  func uses(_ node: String, _ dependency: NodeDependency) -> Bool {
    state.withLock { state in
      if state.users[dependency]?[node] != nil { return true }
      guard case .secret(let key) = dependency, let volumes = state.volumesBySecret[key] else { return false }
      return volumes.contains { Self.uses(state, node, volume: $0) }
    }
  }

  /// Whether a pod of the node uses the claim that the persistent volume is bound to.
  func uses(_ node: String, volume name: String) -> Bool {
    state.withLock { Self.uses($0, node, volume: name) }
  }

  private static func uses(_ state: State, _ node: String, volume name: String) -> Bool {
    guard let claim = state.volumes[name]?.claim else { return false }
    return state.users[.persistentVolumeClaim(claim)]?[node] != nil
  }

  func isAttached(_ node: String, attachment: String) -> Bool {
    state.withLock { $0.attachments[attachment] == node }
  }

  func owns(_ node: String, slice: String) -> Bool { state.withLock { $0.slices[slice] == node } }
}
