/// Takes events on the request path (the backend of a mode, `--audit-log-mode`, `--audit-webhook-mode`).
public protocol AuditSink: Sendable {
  /// Takes one event.
  /// - Returns: false where the event could not be kept and its request must for that be refused.
  func process(_ event: AuditEvent) async -> Bool

  /// Writes what was taken and not written yet. What comes afterwards, and what could not be written in time,
  /// is lost and counted.
  func shutdown(within grace: Duration) async
}

/// Where events end up: a file or a webhook.
public protocol AuditDestination: Sendable {
  var plugin: AuditCounters.Plugin { get }

  /// Writes events in their order. What is lost has been counted and logged when this returns.
  /// - Returns: whether all were written.
  func write(_ events: [AuditEvent]) async -> Bool

  /// Lets go of connections; nothing is written any more.
  func close() async
}

extension AuditDestination {
  public func close() async {}
}

/// Writes each event before its request goes on (modes `blocking` and `blocking-strict`).
public struct BlockingAuditSink: AuditSink {
  private let destination: any AuditDestination
  private let isStrict: Bool

  /// - Parameter isStrict: whether a request is refused where its first event can't be written.
  public init(_ destination: any AuditDestination, isStrict: Bool) {
    self.destination = destination
    self.isStrict = isStrict
  }

  public func process(_ event: AuditEvent) async -> Bool {
    let isWritten = await destination.write([event])
    return isWritten || !isStrict
  }

  public func shutdown(within grace: Duration) async { await destination.close() }
}
