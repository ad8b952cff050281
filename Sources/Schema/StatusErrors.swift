import Values

/// The failures that the API machinery knows, each with the code, reason and words of the real server
/// (k8s.io/apimachinery/pkg/api/errors).
extension StatusError {
  public static func badRequest(_ message: String) -> StatusError {
    StatusError(code: 400, reason: "BadRequest", message: message)
  }

  public static let unauthorized = StatusError(code: 401, reason: "Unauthorized", message: "Unauthorized")

  /// 403 about a resource: `pods "x" is forbidden: …`; an empty name gives `pods is forbidden: …`.
  public static func forbidden(_ resource: GroupResource, _ name: String, _ text: String) -> StatusError {
    let subject = name.isEmpty ? resource.description : "\(resource) \(FieldError.quoted(name))"
    let message =
      resource.resource.isEmpty && resource.group.isEmpty
      ? "forbidden: \(text)" : "\(subject) is forbidden: \(text)"
    return StatusError(
      code: 403, reason: "Forbidden", message: message,
      details: Details(name: name, group: resource.group, kind: resource.resource))
  }

  public static func notFound(_ resource: GroupResource, _ name: String) -> StatusError {
    StatusError(
      code: 404, reason: "NotFound", message: "\(resource) \(FieldError.quoted(name)) not found",
      details: Details(name: name, group: resource.group, kind: resource.resource))
  }

  /// 404 where no such resource is served at all.
  public static let pathNotFound = StatusError(
    code: 404, reason: "NotFound", message: "the server could not find the requested resource",
    details: Details())

  public static let methodNotAllowed = StatusError(
    code: 405, reason: "MethodNotAllowed",
    message: "the server does not allow this method on the requested resource", details: Details())

  /// 405 about an action on a resource, such as `patch is not supported on resources of kind "pods/log"`.
  public static func methodNotSupported(_ resource: GroupResource, _ action: String) -> StatusError {
    StatusError(
      code: 405, reason: "MethodNotAllowed",
      message: "\(action) is not supported on resources of kind \(FieldError.quoted(resource.description))",
      details: Details(group: resource.group, kind: resource.resource))
  }

  public static func notAcceptable(_ accepted: [String]) -> StatusError {
    StatusError(
      code: 406, reason: "NotAcceptable",
      message: "only the following media types are accepted: \(accepted.joined(separator: ", "))")
  }

  public static func alreadyExists(_ resource: GroupResource, _ name: String) -> StatusError {
    StatusError(
      code: 409, reason: "AlreadyExists", message: "\(resource) \(FieldError.quoted(name)) already exists",
      details: Details(name: name, group: resource.group, kind: resource.resource))
  }

  public static func conflict(_ resource: GroupResource, _ name: String, _ text: String) -> StatusError {
    StatusError(
      code: 409, reason: "Conflict",
      message: "Operation cannot be fulfilled on \(resource) \(FieldError.quoted(name)): \(text)",
      details: Details(name: name, group: resource.group, kind: resource.resource))
  }

  /// 409 for a write that was based on an older version of the object.
  public static func modified(_ resource: GroupResource, _ name: String) -> StatusError {
    conflict(
      resource, name,
      "the object has been modified; please apply your changes to the latest version and try again")
  }

  public static func gone(_ message: String) -> StatusError {
    StatusError(code: 410, reason: "Gone", message: message)
  }

  /// 410 for a resourceVersion or continue token that is too old.
  public static func expired(_ message: String) -> StatusError {
    StatusError(code: 410, reason: "Expired", message: message)
  }

  public static func tooLarge(_ message: String) -> StatusError {
    StatusError(code: 413, reason: "RequestEntityTooLarge", message: message)
  }

  public static func unsupportedMediaType(_ message: String) -> StatusError {
    StatusError(code: 415, reason: "UnsupportedMediaType", message: message)
  }

  /// 422 with every finding as a cause. Findings of the same path and message are listed once.
  public static func invalid(_ kind: GroupKind, _ name: String, _ errors: [FieldError]) -> StatusError {
    var seen = Set<String>()
    let distinct = errors.filter { seen.insert($0.description).inserted }
    let texts = distinct.map(\.description)
    let list = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
    let message = "\(kind) \(FieldError.quoted(name)) is invalid"
    return StatusError(
      code: 422, reason: "Invalid", message: texts.isEmpty ? message : "\(message): \(list)",
      details: Details(
        name: name, group: kind.group, kind: kind.kind,
        causes: errors.map {
          Cause(reason: $0.kind.rawValue, message: $0.message, field: $0.path.description)
        }))
  }

  public static func tooManyRequests(_ message: String, retryAfterSeconds: Int) -> StatusError {
    StatusError(
      code: 429, reason: "TooManyRequests", message: message,
      details: Details(retryAfterSeconds: retryAfterSeconds))
  }

  /// 500 with the cause, as for an error that the real server did not expect.
  public static func internalError(_ text: String) -> StatusError {
    StatusError(
      code: 500, reason: "InternalError", message: "Internal error occurred: \(text)",
      details: Details(causes: [Cause(message: text)]))
  }

  /// 500 without a reason: how the real server answers with a bare Go error.
  public static func unexpected(_ message: String) -> StatusError {
    StatusError(code: 500, reason: "", message: message)
  }

  /// 503 for what can't be reached at the moment.
  public static func unavailable(_ message: String) -> StatusError {
    StatusError(code: 503, reason: "ServiceUnavailable", message: message)
  }

  public static func timeout(_ message: String) -> StatusError {
    StatusError(code: 504, reason: "Timeout", message: message, details: Details())
  }
}
