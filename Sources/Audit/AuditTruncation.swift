/// Bounds the size of events (`--audit-log-truncate-…`, `--audit-webhook-truncate-…`).
public struct AuditTruncation: Sendable, Equatable {
  /// The most bytes of a batch; a larger one is written as several.
  public var maxBatchSize = 10 << 20
  /// The most bytes of an event. A larger one loses its objects, and if that is not enough it is lost.
  public var maxEventSize = 100 << 10

  public init() {}

  /// The event's text.
  /// - Returns: nil where it is too large even without its objects.
  static func text(_ event: AuditEvent, within limits: AuditTruncation?, isListItem: Bool) -> [UInt8]? {
    let text = AuditEventEncoder.encode(event, isListItem: isListItem)
    guard let limits, text.count > limits.maxEventSize else { return text }
    guard event.level >= .request else { return nil }
    var short = event
    short.requestObject = nil
    short.isResponseObjectOmitted = true
    short.annotations.append(("audit.k8s.io/truncated", "true"))
    let shorter = AuditEventEncoder.encode(short, isListItem: isListItem)
    return shorter.count > limits.maxEventSize ? nil : shorter
  }
}
