import APIServer
import Schema
import Store
import Values

/// Empties namespaces that are being deleted and then lets them go
/// (Kubernetes documentation, "Namespaces", and the real server's namespace lifecycle controller).
public struct NamespaceController: Reconciler {
  public let name = "namespace-controller"
  private let client: LoopbackClient

  public init(client: LoopbackClient) { self.client = client }

  public func keys(for change: StoreChange) -> [String] {
    if change.resource == .namespaces {
      return change.kind != .deleted && Self.isTerminating(change.object.value) ? [change.object.key.name] : []
    }
    // What goes may have been the last thing in its namespace.
    return change.kind == .deleted && !change.object.key.namespace.isEmpty ? [change.object.key.namespace] : []
  }

  public func initialKeys() -> [String] {
    client.store.list(.namespaces).filter { Self.isTerminating($0.value) }.map(\.key.name)
  }

  private static func isTerminating(_ namespace: Value) -> Bool { namespace["metadata"]?["deletionTimestamp"] != nil }

  public func reconcile(_ name: String) async throws {
    guard let namespace = client.get(.namespaces, name: name), Self.isTerminating(namespace) else { return }
    let remaining = try await deleteContent(of: name)
    if remaining.isEmpty {
      // Without its last finalizer the namespace goes.
      _ = try? await client.update(.namespaces, name: name, subresource: "finalize") { namespace in
        var namespace = namespace
        let finalizers = (namespace["spec"]?["finalizers"]?.strings ?? []).filter { $0 != "kubernetes" }
        namespace["spec"]?["finalizers"] = finalizers.isEmpty ? nil : Value(finalizers)
        return namespace
      }
    } else {
      try await report(remaining, on: name)
    }
  }

  /// What is still there after everything was deleted that can be: resource to finalizers.
  private func deleteContent(of namespace: String) async throws -> [(resource: GroupResource, count: Int, finalizers: [String])] {
    var remaining: [(resource: GroupResource, count: Int, finalizers: [String])] = []
    for resource in client.store.counts().keys.sorted(by: { $0.description < $1.description }) {
      guard client.resource(resource)?.isNamespaced == true else { continue }
      for object in client.store.list(resource, namespace: namespace) {
        guard object.value["metadata"]?["deletionTimestamp"] == nil else { continue }
        try await tolerating(404) { () throws(StatusError) in
          try await client.delete(resource, namespace: namespace, name: object.key.name, propagation: "Background")
        }
      }
      let left = client.store.list(resource, namespace: namespace)
      if left.count > 0 {
        let finalizers = Set(left.flatMap { $0.value["metadata"]?["finalizers"]?.strings ?? [] })
        remaining.append((resource, left.count, finalizers.sorted()))
      }
    }
    return remaining
  }

  /// Tells in the namespace's conditions what holds it.
  private func report(
    _ remaining: [(resource: GroupResource, count: Int, finalizers: [String])], on name: String
  ) async throws {
    let content = remaining.map { "\($0.resource.resource).\($0.resource.group) has \($0.count) resource instances" }
    let finalizers = remaining.flatMap { entry in entry.finalizers.map { "\($0) in \(entry.count) resource instances" } }
    let conditions: [(type: String, reason: String, message: String, isTrue: Bool)] = [
      ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered", false),
      ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed", false),
      (
        "NamespaceDeletionContentFailure", "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization", false
      ),
      (
        "NamespaceContentRemaining", "SomeResourcesRemain",
        "Some resources are remaining: " + content.joined(separator: ", "), true
      ),
      (
        "NamespaceFinalizersRemaining", finalizers.isEmpty ? "ContentHasNoFinalizers" : "SomeFinalizersRemain",
        finalizers.isEmpty
          ? "All content-preserving finalizers finished"
          : "Some content in the namespace has finalizers remaining: " + finalizers.joined(separator: ", "),
        !finalizers.isEmpty
      ),
    ]
    try await client.update(.namespaces, name: name, subresource: "status") { namespace in
      var namespace = namespace
      let old = namespace["status"]?["conditions"]?.array ?? []
      let new = conditions.map { condition -> Value in
        let status = condition.isTrue ? "True" : "False"
        let before = old.first { $0["type"]?.string == condition.type }
        let since =
          before?["status"]?.string == status ? before?["lastTransitionTime"] : nil
        return [
          "type": .string(condition.type), "status": .string(status), "reason": .string(condition.reason),
          "message": .string(condition.message),
          "lastTransitionTime": since ?? .string(Timestamp.now.rfc3339),
        ]
      }
      namespace["status"]?["conditions"] = .array(new)
      return namespace
    }
  }
}
