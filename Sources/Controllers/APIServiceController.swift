import APIServer
import HTTPService
import NIOHTTP1
import Schema
import Store
import Synchronization
import Values

/// Keeps an APIService for every group and version that is served here, and tells of all whether they are
/// available (kube-aggregator: the autoregister and availability controllers). What extension servers serve
/// becomes a part of discovery.
public final class APIServiceController: Reconciler {
  public let name = "apiservice-controller"
  private static let label = "kube-aggregator.kubernetes.io/automanaged"
  private static let recheck = Duration.seconds(30)
  private let server: APIServer
  private let client: LoopbackClient
  private let schedule = Mutex<(@Sendable (String, Duration) -> Void)?>(nil)
  /// The last discovery documents of extension servers.
  private let documents = Mutex<[String: ExtensionDiscovery.Document]>([:])

  public init(server: APIServer, client: LoopbackClient) {
    self.server = server
    self.client = client
  }

  public func start(_ schedule: @escaping @Sendable (_ name: String, _ after: Duration) -> Void) {
    self.schedule.withLock { $0 = schedule }
  }

  public func keys(for change: StoreChange) -> [String] {
    switch change.resource {
    case .apiServices: return [change.object.key.name]
    case .definitions: return Self.names(of: change.object.value)
    case .services, .endpoints, .endpointSlices:
      // Those whose Service this is about.
      return client.store.list(.apiServices).compactMap { stored in
        ExtensionServers.Target(stored.value).flatMap {
          $0.namespace == change.object.key.namespace ? stored.key.name : nil
        }
      }
    default: return []
    }
  }

  public func initialKeys() -> [String] {
    APICatalog.builtIn.groups.flatMap { group in
      group.versions.map { "\($0.name).\(group.name)" }
    } + client.store.list(.definitions).flatMap { Self.names(of: $0.value) }
      + client.store.list(.apiServices).map(\.key.name)
  }

  /// The APIServices of a CustomResourceDefinition.
  private static func names(of definition: Value) -> [String] {
    let group = definition["spec"]?["group"]?.string ?? ""
    return (definition["spec"]?["versions"]?.array ?? []).map { "\($0["name"]?.string ?? "").\(group)" }
  }

  public func reconcile(_ name: String) async throws {
    guard let dot = name.firstIndex(of: ".") else { return }
    let groupVersion = GroupVersion(
      group: String(name[name.index(after: dot)...]), version: String(name[..<dot]))
    let existing = client.get(.apiServices, name: name)
    if let existing, let target = ExtensionServers.Target(existing) {
      return try await check(target, existing)
    }
    forget(name)
    let wanted = wanted(groupVersion)
    guard let existing else {
      guard let (priority, mark) = wanted else { return }
      return try await tolerating(409) { () throws(StatusError) in
        try await self.client.create(.apiServices, Self.local(name, groupVersion, priority, mark))
      }
    }
    let mark = existing["metadata"]?["labels"]?[Self.label]?.string
    if wanted == nil, mark == "true" || mark == "onstart" {
      let uid = existing["metadata"]?["uid"]?.string
      return try await tolerating(404, 409) { () throws(StatusError) in
        try await self.client.delete(.apiServices, name: name, uid: uid)
      }
    }
    try await tell(name, true, "Local", "Local APIServices are always available")
  }

  /// What is served here, with its priority and how its APIService is kept.
  private func wanted(_ groupVersion: GroupVersion) -> (APIServicePriorities.Priority, String)? {
    if APICatalog.builtIn.version(groupVersion) != nil {
      return APIServicePriorities.builtIn(groupVersion).map { ($0, "onstart") }
    }
    let isDefined = client.store.list(.definitions).contains { stored in
      stored.value["spec"]?["group"]?.string == groupVersion.group
        && (stored.value["spec"]?["versions"]?.array ?? []).contains {
          $0["name"]?.string == groupVersion.version && $0["served"]?.bool == true
        }
    }
    return isDefined ? (APIServicePriorities.custom, "true") : nil
  }

  private static func local(
    _ name: String, _ groupVersion: GroupVersion, _ priority: APIServicePriorities.Priority, _ mark: String
  ) -> Value {
    [
      "kind": "APIService", "apiVersion": "apiregistration.k8s.io/v1",
      "metadata": ["name": .string(name), "labels": [label: .string(mark)]],
      "spec": [
        "group": .string(groupVersion.group), "version": .string(groupVersion.version),
        "groupPriorityMinimum": .int(priority.group), "versionPriority": .int(priority.version),
      ],
    ]
  }

  // MARK: - Extension servers

