import APIServer
import Drydock
import Schema
import Store
import Testing
import Values

/// A server of its own for a test, seen from inside.
struct Cluster {
  let server: Drydock
  let client: LoopbackClient

  var store: ObjectStore { client.store }

  /// Starts a server with a namespace `test`, and ends it after the test.
  ///
  /// - Parameter configure: changes the configuration that it is started with.
  static func run(
    _ configure: (inout DrydockConfiguration) -> Void = { _ in }, _ body: (Cluster) async throws -> Void
  ) async throws {
    var configuration = DrydockConfiguration()
    configuration.securePort = 0
    configure(&configuration)
    let server = try await Drydock.start(configuration)
    let cluster = Cluster(server: server, client: LoopbackClient(server: server.apiServer, manager: "test"))
    do {
      try await cluster.make(.namespaces, ["metadata": ["name": "test"]], in: "")
      try await body(cluster)
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  /// Makes an object of the resource's kind.
  @discardableResult
  func make(_ resource: GroupResource, _ object: Value, in namespace: String = "test") async throws -> Value {
    var object = object
    let served = try #require(client.resource(resource))
    object["kind"] = .string(served.kind)
    object["apiVersion"] = .string(served.groupVersion.apiVersion)
    return try await client.create(resource, namespace: namespace, object)
  }

  /// Defines `ships.example.com`, and waits until it is served.
  func makeDefinition() async throws {
    try await make(
      GroupResource(group: "apiextensions.k8s.io", resource: "customresourcedefinitions"),
      [
        "metadata": ["name": "ships.example.com"],
        "spec": [
          "group": "example.com", "scope": "Namespaced", "names": ["plural": "ships", "kind": "Ship"],
          "versions": [
            [
              "name": "v1", "served": true, "storage": true,
              "schema": ["openAPIV3Schema": ["type": "object"]],
            ]
          ],
        ],
      ], in: "")
    await eventually("the kind is served") { client.resource(.ships) != nil }
  }

  func get(_ resource: GroupResource, _ name: String, in namespace: String = "test") -> Value? {
    client.get(resource, namespace: namespace, name: name)
  }

  /// Waits until something holds, five seconds at most.
  func eventually(
    _ what: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ holds: () -> Bool
  ) async {
    for _ in 0..<2500 {
      if holds() { return }
      try? await Task.sleep(for: .milliseconds(2))
    }
    #expect(holds(), what, sourceLocation: sourceLocation)
  }

  func isGone(
    _ resource: GroupResource, _ name: String, in namespace: String = "test",
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    await eventually("\(name) goes", sourceLocation: sourceLocation) {
      get(resource, name, in: namespace) == nil
    }
  }

  /// Gives the loops the time that they would need to do something wrong.
  func pause() async { try? await Task.sleep(for: .milliseconds(150)) }
}

extension GroupResource {
  static let configMaps = GroupResource(group: "", resource: "configmaps")
  static let namespaces = GroupResource(group: "", resource: "namespaces")
  static let nodes = GroupResource(group: "", resource: "nodes")
  static let pods = GroupResource(group: "", resource: "pods")
  static let claims = GroupResource(group: "", resource: "persistentvolumeclaims")
  static let volumes = GroupResource(group: "", resource: "persistentvolumes")
  static let secrets = GroupResource(group: "", resource: "secrets")
  static let serviceAccounts = GroupResource(group: "", resource: "serviceaccounts")
  static let ships = GroupResource(group: "example.com", resource: "ships")
  static let quotas = GroupResource(group: "", resource: "resourcequotas")
  static let budgets = GroupResource(group: "policy", resource: "poddisruptionbudgets")
  static let priorityClasses = GroupResource(group: "scheduling.k8s.io", resource: "priorityclasses")
  static let signingRequests = GroupResource(
    group: "certificates.k8s.io", resource: "certificatesigningrequests")
  static let clusterRoleBindings = GroupResource(
    group: "rbac.authorization.k8s.io", resource: "clusterrolebindings")
}

extension Value {
  var uid: String { self["metadata"]?["uid"]?.string ?? "" }
  var owners: [String] {
    (self["metadata"]?["ownerReferences"]?.array ?? []).compactMap { $0["name"]?.string }
  }
}
