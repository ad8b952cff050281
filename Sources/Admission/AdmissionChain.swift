import Schema
import Tracing

/// The enabled plugins in their order.
public struct AdmissionChain: Sendable {
  public let plugins: [any AdmissionPlugin]
  /// Is told how long the plugins take; nil for nobody.
  public var observer: (any AdmissionObserver)?

  public init(plugins: [any AdmissionPlugin]) { self.plugins = plugins }

  /// Lets each mutating plugin change the request, in order; the first refusal ends it. Where a webhook
  /// changed the object all of them see it once more.
  public func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    try await admitOnce(&request)
    if request.reinvocation.beginAnother() { try await admitOnce(&request) }
  }

  private func admitOnce(_ request: inout AdmissionRequest) async throws(StatusError) {
    var clock = AdmissionClock(observer, .admit, request.operation)
    for case let plugin as any MutatingAdmissionPlugin in plugins where plugin.handles(request.operation) {
      do throws(StatusError) {
        try await RequestTrace.span("admit \(plugin.name)") { () throws(StatusError) in
          try await plugin.admit(&request)
        }
      } catch {
        clock?.lap(plugin.name)
        clock?.end(isRejected: true)
        throw error
      }
      clock?.lap(plugin.name)
    }
    clock?.end()
  }

  /// Asks each validating plugin, in order; the first refusal ends it.
  public func validate(_ request: AdmissionRequest) async throws(StatusError) {
    var clock = AdmissionClock(observer, .validate, request.operation)
    for case let plugin as any ValidatingAdmissionPlugin in plugins where plugin.handles(request.operation) {
      do throws(StatusError) {
        try await RequestTrace.span("validate \(plugin.name)") { () throws(StatusError) in
          try await plugin.validate(request)
        }
      } catch {
        clock?.lap(plugin.name)
        clock?.end(isRejected: true)
        throw error
      }
      clock?.lap(plugin.name)
    }
    clock?.end()
  }
}
