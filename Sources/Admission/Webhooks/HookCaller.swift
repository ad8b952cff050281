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
      guard let allowsDryRun = hook.allowsDryRun else { throw .call("Webhook SideEffects is nil") }
      guard allowsDryRun else {
        throw .refusal(
          .badRequest("admission webhook \(FieldError.quoted(hook.name)) does not support dry run"))
      }
    }
    guard let review = AdmissionReview(call, request, object: object, oldObject: oldObject) else {
      throw .call(
        "could not create admission objects: webhook does not accept known AdmissionReview versions "
          + "(v1, v1beta1)")
    }
    let config: WebhookClientConfig
    switch hook.client {
    case .success(let read): config = read
    case .failure(let error): throw .call("could not get REST client: \(error)")
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

  /// How often an answer that asks to be asked again is followed, as client-go does.
  private static let retryLimit = 10

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
      guard let wait = Self.retryDelay(response), retries < Self.retryLimit else {
        return try Self.document(response)
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

  private static func retryDelay(_ response: ClientResponse) -> Duration? {
    guard response.status == 429 || response.status >= 500,
      let seconds = Int64(response.headers.first(name: "Retry-After") ?? ""), seconds >= 0
    else { return nil }
    return .seconds(min(seconds, 3600))
  }

  /// The answer as an object.
  private static func document(_ response: ClientResponse) throws(HookFailure) -> Value {
    let type = response.headers.first(name: "Content-Type") ?? ""
    let media = String(type.prefix { $0 != ";" }).lowercased().filter { $0 != " " }
    let isStructured = ["", "application/json", "application/yaml"].contains(media)
    let isFailure = !(200...206).contains(response.status)
    if isFailure, !isStructured || response.body.isEmpty { throw failure(response, media) }
    guard isStructured else { throw .call("failed to call webhook: serializer for \(type) doesn't exist") }
    guard !response.body.isEmpty else {
      let shown = type.isEmpty ? "application/json" : type
      throw .call(
        "failed to call webhook: 0-length response with status code: \(response.status) and content type: "
          + shown)
    }
    let value: Value
    do {
      value =
        media == "application/yaml" ? try YAML.parse(response.body) : try JSON.parse(response.body)
    } catch {
      if isFailure { throw failure(response, media) }
      let text = (error as? JSON.SyntaxError)?.message ?? "\(error)"
      throw .call("failed to call webhook: couldn't get version/kind; json parse error: \(text)")
    }
    // A whole Status tells more than the code.
    if value["kind"]?.string == "Status", value["status"]?.string != "Success",
      let message = value["message"]?.string
    {
      throw .call("failed to call webhook: \(message)")
    }
    if isFailure { throw failure(response, media) }
    return value
  }

  /// An answer with a bad status, in the words of client-go.
  private static func failure(_ response: ClientResponse, _ media: String) -> HookFailure {
    let isText = media.isEmpty || media.hasPrefix("text/")
    let body = isText ? String(decoding: response.body.prefix(2048), as: UTF8.self) : "unknown"
    var told = body[...]
    while told.first?.isWhitespace == true { told.removeFirst() }
    while told.last?.isWhitespace == true { told.removeLast() }
    let text: String
    if let known = messages[response.status] {
      text = known
    } else if [403, 415].contains(response.status) {
      text = String(told)
    } else if response.status >= 500 {
      text =
        "an error on the server (\(FieldError.quoted(String(told)))) has prevented the request from succeeding"
    } else {
      text =
        "the server responded with the status code \(response.status) but did not return more information"
    }
    return .call("failed to call webhook: \(text)")
  }

  private static let messages = [
    400: "the server rejected our request for an unknown reason",
    401: "the server has asked for the client to provide credentials",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    406: "the server was unable to respond with a content type that the client supports",
    409: "the server reported a conflict",
    422: "the server rejected our request due to an error in our request",
    429: "the server has received too many requests and has asked us to try again later",
    503: "the server is currently unable to handle the request",
    504:
      "the server was unable to return a response in the time allotted, but may still be processing the request",
  ]
}
