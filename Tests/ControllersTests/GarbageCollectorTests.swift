import Schema
import Testing
import Values

/// Owners and what they own, as config maps.
struct GarbageCollectorTests {
  /// An ownerReference to an object.
  private func reference(_ owner: Value, blocks: Bool = false) -> Value {
    [
      "apiVersion": owner["apiVersion"] ?? "", "kind": owner["kind"] ?? "",
      "name": owner["metadata"]?["name"] ?? "", "uid": .string(owner.uid),
      "blockOwnerDeletion": .bool(blocks),
    ]
  }

  @discardableResult
  private func make(
    _ cluster: Cluster, _ name: String, owners: [Value] = [], finalizers: [String] = []
  ) async throws -> Value {
    var metadata: Value = ["name": .string(name)]
    if !owners.isEmpty { metadata["ownerReferences"] = .array(owners) }
    if !finalizers.isEmpty { metadata["finalizers"] = Value(finalizers) }
    return try await cluster.make(.configMaps, ["metadata": metadata])
  }

  private func delete(_ cluster: Cluster, _ name: String, _ propagation: String) async throws {
    try await cluster.client.delete(.configMaps, namespace: "test", name: name, propagation: propagation)
  }

  private func release(_ cluster: Cluster, _ name: String) async throws {
    try await cluster.client.update(.configMaps, namespace: "test", name: name) { object in
      var object = object
      object["metadata"]?["finalizers"] = nil
      return object
    }
  }

  @Test func backgroundDeletionTakesDependentsAlong() async throws {
    try await Cluster.run { cluster in
      let owner = try await make(cluster, "owner")
      let child = try await make(cluster, "child", owners: [reference(owner)])
      try await make(cluster, "grandchild", owners: [reference(child)])
      try await delete(cluster, "owner", "Background")
      #expect(cluster.get(.configMaps, "owner") == nil)
      await cluster.isGone(.configMaps, "child")
      await cluster.isGone(.configMaps, "grandchild")
    }
  }

  @Test func orphansLoseTheirOwner() async throws {
    try await Cluster.run { cluster in
      let owner = try await make(cluster, "owner")
      try await make(cluster, "child", owners: [reference(owner)])
      try await delete(cluster, "owner", "Orphan")
      await cluster.isGone(.configMaps, "owner")
      await cluster.pause()
      #expect(cluster.get(.configMaps, "child")?.owners == [])
    }
  }

  @Test func foregroundDeletionWaitsForThoseThatBlockIt() async throws {
    try await Cluster.run { cluster in
      let owner = try await make(cluster, "owner")
      try await make(
        cluster, "blocks", owners: [reference(owner, blocks: true)], finalizers: ["example.com/f"])
      try await make(cluster, "other", owners: [reference(owner)], finalizers: ["example.com/f"])
      try await delete(cluster, "owner", "Foreground")
      await cluster.eventually {
        cluster.get(.configMaps, "blocks")?["metadata"]?["deletionTimestamp"] != nil
      }
      await cluster.eventually { cluster.get(.configMaps, "other")?["metadata"]?["deletionTimestamp"] != nil }
      #expect(cluster.get(.configMaps, "owner")?["metadata"]?["finalizers"] == ["foregroundDeletion"])
      try await release(cluster, "blocks")
      await cluster.isGone(.configMaps, "owner")
      #expect(cluster.get(.configMaps, "other") != nil)
    }
  }

  @Test func foregroundDeletionGoesOnWhenADependentStopsToBlockIt() async throws {
    try await Cluster.run { cluster in
      let owner = try await make(cluster, "owner")
      try await make(
        cluster, "child", owners: [reference(owner, blocks: true)], finalizers: ["example.com/f"])
      try await delete(cluster, "owner", "Foreground")
      await cluster.eventually { cluster.get(.configMaps, "child")?["metadata"]?["deletionTimestamp"] != nil }
      try await cluster.client.update(.configMaps, namespace: "test", name: "child") { object in
        var object = object
        object["metadata"]?["ownerReferences"] = nil
        return object
      }
      await cluster.isGone(.configMaps, "owner")
      #expect(cluster.get(.configMaps, "child") != nil)
    }
  }