  private func check(_ target: ExtensionServers.Target, _ object: Value) async throws {
    if let (reason, message) = missing(target) {
      forget(target.name)
      return try await tell(target.name, false, reason, message)
    }
    let headers: HTTPHeaders = [
      "Accept": "application/json", "X-Remote-User": "system:kube-aggregator",
      "X-Remote-Group": "system:masters",
    ]
    let url = "https://\(place(of: target))\(target.discoveryPath)"
    defer { schedule.withLock { $0 }?(target.name, Self.recheck) }
    do {
      let reply = try await server.extensions.send(
        .GET, target.discoveryPath, to: target, headers: headers, timeout: .seconds(5), verifies: false)
      guard (200..<300).contains(reply.status) else {
        return try await fail(
          target, "failing or missing response from \(url): bad status from \(url): \(reply.status)")
      }
      if let list = try? JSON.parse(reply.body) {
        let (hash, swagger) = await server.extensions.openAPI(of: target, headers: headers)
        remember(.init(target: target, list: list, openAPIHash: hash, swagger: swagger))
      }
    } catch {
      // The error tells the name by which the server is known to its certificate.
      let asked = "https://\(target.service).\(target.namespace).svc:\(target.port)\(target.discoveryPath)"
      return try await fail(
        target, "failing or missing response from \(url): \("\(error)".replacing(asked, with: url))")
    }
    try await tell(target.name, true, "Passed", "all checks passed")
  }

  /// The host and port that the real server would connect to.
  private func place(of target: ExtensionServers.Target) -> String {
    let spec = client.get(.services, namespace: target.namespace, name: target.service)?["spec"]
    let isExternal = spec?["type"]?.string == "ExternalName"
    let host = spec?[isExternal ? "externalName" : "clusterIP"]?.string ?? target.service
    return HTTPAddress(host: host, port: Int(clamping: target.port)).description
  }

  private func fail(_ target: ExtensionServers.Target, _ message: String) async throws {
    forget(target.name)
    try await tell(target.name, false, "FailedDiscoveryCheck", message)
  }

  /// What the Service lacks.
  private func missing(_ target: ExtensionServers.Target) -> (reason: String, message: String)? {
    let place = "service/\(target.service) in \(GoText.quoted(target.namespace))"
    guard let service = client.get(.services, namespace: target.namespace, name: target.service) else {
      return ("ServiceNotFound", "\(place) is not present")
    }
    guard (service["spec"]?["type"]?.string ?? "ClusterIP") == "ClusterIP" else { return nil }
    let ports = service["spec"]?["ports"]?.array ?? []
    guard let port = ports.first(where: { $0["port"]?.int == target.port }) else {
      return ("ServicePortError", "\(place) is not listening on port \(target.port)")
    }
    let slices = client.store.list(.endpointSlices, namespace: target.namespace).map(\.value).filter {
      $0["metadata"]?["labels"]?["kubernetes.io/service-name"]?.string == target.service
    }
    let endpoints = client.get(.endpoints, namespace: target.namespace, name: target.service)
    guard !slices.isEmpty || endpoints != nil else {
      return ("EndpointsNotFound", "cannot find endpointslices for \(place)")
    }
    let portName = port["name"]?.string ?? ""
    let isThere = slices.contains { slice in
      (slice["endpoints"]?.array ?? []).contains { $0["conditions"]?["ready"]?.bool ?? true }
        && (slice["ports"]?.array ?? []).contains { ($0["name"]?.string ?? "") == portName }
    }
    if isThere || !(endpoints?["subsets"]?.array ?? []).isEmpty { return nil }
    return (
      "MissingEndpoints",
      "endpointslices for \(place) have no addresses with port name \(GoText.quoted(portName))"
    )
  }

  // MARK: - What is told

  private func tell(_ name: String, _ isAvailable: Bool, _ reason: String, _ message: String) async throws {
    let condition: Value = [
      "type": "Available", "status": isAvailable ? "True" : "False", "reason": .string(reason),
      "message": .string(message), "lastTransitionTime": .string(Timestamp.now.rfc3339),
    ]
    try await tolerating(404) { () throws(StatusError) in
      try await self.client.update(.apiServices, name: name, subresource: "status") { object in
        let before = (object["status"]?["conditions"]?.array ?? []).first {
          $0["type"]?.string == "Available"
        }
        var condition = condition
        if before?["status"] == condition["status"], let time = before?["lastTransitionTime"] {
          condition["lastTransitionTime"] = time
        }
        if before == condition { return nil }
        var object = object
        let others = (object["status"]?["conditions"]?.array ?? []).filter {
          $0["type"]?.string != "Available"
        }
        object["status"] = ["conditions": .array(others + [condition])]
        return object
      }
    }
  }

  private func remember(_ document: ExtensionDiscovery.Document) {
    documents.withLock { $0[document.target.name] = document }
    publish()
  }

  private func forget(_ name: String) {
    if documents.withLock({ $0.removeValue(forKey: name) }) != nil { publish() }
  }

  private func publish() {
    let all = documents.withLock { $0.values.sorted { $0.target.name < $1.target.name } }
    server.changeServed { $0.with(extensions: ExtensionDiscovery(all)) }
  }
}
