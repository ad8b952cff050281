import HTTPService
import Schema
import Store
import Values

/// What leads beyond the server: to a pod's containers, to services and nodes. Nothing runs behind this server,
/// so a stand-in answers that is told what to say; where it is told nothing, so does the answer.
struct ConnectEndpoints: Sendable {
  let registry: ObjectRegistry
  let podLogs: PodLogFiles
  let addresses: StandInAddresses
  let containerFiles: ContainerFiles

  func connect(_ context: RequestContext, _ scope: ResourceScope) async throws(StatusError) -> HTTPResponse {
    if context.info.subresource == "log" {
      return try PodLogEndpoint(context: context, scope: scope, registry: registry, files: podLogs).get()
    }
    let options = try await admitted(context, scope)
    switch context.info.subresource {
    case "exec", "attach":
      return try await RemoteCommandEndpoint(
        context: context, scope: scope, registry: registry, files: podLogs, containerFiles: containerFiles
      ).connect(options)
    case "portforward":
      return try await PortForwardEndpoint(
        context: context, scope: scope, registry: registry, addresses: addresses
      ).connect()
    default:
      return try await ProxyEndpoint(
        context: context, scope: scope, registry: registry, addresses: addresses
      ).connect()
    }
  }

  /// Runs the admission of a connection.
  /// - Returns: its options as mutating plugins left them.
  private func admitted(_ context: RequestContext, _ scope: ResourceScope) async throws(StatusError) -> Value
  {
    let options = try ConnectOptions.object(context, scope.bodyKind)
    var request = registry.admissionRequest(
      .connect, scope, namespace: context.info.namespace(of: scope), name: context.info.name, object: options,
      old: nil, options: .null, isDryRun: false, caller: Caller(context))
    try await registry.admission.admit(&request)
    try await registry.admission.validate(request)
    return request.object ?? options
  }
}
