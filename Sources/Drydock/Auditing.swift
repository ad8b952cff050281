import Audit
import Logging
import Webhook

/// Puts the audit together that a configuration asks for.
enum Auditing {
  /// - Returns: nil where nothing is to be recorded.
  /// - Throws: what is wrong with a file, in one line.
  static func auditor(
    _ settings: DrydockConfiguration.Audit, logger: Logger
  ) throws(ConfigurationError) -> Auditor? {
    let logger = logger.of(.audit)
    guard let file = settings.policyFile else {
      if settings.logPath != nil || settings.webhookConfigFile != nil {
        logger.warning("no --audit-policy-file is given: nothing is recorded")
      }
      return nil
    }
    let policy: AuditPolicy
    do throws(AuditPolicyError) {
      policy = try AuditPolicy(yaml: try read(file))
    } catch {
      throw ConfigurationError("--audit-policy-file: \(file): \(error.description)")
    }
    let counters = AuditCounters()
    var sinks: [any AuditSink] = []
    if let path = settings.logPath {
      do throws(AuditPolicyError) {
        let destination = AuditLogDestination(
          try RotatingFile(path: path, limits: settings.logLimits), format: settings.logFormat,
          truncation: settings.logTruncation, isBatched: settings.logMode == .batch, counters: counters,
          logger: logger)
        sinks.append(sink(destination, settings.logMode, settings.logBatch, counters, logger))
      } catch {
        throw ConfigurationError("--audit-log-path: \(error.description)")
      }
    }
    if let path = settings.webhookConfigFile {
      do throws(WebhookConfigurationError) {
        let webhook = try GenericWebhook(
          try WebhookKubeconfig(path: path), backoff: RetryBackoff(attempts: 1))
        let destination = AuditWebhookDestination(
          webhook, backoff: settings.webhookBackoff, truncation: settings.webhookTruncation,
          counters: counters, logger: logger)
        sinks.append(sink(destination, settings.webhookMode, settings.webhookBatch, counters, logger))
      } catch {
        throw ConfigurationError("--audit-webhook-config-file: \(error.description)")
      }
    }
    return Auditor(policy: policy, sinks: sinks, counters: counters)
  }

  private static func read(_ file: String) throws(AuditPolicyError) -> [UInt8] {
    do throws(ConfigurationError) {
      return try Files.read(file, flag: "")
    } catch {
      throw AuditPolicyError(String(error.description.dropFirst(": \(file): ".count)))
    }
  }

  private static func sink(
    _ destination: any AuditDestination, _ mode: DrydockConfiguration.Audit.Mode,
    _ batch: BatchingAuditSink.Options, _ counters: AuditCounters, _ logger: Logger
  ) -> any AuditSink {
    switch mode {
    case .batch: BatchingAuditSink(destination, options: batch, counters: counters, logger: logger)
    case .blocking: BlockingAuditSink(destination, isStrict: false)
    case .blockingStrict: BlockingAuditSink(destination, isStrict: true)
    }
  }
}
