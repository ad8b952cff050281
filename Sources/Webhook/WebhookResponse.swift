import HTTPService
import NIOHTTP1
import Schema
import Values

/// Reads what a server answered to a POST, as client-go does (k8s.io/client-go/rest Request).
public enum WebhookResponse {
  /// More of an answer is not shown in an error message.
  private static let shownBytes = 2048

  /// How often a request is sent again because its answer named a time to wait for.
  public static let maximumRetries = 10

  /// How long to wait before a request is sent again; nil where its answer doesn't ask for that: 429 and failures
  /// of the server with `Retry-After` in whole seconds.
  public static func wait(_ response: ClientResponse) -> Duration? {
    guard response.status == 429 || response.status >= 500, let seconds = retryAfter(response) else {
      return nil
    }
    return .seconds(min(max(0, seconds), 3600))
  }

  /// The document in a successful answer, JSON or YAML, whatever its type.
  /// - Throws: the failure that the answer tells of, or why it is no document.
  public static func document(_ response: ClientResponse) throws(WebhookError) -> Value {
    if let failure = failure(response) { throw failure }
    let type = response.headers.first(name: "Content-Type") ?? ""
    let media = String(type.prefix { $0 != ";" }).lowercased().filter { $0 != " " }
    guard media.isEmpty || media == "application/json" || media == "application/yaml" else {
      throw WebhookError(.unreadable, "serializer for \(type) doesn't exist")
    }
    guard !response.body.isEmpty else {
      let shown = type.isEmpty ? "application/json" : type
      throw WebhookError(
        .unreadable, "0-length response with status code: \(response.status) and content type: \(shown)")
    }
    let value = try parsed(response.body, isYAML: media == "application/yaml")
    if let own = status(value) { throw WebhookError(own) }
    return value
  }

  private static func parsed(_ body: [UInt8], isYAML: Bool) throws(WebhookError) -> Value {
    do {
      return isYAML ? try YAML.parse(body) : try JSON.parse(body)
    } catch {
      let text =
        (error as? JSON.SyntaxError)?.message ?? (error as? YAML.SyntaxError)?.message ?? "\(error)"
      throw WebhookError(.unreadable, "couldn't get version/kind; json parse error: \(text)")
    }
  }

  /// The failure that an answer tells of; nil for a success.
  static func failure(_ response: ClientResponse) -> WebhookError? {
    guard !(200...206).contains(response.status) else { return nil }
    if let own = status(in: response.body) { return WebhookError(own) }
    return WebhookError(unstructured(response))
  }

  /// The object in a successful answer.
  ///
  /// - Parameter expected: the type that was asked for; an answer that doesn't say its type is taken for it.
  static func object(
    _ response: ClientResponse, _ expected: GroupVersionKind
  ) throws(WebhookError) -> Value {
    let value = try document(response)
    try check(value, expected)
    guard let type = type(expected) else { return value }
    do throws(DecodeError) {
      return try TypedDecoder.decode(value, as: type).value
    } catch {
      throw WebhookError(.unreadable, error.message)
    }
  }

  /// Whether an answer is of the version and kind that was asked for.
  private static func check(_ value: Value, _ expected: GroupVersionKind) throws(WebhookError) {
    let version = value["apiVersion"]?.string ?? ""
    let kind = value["kind"]?.string ?? ""
    let apiVersion = expected.apiVersion
    guard (kind.isEmpty || kind == expected.kind) && (version.isEmpty || version == apiVersion) else {
      let group = expected.group + "/"
      if kind == expected.kind, version.hasPrefix(group) {
        let given = version.dropFirst(group.count)
        if ["v1", "v1beta1"].contains(given) {
          throw WebhookError(
            .unreadable,
            "converting (\(given).\(kind)) to (\(expected.version).\(kind)): unknown conversion")
        }
      }
      throw WebhookError(
        .unreadable,
        "no kind \(GoText.quoted(kind)) is registered for version \(GoText.quoted(version))")
    }
  }

  /// The fields of the expected type. The beta versions of reviews have those of v1.
  private static func type(_ kind: GroupVersionKind) -> ObjectType? {
    if let type = TypeTable.builtIn.type(of: kind) { return type }
    return TypeTable.builtIn.type(of: GroupVersionKind(group: kind.group, version: "v1", kind: kind.kind))
  }

  // MARK: Failures

  private static func status(in body: [UInt8]) -> StatusError? {
    guard !body.isEmpty, let value = try? JSON.parse(body) else { return nil }
    return status(value)
  }

  /// The failure in a Status object; nil for anything else.
  private static func status(_ value: Value) -> StatusError? {
    guard value["kind"]?.string == "Status", ["v1", ""].contains(value["apiVersion"]?.string ?? ""),
      value["status"]?.string == "Failure"
    else { return nil }
    var error = StatusError(
      code: Int(clamping: value["code"]?.int ?? 0), reason: value["reason"]?.string ?? "",
      message: value["message"]?.string ?? "")
    if let seconds = value["details"]?["retryAfterSeconds"]?.int {
      error.details = .init(retryAfterSeconds: Int(clamping: seconds))
    }
    return error
  }

  /// What is made of an HTTP status code alone (k8s.io/apimachinery/pkg/api/errors NewGenericServerResponse).
  private static func unstructured(_ response: ClientResponse) -> StatusError {
    let code = response.status
    let shown = isText(response) ? trimmed(response.body.prefix(shownBytes)) : "unknown"
    let (reason, message) = known(code, shown)
    var details = StatusError.Details()
    details.retryAfterSeconds = retryAfter(response) ?? 0
    return StatusError(code: code, reason: reason, message: message, details: details)
  }

  private static func known(_ code: Int, _ shown: String) -> (reason: String, message: String) {
    switch code {
    case 400: ("BadRequest", "the server rejected our request for an unknown reason")
    case 401: ("Unauthorized", "the server has asked for the client to provide credentials")
    case 403: ("Forbidden", shown)
    case 404: ("NotFound", "the server could not find the requested resource")
    case 405: ("MethodNotAllowed", "the server does not allow this method on the requested resource")
    case 406:
      (
        "NotAcceptable",
        shown.isEmpty || shown == "unknown"
          ? "the server was unable to respond with a content type that the client supports" : shown
      )
    case 409: ("AlreadyExists", "the server reported a conflict")
    case 415: ("UnsupportedMediaType", shown)
    case 422: ("Invalid", "the server rejected our request due to an error in our request")
    case 429:
      (
        "TooManyRequests",
        "the server has received too many requests and has asked us to try again later"
      )
    case 503: ("ServiceUnavailable", "the server is currently unable to handle the request")
    case 504:
      (
        "Timeout",
        "the server was unable to return a response in the time allotted, but may still be processing the request"
      )
    case 500...:
      (
        "InternalError",
        "an error on the server (\(GoText.quoted(shown))) has prevented the request from succeeding"
      )
    default:
      ("", "the server responded with the status code \(code) but did not return more information")
    }
  }

  /// The seconds that the server asks to wait for; nil when it doesn't.
  static func retryAfter(_ response: ClientResponse) -> Int? {
    response.headers.first(name: "Retry-After").flatMap { Int($0) }
  }

  private static func isText(_ response: ClientResponse) -> Bool {
    guard let type = response.headers.first(name: "Content-Type"), !type.isEmpty else { return true }
    return type.lowercased().hasPrefix("text/")
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    let start = bytes.drop(while: isSpace)
    let end = start.lastIndex { !isSpace($0) } ?? start.startIndex - 1
    return String(decoding: start[..<(end + 1)], as: UTF8.self)
  }
}
