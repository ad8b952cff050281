import Audit
import Webhook

extension DrydockConfiguration {
  /// What is recorded of requests, and where to.
  public struct Audit: Sendable {
    /// Whether requests wait for their events to be written (`--audit-log-mode`, `--audit-webhook-mode`).
    public enum Mode: String, Sendable, CaseIterable {
      case batch, blocking
      case blockingStrict = "blocking-strict"
    }

    /// `--audit-policy-file`; without one nothing is recorded.
    public var policyFile: String?

    /// `--audit-log-path`: a file, or `-` for standard output; nil for no log.
    public var logPath: String?
    /// `--audit-log-format`.
    public var logFormat = AuditLogDestination.Format.json
    /// `--audit-log-mode`.
    public var logMode = Mode.blocking
    /// `--audit-log-batch-…`.
    public var logBatch: BatchingAuditSink.Options
    /// `--audit-log-maxsize`, `--audit-log-maxage`, `--audit-log-maxbackup`, `--audit-log-compress`.
    public var logLimits = RotatingFile.Limits()
    /// `--audit-log-truncate-…`; nil for no bound.
    public var logTruncation: AuditTruncation?

    /// `--audit-webhook-config-file`: a kubeconfig; nil for no webhook.
    public var webhookConfigFile: String?
    /// `--audit-webhook-mode`.
    public var webhookMode = Mode.batch
    /// `--audit-webhook-batch-…`.
    public var webhookBatch: BatchingAuditSink.Options
    /// `--audit-webhook-initial-backoff`.
    public var webhookBackoff = RetryBackoff(initial: .seconds(10))
    /// `--audit-webhook-truncate-…`; nil for no bound.
    public var webhookTruncation: AuditTruncation?

    public init() {
      logBatch = BatchingAuditSink.Options()
      logBatch.maxSize = 1
      logBatch.maxWait = .zero
      webhookBatch = BatchingAuditSink.Options()
      webhookBatch.throttleQPS = 10
      webhookBatch.concurrency = 4
    }
  }
}
