import Dispatch
import Logging

/// Writes events to a file or to standard output, one a line (`--audit-log-path`).
public final class AuditLogDestination: AuditDestination {
  /// `--audit-log-format`.
  public enum Format: String, Sendable, CaseIterable {
    case json, legacy
  }

  public let plugin = AuditCounters.Plugin.log
  private let file: RotatingFile
  private let format: Format
  private let truncation: AuditTruncation?
  private let counters: AuditCounters
  private let logger: Logger
  /// Where a batch is written: nil writes in the calling task, which then waits for the file.
  private let queue: DispatchQueue?

  /// - Parameter isBatched: writes on a thread of its own, so that a slow disk holds up no request.
  public init(
    _ file: RotatingFile, format: Format, truncation: AuditTruncation?, isBatched: Bool,
    counters: AuditCounters, logger: Logger
  ) {
    self.file = file
    self.format = format
    self.truncation = truncation
    self.counters = counters
    self.logger = logger
    queue = isBatched ? DispatchQueue(label: "audit-log") : nil
  }

  public func write(_ events: [AuditEvent]) async -> Bool {
    guard let queue else { return writeNow(events) }
    return await withCheckedContinuation { continuation in
      queue.async { [self] in continuation.resume(returning: writeNow(events)) }
    }
  }

  private func writeNow(_ events: [AuditEvent]) -> Bool {
    var lines: [[UInt8]] = []
    lines.reserveCapacity(events.count)
    for event in events {
      switch format {
      case .legacy: lines.append(Array((AuditLegacyFormat.line(event) + "\n").utf8))
      case .json:
        guard var line = AuditTruncation.text(event, within: truncation, isListItem: false) else {
          counters.countLost(1, by: .truncate)
          logger.error(
            "audit event lost: too large even without objects", metadata: ["auditID": "\(event.auditID)"])
          continue
        }
        line.append(UInt8(ascii: "\n"))
        lines.append(line)
      }
    }
    do throws(RotatingFile.Failure) {
      try file.write(lines)
      return lines.count == events.count
    } catch {
      counters.countLost(error.lostLines, by: .log)
      logger.error(
        "audit events lost", metadata: ["count": "\(error.lostLines)", "error": "\(error.message)"])
      return false
    }
  }
}
