import Schema
import Testing
import Values

@testable import Admission

/// An example of a plugin, complete: ConfigMaps get the label `team`, taken from the namespace that they are
/// made in, and nobody may give them another one.
///
/// A plugin is a `Sendable` type. It tells its name, which is what the flags call it, and which operations it
/// wants to see. Conforming to ``MutatingAdmissionPlugin`` lets it change the object, conforming to
/// ``ValidatingAdmissionPlugin`` lets it look at the object once no one changes it any more. It needs only
/// one of the two.
struct TeamLabel: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "TeamLabel"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  /// Fills in what is missing. `request.object` is the object as the client sent it, with its defaults.
  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard concerns(request), request.object?["metadata"]?["labels"]?["team"] == nil else { return }
    let team = Value.string(request.namespace)
    request.object?.set(team, at: ["metadata", "labels", "team"])
  }

  /// Refuses what is wrong: the message becomes `configmaps "x" is forbidden: …` with code 403.
  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard concerns(request), let team = request.object?["metadata"]?["labels"]?["team"]?.string else {
      return
    }
    if team != request.namespace { throw request.forbidden("the label team must be \(request.namespace)") }
    // Tells the client something besides the decision.
    if request.isDryRun { request.warn("nothing is labelled in a dry run") }
  }

  private func concerns(_ request: AdmissionRequest) -> Bool {
    request.resource.resource == "configmaps" && request.resource.group.isEmpty && request.subresource.isEmpty
  }
}

@Suite struct ExamplePluginTests {
  private static func configMap(_ labels: Object) -> AdmissionRequest {
    AdmissionRequest(
      operation: .create, resource: .init(group: "", version: "v1", resource: "configmaps"),
      kind: .init(group: "", version: "v1", kind: "ConfigMap"), namespace: "blue", name: "c",
      object: ["metadata": ["name": "c", "labels": .object(labels)]], oldObject: nil,
      user: .init(name: "jane"))
  }

  @Test func labelsAreFilledInAndKept() async throws {
    // A chain of one plugin; in a server the plugin has its entry in the table AdmissionPlugins.all.
    let chain = AdmissionChain(plugins: [TeamLabel()])
    var request = Self.configMap([:])
    try await chain.admit(&request)
    #expect(request.object?["metadata"]?["labels"]?["team"] == "blue")
    try await chain.validate(request)

    let foreign = Self.configMap(["team": "red"])
    await #expect(throws: StatusError.self) { try await chain.validate(foreign) }
  }

  @Test func tableMayHavePluginsOfOnesOwn() throws {
    let place = try #require(AdmissionPlugins.all.firstIndex { $0.name == "ResourceQuota" })
    var table = AdmissionPlugins.all
    table.insert(.init(name: "TeamLabel", isDefault: true) { _ in TeamLabel() }, at: place)
    let cluster = try Cluster()
    let chain = try AdmissionPlugins.chain(
      of: table, enabled: [], disabled: [], .init(store: cluster.store, authorizer: Cluster.Grants()))
    #expect(chain.plugins.map(\.name).suffix(2) == ["TeamLabel", "ResourceQuota"])
  }
}
