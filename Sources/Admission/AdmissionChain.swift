import Schema

/// The enabled plugins in their order.
public struct AdmissionChain: Sendable {
  public let plugins: [any AdmissionPlugin]

  public init(plugins: [any AdmissionPlugin]) { self.plugins = plugins }

  /// Lets each mutating plugin change the request, in order; the first refusal ends it. Where a webhook
  /// changed the object all of them see it once more.
  public func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    try await admitOnce(&request)
    if request.reinvocation.beginAnother() { try await admitOnce(&request) }
  }

  private func admitOnce(_ request: inout AdmissionRequest) async throws(StatusError) {
    for case let plugin as any MutatingAdmissionPlugin in plugins where plugin.handles(request.operation) {
      try await plugin.admit(&request)
    }
  }

  /// Asks each validating plugin, in order; the first refusal ends it.
  public func validate(_ request: AdmissionRequest) async throws(StatusError) {
    for case let plugin as any ValidatingAdmissionPlugin in plugins where plugin.handles(request.operation) {
      try await plugin.validate(request)
    }
  }
}
