import Schema
import Testing
import Values

@testable import Admission

@Suite struct NamespaceTests {
  private static func configMap(in namespace: String) -> Value {
    ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c", "namespace": .string(namespace)]]
  }

  private static func namespace(_ name: String, phase: Value? = nil) -> Value {
    var namespace: Value = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]]
    namespace.set(phase, at: ["status", "phase"])
    return namespace
  }

  @Test func missingNamespaceIsNotFound() async throws {
    let cluster = try Cluster()
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(Self.configMap(in: "ghost"))
    }
    #expect(message == #"namespaces "ghost" not found"#)
  }

  @Test func endingNamespaceTakesNothingNew() async throws {
    let cluster = try Cluster()
    cluster.put(Self.namespace("team", phase: "Terminating"))
    do {
      try await cluster.create(Self.configMap(in: "team"))
      Issue.record("the object was let in")
    } catch {
      #expect(error.details?.causes.first?.reason == "NamespaceTerminating")
      #expect(
        error.message == #"configmaps "c" is forbidden: unable to create new content in namespace team "#
          + "because it is being terminated")
    }
    cluster.put(Self.configMap(in: "team"))
    try await cluster.update(Self.configMap(in: "team"))
    try await cluster.delete(Self.configMap(in: "team"))
  }

  @Test func systemNamespacesStay() async throws {
    let cluster = try Cluster()
    for name in ["default", "kube-system", "kube-public"] {
      let message = await cluster.refusal { () async throws(StatusError) in
        try await cluster.delete(Self.namespace(name))
      }
      #expect(message == "this namespace may not be deleted")
    }
    try await cluster.delete(Self.namespace("team"))
  }

  @Test func namespacesAreProvided() async throws {
    let store = try Cluster().store
    let plugin = NamespaceAutoProvision(store: store) { name throws(StatusError) in
      _ = try? store.create(.namespaces, .init(name: name), Self.namespace(name))
    }
    var request = AdmissionRequest(
      operation: .create, resource: .init(group: "", version: "v1", resource: "configmaps"),
      kind: .init(group: "", version: "v1", kind: "ConfigMap"), namespace: "new", name: "c",
      object: Self.configMap(in: "new"), oldObject: nil, user: .init(name: "jane"))
    try await plugin.admit(&request)
    #expect(store.get(.namespaces, .init(name: "new")) != nil)
    try await NamespaceExists(store: store).validate(request)
  }
}
