import ArgumentParser
import Audit
import Drydock
import Values

/// Flags about what is recorded of requests.
struct AuditOptions: ParsableArguments {
  @Option(help: "The audit policy: which requests are recorded, and how much of them.")
  var auditPolicyFile: String?

  @Option(help: "The file to which audit events are written, or - for standard output.")
  var auditLogPath: String?

  @Option(help: "The form of an event in the log: json or legacy.")
  var auditLogFormat = "json"

  @Option(help: "The size in megabytes at which the log file is put aside.")
  var auditLogMaxsize: Int64 = 100

  @Option(help: "The days that old log files are kept; 0 for no limit.")
  var auditLogMaxage = 366

  @Option(help: "The number of old log files that are kept; 0 for no limit.")
  var auditLogMaxbackup = 100

  @Option(help: "Whether old log files are compressed with gzip (true or false).")
  var auditLogCompress = false

  @OptionGroup var log: AuditBackendOptions<AuditLogFlags>

  @Option(help: "The kubeconfig of the server to which audit events are posted.")
  var auditWebhookConfigFile: String?

  @Option(help: "The wait before a failed post is tried again.")
  var auditWebhookInitialBackoff = "10s"

  @OptionGroup var webhook: AuditBackendOptions<AuditWebhookFlags>

  /// Flags that may stand without a value.
  static let booleans = AuditBackendOptions<AuditLogFlags>.booleans
    .union(AuditBackendOptions<AuditWebhookFlags>.booleans).union(["audit-log-compress"])

  func apply(to settings: inout DrydockConfiguration) throws {
    var audit = DrydockConfiguration.Audit()
    audit.policyFile = auditPolicyFile
    audit.logPath = auditLogPath.flatMap { $0.isEmpty ? nil : $0 }
    guard let format = AuditLogDestination.Format(rawValue: auditLogFormat) else {
      throw ValidationError("--audit-log-format: \(auditLogFormat) is neither json nor legacy")
    }
    audit.logFormat = format
    audit.logLimits = try limits()
    try log.checkVersion()
    audit.logMode = try log.readMode()
    audit.logBatch = try log.batch(audit.logMode, audit.logBatch)
    audit.logTruncation = try log.truncation()
    audit.webhookConfigFile = auditWebhookConfigFile.flatMap { $0.isEmpty ? nil : $0 }
    audit.webhookBackoff.initial = try AuditFlags.duration(
      "audit-webhook-initial-backoff", auditWebhookInitialBackoff)
    try webhook.checkVersion()
    audit.webhookMode = try webhook.readMode()
    audit.webhookBatch = try webhook.batch(audit.webhookMode, audit.webhookBatch)
    audit.webhookTruncation = try webhook.truncation()
    settings.audit = audit
  }

  private func limits() throws -> RotatingFile.Limits {
    guard (0...1_000_000).contains(auditLogMaxsize), (0...100_000).contains(auditLogMaxage),
      (0...1_000_000).contains(auditLogMaxbackup)
    else {
      throw ValidationError(
        "--audit-log-maxsize, --audit-log-maxage and --audit-log-maxbackup can't be negative, nor that large")
    }
    var limits = RotatingFile.Limits()
    // As in the real server, 0 stands for the default.
    limits.size = (auditLogMaxsize == 0 ? 100 : auditLogMaxsize) << 20
    limits.days = auditLogMaxage
    limits.backups = auditLogMaxbackup
    limits.compresses = auditLogCompress
    return limits
  }
}

/// What the flags of all audit backends have in common.
enum AuditFlags {
  static func duration(_ flag: String, _ text: String) throws -> Duration {
    guard let duration = try? GoDuration.parse(text), duration >= .zero else {
      throw ValidationError("--\(flag): \(text) is no duration such as 10s")
    }
    return duration
  }
}
