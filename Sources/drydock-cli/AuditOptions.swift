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

  @Option(help: "The API version of events in the log; there is one.")
  var auditLogVersion = AuditEventEncoder.apiVersion

  @Option(help: "Whether requests wait until their events are written: blocking, blocking-strict or batch.")
  var auditLogMode = "blocking"

  @Option(help: "The size in megabytes at which the log file is put aside.")
  var auditLogMaxsize: Int64 = 100

  @Option(help: "The days that old log files are kept; 0 for no limit.")
  var auditLogMaxage = 366

  @Option(help: "The number of old log files that are kept; 0 for no limit.")
  var auditLogMaxbackup = 100

  @Option(help: "Whether old log files are compressed with gzip (true or false).")
  var auditLogCompress = false

  @Option(help: "Events that may wait to be written to the log, in mode batch.")
  var auditLogBatchBufferSize = 10_000

  @Option(help: "The most events that are written to the log at once, in mode batch.")
  var auditLogBatchMaxSize = 1

  @Option(help: "How long events wait for the batch to be full, in mode batch, such as 1s.")
  var auditLogBatchMaxWait = "0s"

  @Option(help: "Whether batches are held back to their rate, in mode batch (true or false).")
  var auditLogBatchThrottleEnable = false

  @Option(help: "Batches a second, in mode batch.")
  var auditLogBatchThrottleQps: Double = 0

  @Option(help: "Batches at once after a quiet time, in mode batch.")
  var auditLogBatchThrottleBurst = 0

  @Option(help: "Whether large events lose their objects (true or false).")
  var auditLogTruncateEnabled = false

  @Option(help: "The most bytes of a batch for the log.")
  var auditLogTruncateMaxBatchSize = 10_485_760

  @Option(help: "The most bytes of an event in the log.")
  var auditLogTruncateMaxEventSize = 102_400

  @Option(help: "The kubeconfig of the server to which audit events are posted.")
  var auditWebhookConfigFile: String?

  @Option(help: "The API version of events that are posted; there is one.")
  var auditWebhookVersion = AuditEventEncoder.apiVersion

  @Option(help: "Whether requests wait until their events are posted: batch, blocking or blocking-strict.")
  var auditWebhookMode = "batch"

  @Option(help: "The wait before a failed post is tried again.")
  var auditWebhookInitialBackoff = "10s"

  @Option(help: "Events that may wait to be posted, in mode batch.")
  var auditWebhookBatchBufferSize = 10_000

  @Option(help: "The most events that are posted at once, in mode batch.")
  var auditWebhookBatchMaxSize = 400

  @Option(help: "How long events wait for the batch to be full, in mode batch.")
  var auditWebhookBatchMaxWait = "30s"

  @Option(help: "Whether posts are held back to their rate, in mode batch (true or false).")
  var auditWebhookBatchThrottleEnable = true

  @Option(help: "Posts a second, in mode batch.")
  var auditWebhookBatchThrottleQps: Double = 10

  @Option(help: "Posts at once after a quiet time, in mode batch.")
  var auditWebhookBatchThrottleBurst = 15

  @Option(help: "Whether large events lose their objects before they are posted (true or false).")
  var auditWebhookTruncateEnabled = false

  @Option(help: "The most bytes of events that are posted at once.")
  var auditWebhookTruncateMaxBatchSize = 10_485_760

  @Option(help: "The most bytes of an event that is posted.")
  var auditWebhookTruncateMaxEventSize = 102_400

  /// Flags that may stand without a value.
  static let booleans: Set = [
    "audit-log-batch-throttle-enable", "audit-log-compress", "audit-log-truncate-enabled",
    "audit-webhook-batch-throttle-enable", "audit-webhook-truncate-enabled",
  ]

  func apply(to settings: inout DrydockConfiguration) throws {
    var audit = DrydockConfiguration.Audit()
    audit.policyFile = auditPolicyFile
    for (flag, version) in [("log", auditLogVersion), ("webhook", auditWebhookVersion)]
    where version != AuditEventEncoder.apiVersion {
      throw ValidationError("--audit-\(flag)-version: \(version) is not \(AuditEventEncoder.apiVersion)")
    }
    audit.logPath = auditLogPath.flatMap { $0.isEmpty ? nil : $0 }
    guard let format = AuditLogDestination.Format(rawValue: auditLogFormat) else {
      throw ValidationError("--audit-log-format: \(auditLogFormat) is neither json nor legacy")
    }
    audit.logFormat = format
    audit.logMode = try Self.mode("log", auditLogMode)
    audit.logBatch = try Self.batch(
      "log", audit.logMode, size: auditLogBatchBufferSize, maxSize: auditLogBatchMaxSize,
      wait: auditLogBatchMaxWait,
      throttle: auditLogBatchThrottleEnable ? (auditLogBatchThrottleQps, auditLogBatchThrottleBurst) : nil,
      audit.logBatch)
    audit.logLimits = try limits()
    audit.logTruncation = try Self.truncation(
      "log", auditLogTruncateEnabled, event: auditLogTruncateMaxEventSize, batch: auditLogTruncateMaxBatchSize
    )
    audit.webhookConfigFile = auditWebhookConfigFile.flatMap { $0.isEmpty ? nil : $0 }
    audit.webhookMode = try Self.mode("webhook", auditWebhookMode)
    audit.webhookBatch = try Self.batch(
      "webhook", audit.webhookMode, size: auditWebhookBatchBufferSize, maxSize: auditWebhookBatchMaxSize,
      wait: auditWebhookBatchMaxWait,
      throttle: auditWebhookBatchThrottleEnable
        ? (auditWebhookBatchThrottleQps, auditWebhookBatchThrottleBurst) : nil, audit.webhookBatch)
    audit.webhookBackoff.initial = try Self.duration(
      "audit-webhook-initial-backoff", auditWebhookInitialBackoff)
    audit.webhookTruncation = try Self.truncation(
      "webhook", auditWebhookTruncateEnabled, event: auditWebhookTruncateMaxEventSize,
      batch: auditWebhookTruncateMaxBatchSize)
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

  private static func mode(_ plugin: String, _ text: String) throws -> DrydockConfiguration.Audit.Mode {
    guard let mode = DrydockConfiguration.Audit.Mode(rawValue: text) else {
      throw ValidationError(
        "invalid audit \(plugin) mode \(text), allowed modes are \"batch,blocking,blocking-strict\"")
    }
    return mode
  }

  private static func batch(
    _ plugin: String, _ mode: DrydockConfiguration.Audit.Mode, size: Int, maxSize: Int, wait: String,
    throttle: (qps: Double, burst: Int)?, _ defaults: BatchingAuditSink.Options
  ) throws -> BatchingAuditSink.Options {
    var options = defaults
    options.maxWait = try duration("audit-\(plugin)-batch-max-wait", wait)
    guard mode == .batch else { return options }
    func positive(_ name: String, _ value: Double) throws {
      guard value > 0, value <= 10_000_000 else {
        throw ValidationError(
          "invalid audit batch \(plugin) \(name) \(value), must be a positive number")
      }
    }
    try positive("buffer size", Double(size))
    try positive("max batch size", Double(maxSize))
    options.bufferSize = size
    options.maxSize = maxSize
    options.throttleQPS = nil
    if let throttle {
      try positive("throttle QPS", throttle.qps)
      try positive("throttle burst", Double(throttle.burst))
      options.throttleQPS = throttle.qps
      options.throttleBurst = throttle.burst
    }
    return options
  }

  private static func truncation(
    _ plugin: String, _ isEnabled: Bool, event: Int, batch: Int
  ) throws -> AuditTruncation? {
    guard event > 0 else {
      throw ValidationError(
        "invalid audit truncate \(plugin) max event size \(event), must be a positive number")
    }
    guard batch >= event else {
      throw ValidationError(
        "invalid audit truncate \(plugin) max batch size \(batch), must be greater than max event size "
          + "(\(event))")
    }
    guard isEnabled else { return nil }
    var truncation = AuditTruncation()
    truncation.maxEventSize = event
    truncation.maxBatchSize = batch
    return truncation
  }

  private static func duration(_ flag: String, _ text: String) throws -> Duration {
    guard let duration = try? Values.GoDuration.parse(text), duration >= .zero else {
      throw ValidationError("--\(flag): \(text) is no duration such as 10s")
    }
    return duration
  }
}
