import Logging
import Webhook

/// Posts events to a server, as an EventList a batch (`--audit-webhook-config-file`).
public struct AuditWebhookDestination: AuditDestination {
  public let plugin = AuditCounters.Plugin.webhook
  private let webhook: GenericWebhook
  private let backoff: RetryBackoff
  private let truncation: AuditTruncation?
  private let counters: AuditCounters
  private let logger: Logger

  /// - Parameters:
  ///   - webhook: one that tries once: here whatever fails is tried again, as the next attempt may do.
  ///   - backoff: how often, and after how long (`--audit-webhook-initial-backoff`).
  public init(
    _ webhook: GenericWebhook, backoff: RetryBackoff, truncation: AuditTruncation? = nil,
    counters: AuditCounters, logger: Logger
  ) {
    self.webhook = webhook
    self.backoff = backoff
    self.truncation = truncation
    self.counters = counters
    self.logger = logger
  }

  public func write(_ events: [AuditEvent]) async -> Bool {
    var isWritten = true
    var list = List()
    for event in events {
      guard let text = AuditTruncation.text(event, within: truncation, isListItem: true) else {
        counters.countLost(1, by: .truncate)
        isWritten = false
        continue
      }
      if list.count > 0, let truncation, list.body.count + text.count > truncation.maxBatchSize {
        isWritten = await post(&list) && isWritten
      }
      list.append(text)
    }
    return list.count > 0 ? await post(&list) && isWritten : isWritten
  }

  public func close() async { await webhook.shutdown() }

  /// The items of a list that is being put together.
  private struct List {
    var body: [UInt8] = []
    var count = 0

    mutating func append(_ item: [UInt8]) {
      body += count == 0 ? Self.head.utf8 : ",".utf8
      body += item
      count += 1
    }

    static let head = #"{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":["#
  }

  /// Posts the list and empties it.
  private func post(_ list: inout List) async -> Bool {
    let body = list.body + Array("]}".utf8)
    let count = list.count
    list = List()
    var failures = 0
    while true {
      do throws(WebhookError) {
        try await webhook.send(body)
        return true
      } catch {
        failures += 1
        if failures < backoff.attempts, !Task.isCancelled,
          (try? await Task.sleep(for: backoff.wait(afterFailures: failures))) != nil
        {
          continue
        }
        counters.countLost(count, by: .webhook)
        logger.error(
          "audit events lost", metadata: ["count": "\(count)", "error": "\(error.description)"])
        return false
      }
    }
  }
}
