import APIServer
import Schema
import Store
import Values

/// Holds ServiceCIDRs that are being deleted for as long as a service has an address of them alone, and tells
/// which are ready (Kubernetes documentation, "Extend Service IP Ranges").
///
/// The block of the server's own flag, `kubernetes`, is left as the server made it.
public struct ServiceCIDRController: Reconciler {
  static let title = "service-cidr-controller"
  static let finalizer = "networking.k8s.io/service-cidr-finalizer"
  private static let serversOwn = "kubernetes"

  public let name = Self.title
  private let client: LoopbackClient
  private let statusClient: LoopbackClient

  /// What to look at.
  public enum Key: Hashable, Sendable {
    case block(String)
    /// All that are being deleted: one of them may be free now.
    case deleted
  }

  /// - Parameter statusClient: writes status, under the controller's own name.
  public init(client: LoopbackClient, statusClient: LoopbackClient) {
    self.client = client
    self.statusClient = statusClient
  }

  public func keys(for change: StoreChange) -> [Key] {
    switch change.resource {
    case .serviceBlocks:
      return change.kind == .deleted ? [.deleted] : [.block(change.object.key.name), .deleted]
    case .serviceAddresses: return change.kind == .deleted ? [.deleted] : []
    default: return []
    }
  }

  public func initialKeys() -> [Key] { client.store.list(.serviceBlocks).map { .block($0.key.name) } }

  public func reconcile(_ key: Key) async throws {
    switch key {
    case .block(let name):
      guard let block = client.get(.serviceBlocks, name: name) else { return }
      if block.isBeingDeleted { try await finish(name, block) } else { try await adopt(name, block) }
    case .deleted:
      for object in client.store.list(.serviceBlocks) where object.value.isBeingDeleted {
        try await finish(object.key.name, object.value)
      }
    }
  }

  private func adopt(_ name: String, _ block: Value) async throws(StatusError) {
    if name == Self.serversOwn { return }
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.serviceBlocks, name: name) { block in
        guard !block.isBeingDeleted, !block.finalizers.contains(Self.finalizer) else { return nil }
        let finalizers = block.finalizers + [Self.finalizer]
        var block = block
        block["metadata"]?["finalizers"] = Value(finalizers)
        return block
      }
    }
    try await tell(name, block, status: "True", reason: nil, "Kubernetes Service CIDR is ready")
  }

  private func finish(_ name: String, _ block: Value) async throws(StatusError) {
    guard block.finalizers.contains(Self.finalizer) else { return }
    guard mayGo(name, block) else {
      return try await tell(
        name, block, status: "False", reason: "Terminating",
        "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new "
          + "ServiceCIDR")
    }
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.serviceBlocks, name: name) { $0.without(finalizer: Self.finalizer) }
    }
  }

  private func tell(
    _ name: String, _ block: Value, status: String, reason: String?, _ message: String
  ) async throws(StatusError) {
    let conditions = block["status"]?["conditions"]?.array ?? []
    if conditions.contains(where: { $0["type"]?.string == "Ready" && $0["status"]?.string == status }) {
      return
    }
    var condition: Value = [
      "type": "Ready", "status": .string(status), "message": .string(message),
      "lastTransitionTime": .string(Timestamp.now.rfc3339),
    ]
    if let reason { condition["reason"] = .string(reason) }
    let told = condition
    try await tolerating(404) { () throws(StatusError) in
      try await statusClient.apply(
        .serviceBlocks, name: name, subresource: "status",
        [
          "kind": "ServiceCIDR", "apiVersion": "networking.k8s.io/v1", "metadata": ["name": .string(name)],
          "status": ["conditions": [told]],
        ])
    }
  }

  // MARK: - Whether a block may go

  /// Where other blocks hold all of its ranges, or no address of a service would be without a block.
  private func mayGo(_ name: String, _ block: Value) -> Bool {
    let others = client.store.list(.serviceBlocks).filter { $0.key.name != name }.flatMap {
      Self.ranges($0.value)
    }
    let own = Self.ranges(block)
    if own.allSatisfy({ range in others.contains { $0.contains(range) } }) { return true }
    return !client.store.list(.serviceAddresses).contains { object in
      guard
        object.value["metadata"]?["labels"]?["ipaddress.kubernetes.io/managed-by"]?.string
          == "ipallocator.k8s.io",
        let address = IPAddress(object.key.name)
      else { return false }
      return own.contains { $0.contains(address) } && !others.contains { $0.contains(address) }
    }
  }

  private static func ranges(_ block: Value) -> [AddressBlock] {
    (block["spec"]?["cidrs"]?.strings ?? []).compactMap { AddressBlock($0) }
  }
}