  @Test func foregroundDeletionGoesDownTheTree() async throws {
    try await Cluster.run { cluster in
      let owner = try await make(cluster, "owner")
      let child = try await make(cluster, "child", owners: [reference(owner, blocks: true)])
      try await make(
        cluster, "grandchild", owners: [reference(child, blocks: true)], finalizers: ["example.com/f"])
      try await delete(cluster, "owner", "Foreground")
      await cluster.eventually {
        cluster.get(.configMaps, "grandchild")?["metadata"]?["deletionTimestamp"] != nil
      }
      await cluster.pause()
      #expect(cluster.get(.configMaps, "child")?["metadata"]?["finalizers"] == ["foregroundDeletion"])
      try await release(cluster, "grandchild")
      await cluster.isGone(.configMaps, "owner")
    }
  }

  @Test func anOwnerThatWaitsIsLeftWhereThereIsAnother() async throws {
    try await Cluster.run { cluster in
      let first = try await make(cluster, "first")
      let second = try await make(cluster, "second")
      try await make(cluster, "child", owners: [reference(first, blocks: true), reference(second)])
      try await delete(cluster, "first", "Foreground")
      await cluster.isGone(.configMaps, "first")
      #expect(cluster.get(.configMaps, "child")?.owners == ["second"])
    }
  }

  @Test func circlesEnd() async throws {
    try await Cluster.run { cluster in
      let first = try await make(cluster, "first")
      let second = try await make(cluster, "second", owners: [reference(first, blocks: true)])
      try await cluster.client.update(.configMaps, namespace: "test", name: "first") { object in
        var object = object
        object["metadata"]?["ownerReferences"] = [reference(second, blocks: true)]
        return object
      }
      try await delete(cluster, "first", "Foreground")
      await cluster.isGone(.configMaps, "first")
      await cluster.isGone(.configMaps, "second")
    }
  }

  @Test func anOwnerThatNeverWasIsGone() async throws {
    try await Cluster.run { cluster in
      let owner = try await make(cluster, "owner")
      var other = reference(owner)
      other["uid"] = "00000000-0000-4000-8000-000000000000"
      try await make(cluster, "child", owners: [other])
      await cluster.isGone(.configMaps, "child")
      // One of several owners is only taken off.
      try await make(cluster, "second", owners: [other, reference(owner)])
      await cluster.eventually {
        cluster.get(.configMaps, "second")?["metadata"]?["ownerReferences"]?.array?.count == 1
      }
      #expect(
        cluster.get(.configMaps, "second")?["metadata"]?["ownerReferences"]?.array?[0]["uid"]?.string
          == owner.uid)
    }
  }

  @Test func ownersMayBeOfTheClusterAndDependentsInANamespace() async throws {
    try await Cluster.run { cluster in
      let owner = try await cluster.make(
        .priorityClasses, ["metadata": ["name": "owner"], "value": 1], in: "")
      try await make(cluster, "child", owners: [reference(owner)])
      await cluster.pause()
      #expect(cluster.get(.configMaps, "child") != nil)
      try await cluster.client.delete(.priorityClasses, name: "owner")
      await cluster.isGone(.configMaps, "child")
    }
  }

  @Test func whoseOwnerCanNotBeFoundStays() async throws {
    try await Cluster.run { cluster in
      // A kind that is not served.
      let stranger: Value = ["apiVersion": "example.com/v1", "kind": "Ship", "name": "a", "uid": "u"]
      try await make(cluster, "child", owners: [stranger])
      // A kind in a namespace, of an object in none.
      let owner = try await make(cluster, "owner")
      try await cluster.make(
        .priorityClasses,
        ["metadata": ["name": "child", "ownerReferences": [reference(owner)]], "value": 1], in: "")
      await cluster.pause()
      #expect(cluster.get(.configMaps, "child") != nil)
      #expect(cluster.get(.priorityClasses, "child", in: "") != nil)
    }
  }

  @Test func anUnknownKindIsLookedForAgainWhenItIsDefined() async throws {
    try await Cluster.run { cluster in
      let owner: Value = ["apiVersion": "example.com/v1", "kind": "Ship", "name": "a", "uid": "u"]
      try await make(cluster, "child", owners: [owner])
      await cluster.pause()
      #expect(cluster.get(.configMaps, "child") != nil)
      try await cluster.makeDefinition()
      await cluster.isGone(.configMaps, "child")
    }
  }
}
