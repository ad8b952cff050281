import HTTPService
import Logging
import NIOHTTP1
import Values

/// Posts events to a server, as an EventList a batch (`--audit-webhook-config-file`).
public struct AuditWebhookDestination: AuditDestination {
  /// How often and how long it is tried.
  public struct Retries: Sendable, Equatable {
    /// `--audit-webhook-initial-backoff`: the wait after the first failure.
    public var initialBackoff = Duration.seconds(10)
    /// By how much each wait is longer than the last.
    public var factor = 1.5
    /// The most by which a wait is lengthened at random, as a share of it.
    public var jitter = 0.2
    /// Attempts in all.
    public var attempts = 5

    public init() {}
  }

  public let plugin = AuditCounters.Plugin.webhook
  private let client: any HTTPRequesting
  private let url: String
  private let headers: HTTPHeaders
  private let retries: Retries
  private let truncation: AuditTruncation?
  private let counters: AuditCounters
  private let logger: Logger

  /// - Parameters:
  ///   - url: where the lists are posted.
  ///   - headers: besides the content type, such as credentials.
  public init(
    _ client: any HTTPRequesting, url: String, headers: HTTPHeaders = [:], retries: Retries = Retries(),
    truncation: AuditTruncation? = nil, counters: AuditCounters, logger: Logger
  ) {
    self.client = client
    self.url = url
    self.headers = headers
    self.retries = retries
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

  /// Posts the list and empties it. Whatever goes wrong is tried again: the next attempt may do.
  private func post(_ list: inout List) async -> Bool {
    var headers = headers
    headers.replaceOrAdd(name: "Content-Type", value: "application/json")
    let request = ClientRequest(.POST, url, headers: headers, body: list.body + Array("]}".utf8))
    let count = list.count
    list = List()
    var wait = retries.initialBackoff
    var problem = ""
    for attempt in 1...max(1, retries.attempts) {
      do throws(HTTPClientError) {
        let response = try await client.send(request)
        if (200..<300).contains(response.status) { return true }
        problem = "the server answered \(response.status)"
      } catch {
        problem = error.description
      }
      guard attempt < retries.attempts, !Task.isCancelled else { break }
      let longest = wait * (1 + Double.random(in: 0...max(0, retries.jitter)))
      do { try await Task.sleep(for: longest) } catch { break }
      wait = wait * retries.factor
    }
    counters.countLost(count, by: .webhook)
    logger.error("audit events lost", metadata: ["count": "\(count)", "error": "\(problem)"])
    return false
  }
}
