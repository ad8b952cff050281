import Synchronization

/// What is counted about auditing; read by the metrics `apiserver_audit_*`.
public final class AuditCounters: Sendable {
  /// Where events can be lost.
  public enum Plugin: String, Sendable, CaseIterable {
    case buffered, log, webhook, truncate
  }

  private struct Counts {
    var events = 0
    var rejected = 0
    var levels = [Int](repeating: 0, count: AuditLevel.allCases.count)
    var errors: [Plugin: Int] = [:]
  }

  private let counts = Mutex(Counts())

  public init() {}

  /// Events that were made and handed to the backends.
  public var events: Int { counts.withLock { $0.events } }
  /// Requests that were refused because their event could not be written.
  public var rejectedRequests: Int { counts.withLock { $0.rejected } }
  /// Requests by the level that the policy gave them.
  public var levels: [(level: AuditLevel, count: Int)] {
    let levels = counts.withLock { $0.levels }
    return AuditLevel.allCases.map { ($0, levels[$0.rawValue]) }
  }
  /// Events that were lost, by the plugin that lost them.
  public var errors: [(plugin: Plugin, count: Int)] {
    let errors = counts.withLock { $0.errors }
    return Plugin.allCases.compactMap { plugin in errors[plugin].map { (plugin, $0) } }
  }

  func countEvent() { counts.withLock { $0.events += 1 } }
  func count(level: AuditLevel) { counts.withLock { $0.levels[level.rawValue] += 1 } }
  func countRejected() { counts.withLock { $0.rejected += 1 } }
  func countLost(_ events: Int, by plugin: Plugin) {
    counts.withLock { $0.errors[plugin, default: 0] += events }
  }
}
