import APIServer
import Schema
import Store
import Synchronization
import Values

/// Names and establishes CustomResourceDefinitions, has their objects served, and cleans up behind those
/// that are deleted (Kubernetes documentation, "Custom Resources"; the naming, establishing and finalizing
/// controllers of k8s.io/apiextensions-apiserver).
public final class CustomResourcesController: Reconciler {
  public let name = "customresourcedefinition-controller"
  private let server: APIServer
  private let client: LoopbackClient
  private let schedule = Mutex<(@Sendable (String, Duration) -> Void)?>(nil)
  /// What is served, by the name of the definition. Only the loop changes it.
  private let served = Mutex<[String: CustomResourceServing]>([:])
  private let builtIn: Set<GroupResource>

  public init(server: APIServer, client: LoopbackClient) {
    self.server = server
    self.client = client
    builtIn = Set(
      APICatalog.builtIn.groups.flatMap(\.versions).flatMap(\.resources).map(\.groupResource))
  }

  public func start(_ schedule: @escaping @Sendable (_ name: String, _ after: Duration) -> Void) {
    self.schedule.withLock { $0 = schedule }
  }

  public func keys(for change: StoreChange) -> [String] {
    if change.resource == .definitions { return [change.object.key.name] }
    // A definition is named after its resource. The last of its objects may have gone.
    return change.kind == .deleted && !builtIn.contains(change.resource) ? [change.resource.description] : []
  }

  public func initialKeys() -> [String] { client.store.list(.definitions).map(\.key.name) }

  public func reconcile(_ name: String) async throws {
    guard var definition = client.get(.definitions, name: name) else {
      if served.withLock({ $0.removeValue(forKey: name) }) != nil { publish() }
      // Its names are free again.
      reconsider(namesLike: name)
      return
    }
    if definition["metadata"]?["deletionTimestamp"] == nil {
      definition = try await acceptNames(of: definition)
      serve(definition)
      try await establish(definition)
    } else {
      serve(definition)
      try await cleanUp(definition)
    }
  }

  // MARK: - Names

  private func acceptNames(of definition: Value) async throws -> Value {
    let name = definition["metadata"]?["name"]?.string ?? ""
    let others = client.store.list(.definitions).filter { $0.key.name != name }.map(\.value)
    let before = CustomResourceNames.outcome(for: definition, among: others)
    guard before != definition else { return definition }
    let new = try await client.update(.definitions, name: name, subresource: "status") { definition in
      let outcome = CustomResourceNames.outcome(for: definition, among: others)
      return outcome == definition ? nil : outcome
    }
    if new["status"]?["acceptedNames"] != definition["status"]?["acceptedNames"] {
      reconsider(namesLike: name)
    }
    return new
  }

  /// Looks again at the other definitions of the group, which may have waited for names.
  private func reconsider(namesLike name: String) {
    guard let schedule = schedule.withLock({ $0 }) else { return }
    let group = name.drop { $0 != "." }
    for other in client.store.list(.definitions)
    where other.key.name != name && other.key.name.drop(while: { $0 != "." }) == group {
      if !CustomResourceDefinitions.isTrue(other.value, "NamesAccepted") { schedule(other.key.name, .zero) }
    }
  }

  // MARK: - Serving

  private func serve(_ definition: Value) {
    let name = definition["metadata"]?["name"]?.string ?? ""
    let isServed =
      CustomResourceDefinitions.isTrue(definition, "NamesAccepted")
      || CustomResourceDefinitions.isTrue(definition, "Established")
    let changed = served.withLock { served -> Bool in
      let before = served[name]
      served[name] = isServed ? CustomResourceServing.of(definition, before: before) : nil
      return before?.basis != served[name]?.basis
    }
    if changed { publish() }
  }

  /// Has the server serve what is to be served now.
  private func publish() {
    let all = served.withLock { Array($0.values) }
    var versions: [GroupVersionKind: ServedAPI.CustomVersion] = [:]
    for serving in all {
      let converter = server.conversionWebhook(for: serving.basis.spec ?? [:])
      versions.merge(
        serving.versions.mapValues { version in
          var version = version
          version.converter = converter
          return version
        }
      ) { $1 }
    }
    let catalog = APICatalog.builtIn.adding(CustomResourceServing.inDiscoveryOrder(all.flatMap(\.resources)))
    server.changeServed { ServedAPI(catalog: catalog, customVersions: versions, replacing: $0) }
  }

  /// The definition is established once its objects are served, so that who sees the one can count on the
  /// other.
  private func establish(_ definition: Value) async throws {
    guard CustomResourceDefinitions.isTrue(definition, "NamesAccepted"),
      !CustomResourceDefinitions.isTrue(definition, "Established")
    else { return }
    let name = definition["metadata"]?["name"]?.string ?? ""
    try await tolerating(404) { () throws(StatusError) in
      try await self.client.update(.definitions, name: name, subresource: "status") { definition in
        guard CustomResourceDefinitions.isTrue(definition, "NamesAccepted") else { return nil }
        var definition = definition
        CustomResourceDefinitions.setCondition(
          &definition, "Established", isTrue: true, reason: "InitialNamesAccepted",
          message: "the initial names have been accepted")
        return definition
      }
    }
  }

  // MARK: - Deletion

  private func cleanUp(_ definition: Value) async throws {
    let name = definition["metadata"]?["name"]?.string ?? ""
    guard
      definition["metadata"]?["finalizers"]?.strings.contains(CustomResourceDefinitions.cleanupFinalizer)
        == true
    else { return }
    var outcome = (reason: "NeverEstablished", message: "resource was never established")
    if CustomResourceDefinitions.isTrue(definition, "Established") {
      try await tell(
        name, isTerminating: true, "InstanceDeletionInProgress", "CustomResource deletion is in progress")
      // Objects with finalizers go in their own time: the last of them brings us back.
      guard try await deleteObjects(of: definition) else { return }
      outcome = ("InstanceDeletionCompleted", "removed all instances")
    }
    try await tell(name, isTerminating: false, outcome.reason, outcome.message)
    try await tolerating(404) { () throws(StatusError) in
      try await self.client.update(.definitions, name: name) { definition in
        var definition = definition
        let kept = (definition["metadata"]?["finalizers"]?.strings ?? []).filter {
          $0 != CustomResourceDefinitions.cleanupFinalizer
        }
        definition["metadata"]?["finalizers"] = kept.isEmpty ? nil : Value(kept)
        return definition
      }
    }
  }

  private func tell(_ name: String, isTerminating: Bool, _ reason: String, _ message: String) async throws {
    try await tolerating(404) { () throws(StatusError) in
      try await self.client.update(.definitions, name: name, subresource: "status") { definition in
        if CustomResourceDefinitions.condition(definition, "Terminating")?["reason"]?.string == reason {
          return nil
        }
        var definition = definition
        CustomResourceDefinitions.setCondition(
          &definition, "Terminating", isTrue: isTerminating, reason: reason, message: message)
        return definition
      }
    }
  }

  /// Deletes all objects of the definition.
  /// - Returns: whether none is left.
  private func deleteObjects(of definition: Value) async throws -> Bool {
    let resource = CustomResourceNames.resource(definition)
    guard client.resource(resource) != nil else { return client.store.list(resource).count == 0 }
    for object in client.store.list(resource) where object.value["metadata"]?["deletionTimestamp"] == nil {
      try await tolerating(404) { () throws(StatusError) in
        try await self.client.delete(resource, namespace: object.key.namespace, name: object.key.name)
      }
    }
    return client.store.list(resource).count == 0
  }
}
