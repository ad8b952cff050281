import HTTPService
import NIOHTTP1
import Schema
import Security
import Values

/// Calls a webhook: POSTs JSON to it and reads its answer, and tries again after failures that pass
/// (k8s.io/apiserver/pkg/util/webhook).
public final class GenericWebhook: Sendable {
  /// Where requests go, with the time limit that client-go adds as a query.
  public let url: String
  private let client: any HTTPRequesting
  private let ownClient: HTTPClient?
  private let credential: WebhookCredential?
  private let backoff: RetryBackoff
  private let timeout: Duration
  private let maximumResponseBytes: Int
  private let sleep: @Sendable (Duration) async -> Void

  /// - Parameters:
  ///   - timeout: of one try.
  ///   - maximumResponseBytes: a longer answer is an error.
  /// - Throws: when the address or a certificate can't be used.
  public convenience init(
    _ kubeconfig: WebhookKubeconfig, backoff: RetryBackoff = RetryBackoff(), timeout: Duration = .seconds(30),
    maximumResponseBytes: Int = 3 << 20
  ) throws(WebhookConfigurationError) {
    let client: HTTPClient
    do throws(SecurityError) {
      var options = HTTPClientOptions()
      options.redirectLimit = 10
      client = try HTTPClient(tls: kubeconfig.tls, options: options)
    } catch {
      throw WebhookConfigurationError(error.description)
    }
    try self.init(
      client: client, kubeconfig: kubeconfig, backoff: backoff, timeout: timeout,
      maximumResponseBytes: maximumResponseBytes)
  }

  /// A webhook that is called through a given client.
  ///
  /// - Parameter sleep: waits before the next try.
  public init(
    client: any HTTPRequesting, kubeconfig: WebhookKubeconfig, backoff: RetryBackoff = RetryBackoff(),
    timeout: Duration = .seconds(30), maximumResponseBytes: Int = 3 << 20,
    sleep: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
  ) throws(WebhookConfigurationError) {
    url = try WebhookAddress.url(kubeconfig, timeout: timeout)
    self.client = client
    ownClient = client as? HTTPClient
    credential = kubeconfig.credential
    self.backoff = backoff
    self.timeout = timeout
    self.maximumResponseBytes = maximumResponseBytes
    self.sleep = sleep
  }

  /// Closes the connections.
  public func shutdown() async { await ownClient?.shutdown() }

  // MARK: Calls

  /// Sends a review and reads the answer, which must be of the same version and kind; fields of wrong types
  /// are an error, unknown ones are left out.
  ///
  /// - Parameters:
  ///   - object: with `apiVersion` and `kind`.
  ///   - limit: for all tries together.
  public func review(_ object: Value, within limit: Duration = .seconds(60)) async throws(WebhookError)
    -> Value
  {
    let version = GroupVersion(apiVersion: object["apiVersion"]?.string ?? "")
    let expected = (version ?? GroupVersion(group: "", version: "")).kind(object["kind"]?.string ?? "")
    let body = JSON.encode(object)
    return try await retrying(within: limit) { (remaining) async throws(WebhookError) in
      try WebhookResponse.object(try await self.post(body, within: remaining), expected)
    }
  }

  /// Sends a document for which any success is an answer, as audit events.
  public func send(_ body: [UInt8], within limit: Duration = .seconds(60)) async throws(WebhookError) {
    try await retrying(within: limit) { (remaining) async throws(WebhookError) in
      _ = try await self.post(body, within: remaining)
    }
  }

  // MARK: Tries

  private func retrying<R: Sendable>(
    within limit: Duration, _ call: (Duration) async throws(WebhookError) -> R
  ) async throws(WebhookError) -> R {
    let end = ContinuousClock.now + limit
    var failures = 0
    while true {
      do throws(WebhookError) {
        return try await call(end - ContinuousClock.now)
      } catch {
        failures += 1
        let wait = backoff.wait(afterFailures: failures)
        guard error.isTransient, failures < backoff.attempts, !Task.isCancelled,
          ContinuousClock.now + wait < end
        else { throw error }
        await sleep(wait)
      }
    }
  }

  /// One POST, sent again for as long as its answers name a time to wait for.
  private func post(_ body: [UInt8], within limit: Duration) async throws(WebhookError) -> ClientResponse {
    let end = ContinuousClock.now + limit
    var retries = 0
    while true {
      let response = try await once(body, within: min(timeout, end - ContinuousClock.now))
      guard let failure = WebhookResponse.failure(response) else { return response }
      guard retries < WebhookResponse.maximumRetries, let wait = WebhookResponse.wait(response),
        !Task.isCancelled, ContinuousClock.now + wait < end
      else { throw failure }
      retries += 1
      await sleep(wait)
    }
  }

  private func once(_ body: [UInt8], within limit: Duration) async throws(WebhookError) -> ClientResponse {
    var headers: HTTPHeaders = [
      "Accept": "application/json, */*", "Content-Type": "application/json", "User-Agent": "drydock",
    ]
    if let credential { headers.add(name: "Authorization", value: credential.header) }
    do throws(HTTPClientError) {
      return try await client.send(
        ClientRequest(
          .POST, url, headers: headers, body: body, timeout: limit,
          maximumResponseBytes: maximumResponseBytes))
    } catch {
      throw WebhookError(error)
    }
  }
}
