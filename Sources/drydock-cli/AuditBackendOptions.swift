import ArgumentParser
import Audit
import Drydock
import Values

/// What is different about the flags of one audit backend.
protocol AuditBackendFlags {
  /// Between `audit-` and the rest of a flag's name.
  static var plugin: String { get }
  static var mode: String { get }
  static var maxSize: Int { get }
  static var maxWait: String { get }
  static var isThrottled: Bool { get }
  static var throttleQPS: Double { get }
  static var throttleBurst: Int { get }
}

/// `--audit-log-…`
enum AuditLogFlags: AuditBackendFlags {
  static let plugin = "log"
  static let mode = "blocking"
  static let maxSize = 1
  static let maxWait = "0s"
  static let isThrottled = false
  static let throttleQPS = 0.0
  static let throttleBurst = 0
}

/// `--audit-webhook-…`
enum AuditWebhookFlags: AuditBackendFlags {
  static let plugin = "webhook"
  static let mode = "batch"
  static let maxSize = 400
  static let maxWait = "30s"
  static let isThrottled = true
  static let throttleQPS = 10.0
  static let throttleBurst = 15
}

/// The flags that every audit backend has, each with the backend's prefix: mode, batches and truncation.
struct AuditBackendOptions<Backend: AuditBackendFlags>: ParsableArguments {
  @Option(
    name: .customLong("audit-\(Backend.plugin)-version"), help: "The API version of events; there is one.")
  var version = AuditEventEncoder.apiVersion

  @Option(
    name: .customLong("audit-\(Backend.plugin)-mode"),
    help: "Whether requests wait until their events are delivered: batch, blocking or blocking-strict.")
  var mode = Backend.mode

  @Option(
    name: .customLong("audit-\(Backend.plugin)-batch-buffer-size"),
    help: "Events that may wait to be delivered, in mode batch.")
  var bufferSize = 10_000

  @Option(
    name: .customLong("audit-\(Backend.plugin)-batch-max-size"),
    help: "The most events that are delivered at once, in mode batch.")
  var maxSize = Backend.maxSize

  @Option(
    name: .customLong("audit-\(Backend.plugin)-batch-max-wait"),
    help: "How long events wait for the batch to be full, in mode batch, such as 1s.")
  var maxWait = Backend.maxWait

  @Option(
    name: .customLong("audit-\(Backend.plugin)-batch-throttle-enable"),
    help: "Whether batches are held back to their rate, in mode batch (true or false).")
  var isThrottled = Backend.isThrottled

  @Option(
    name: .customLong("audit-\(Backend.plugin)-batch-throttle-qps"), help: "Batches a second, in mode batch.")
  var throttleQPS = Backend.throttleQPS

  @Option(
    name: .customLong("audit-\(Backend.plugin)-batch-throttle-burst"),
    help: "Batches at once after a quiet time, in mode batch.")
  var throttleBurst = Backend.throttleBurst

  @Option(
    name: .customLong("audit-\(Backend.plugin)-truncate-enabled"),
    help: "Whether large events lose their objects (true or false).")
  var truncates = false

  @Option(
    name: .customLong("audit-\(Backend.plugin)-truncate-max-batch-size"),
    help: "The most bytes of events that are delivered at once.")
  var maxBatchBytes = 10_485_760

  @Option(
    name: .customLong("audit-\(Backend.plugin)-truncate-max-event-size"), help: "The most bytes of an event.")
  var maxEventBytes = 102_400

  /// Flags that may stand without a value.
  static var booleans: Set<String> {
    ["audit-\(Backend.plugin)-batch-throttle-enable", "audit-\(Backend.plugin)-truncate-enabled"]
  }

  func checkVersion() throws {
    guard version == AuditEventEncoder.apiVersion else {
      throw ValidationError(
        "--audit-\(Backend.plugin)-version: \(version) is not \(AuditEventEncoder.apiVersion)")
    }
  }

  func readMode() throws -> DrydockConfiguration.Audit.Mode {
    guard let mode = DrydockConfiguration.Audit.Mode(rawValue: mode) else {
      throw ValidationError(
        "invalid audit \(Backend.plugin) mode \(mode), allowed modes are \"batch,blocking,blocking-strict\"")
    }
    return mode
  }

  /// - Parameter defaults: what flags say nothing of.
  func batch(
    _ mode: DrydockConfiguration.Audit.Mode, _ defaults: BatchingAuditSink.Options
  ) throws -> BatchingAuditSink.Options {
    var options = defaults
    options.maxWait = try AuditFlags.duration("audit-\(Backend.plugin)-batch-max-wait", maxWait)
    guard mode == .batch else { return options }
    func positive(_ name: String, _ value: Double) throws {
      guard value > 0, value <= 10_000_000 else {
        throw ValidationError(
          "invalid audit batch \(Backend.plugin) \(name) \(value), must be a positive number")
      }
    }
    try positive("buffer size", Double(bufferSize))
    try positive("max batch size", Double(maxSize))
    options.bufferSize = bufferSize
    options.maxSize = maxSize
    options.throttleQPS = nil
    if isThrottled {
      try positive("throttle QPS", throttleQPS)
      try positive("throttle burst", Double(throttleBurst))
      options.throttleQPS = throttleQPS
      options.throttleBurst = throttleBurst
    }
    return options
  }

  func truncation() throws -> AuditTruncation? {
    guard maxEventBytes > 0 else {
      throw ValidationError(
        "invalid audit truncate \(Backend.plugin) max event size \(maxEventBytes), must be a positive number")
    }
    guard maxBatchBytes >= maxEventBytes else {
      throw ValidationError(
        "invalid audit truncate \(Backend.plugin) max batch size \(maxBatchBytes), must be greater than max "
          + "event size (\(maxEventBytes))")
    }
    guard truncates else { return nil }
    var truncation = AuditTruncation()
    truncation.maxEventSize = maxEventBytes
    truncation.maxBatchSize = maxBatchBytes
    return truncation
  }
}
