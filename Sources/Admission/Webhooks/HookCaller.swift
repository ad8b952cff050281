import HTTPService
import Schema
import Tracing
import Values
import Webhook

/// Asks one webhook about one request.
struct HookCaller: Sendable {
  let clients: any WebhookClients
  let services: ServiceResolver

  /// - Parameters:
  ///   - object: in the kind that the webhook sees.
  ///   - oldObject: likewise.
  ///   - mayPatch: false for validating webhooks.
  /// - Throws: why there is no answer, or why the webhook must not be asked.
  func ask(
    _ call: HookCall, _ request: AdmissionRequest, object: Value?, oldObject: Value?, mayPatch: Bool
  ) async throws(HookFailure) -> AdmissionAnswer {
    let hook = call.hook
    if request.isDryRun {
      guard let allowsDryRun = hook.allowsDryRun else { throw .call("Webhook SideEffects is nil", code: 400) }
      guard allowsDryRun else {
        throw .refusal(
          .badRequest("admission webhook \(FieldError.quoted(hook.name)) does not support dry run"))
      }
    }
    guard let review = AdmissionReview(call, request, object: object, oldObject: oldObject) else {
      throw .call(
        "could not create admission objects: webhook does not accept known AdmissionReview versions "
          + "(v1, v1beta1)", code: 400)
    }
    let config: WebhookClientConfig
    switch hook.client {
    case .success(let read): config = read
    case .failure(let error): throw .call("could not get REST client: \(error)", code: 400)
    }
    let document = try await RequestTrace.span(
      mayPatch ? "Call mutating webhook" : "Call validating webhook",
      mayPatch ? .mutatingWebhook : .validatingWebhook,
      attributes: [
        ("configuration", .string(hook.configuration)), ("webhook", .string(hook.name)),
        ("resource", .string(request.resource.resource)), ("subresource", .string(request.subresource)),
        ("operation", .string(request.operation.rawValue)),
      ]
    ) { () throws(HookFailure) in
      try await send(review, config, timeout: Self.timeout(hook, request))
    }
    do throws(AdmissionAnswer.Failure) {
      return try AdmissionAnswer(document, to: review, mayPatch: mayPatch)
    } catch {
      throw .call(
        error.isInvalid
          ? "received invalid webhook response: \(error.text)" : "failed to call webhook: \(error.text)")
    }
  }

  /// How long the answer may take: what the webhook asks for, within what is left of the request's time.
  private static func timeout(_ hook: AdmissionHook, _ request: AdmissionRequest) -> Duration {
    let own = Duration.seconds(hook.timeoutSeconds)
    guard let deadline = request.deadline else { return own }
    return max(.milliseconds(1), min(own, ContinuousClock.now.duration(to: deadline)))
  }

  // MARK: - Over the wire

  private func send(
    _ review: AdmissionReview, _ config: WebhookClientConfig, timeout: Duration
  ) async throws(HookFailure) -> Value {
    let parts = timeout.components
    let seconds = parts.attoseconds > 0 ? parts.seconds + 1 : parts.seconds
    let url = "\(config.url)?timeout=\(seconds)s"
    let end = ContinuousClock.now.advanced(by: timeout)
    var retries = 0
    while true {
      var request = ClientRequest(
        .POST, url,
        headers: [
          "Accept": "application/json, */*", "Content-Type": "application/json",
          "User-Agent": "kube-apiserver-admission",
        ], body: JSON.encode(review.value),
        timeout: max(.milliseconds(1), ContinuousClock.now.duration(to: end)))
      if let service = config.service { request.connectTo = try address(service, url) }
      let response: ClientResponse
      do throws(HTTPClientError) {
        response = try await clients.client(for: config).send(clients.authorized(request, config))
      } catch {
        throw .call("failed to call webhook: \(error.description)")
      }
      guard let wait = WebhookResponse.wait(response), retries < WebhookResponse.maximumRetries else {
        do throws(WebhookError) { return try WebhookResponse.document(response) } catch {
          throw .call(
            "failed to call webhook: \(error)",
            code: (200...206).contains(response.status) ? 503 : response.status)
        }
      }
      retries += 1
      guard ContinuousClock.now.advanced(by: wait) < end else {
        throw .call("failed to call webhook: context deadline exceeded")
      }
      do { try await Task.sleep(for: wait) } catch {
        throw .call("failed to call webhook: context canceled")
      }
    }
  }

  private func address(
    _ service: WebhookClientConfig.Service, _ url: String
  ) throws(HookFailure) -> HTTPAddress {
    do throws(ServiceResolver.Failure) {
      return try services.resolve(namespace: service.namespace, name: service.name, port: service.port)
    } catch {
      throw .call("failed to call webhook: Post \(FieldError.quoted(url)): \(error)")
    }
  }
}
