import Admission
import Drydock
import Schema
import Values

/// ConfigMaps get the label `team`, the namespace that they are made in, and nobody may give them another one.
struct TeamLabelPlugin: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "TeamLabel"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  /// Fills in what is missing: `request.object` is what the client sent, with its defaults.
  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard concerns(request), request.object?["metadata"]?["labels"]?["team"] == nil else { return }
    let team = Value.string(request.namespace)
    request.object?.set(team, at: ["metadata", "labels", "team"])
  }

  /// Refuses what is wrong: 403 with the message `configmaps "x" is forbidden: …`.
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

/// Starts a server that labels ConfigMaps.
func startServerThatLabels() async throws -> Drydock {
  var configuration = DrydockConfiguration()
  configuration.securePort = 0
  configuration.extensions.admissionPlugins = [TeamLabelPlugin()]
  return try await Drydock.start(configuration)
}
