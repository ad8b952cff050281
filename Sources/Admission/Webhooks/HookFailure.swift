import Schema
import Values

/// Why a webhook's answer ends a request, or could not be had.
enum HookFailure: Error, Sendable {
  /// There is no usable answer: `failurePolicy` decides. The code is for metrics.
  case call(String, code: Int = 503)
  /// The webhook can't be asked for this request, or its changes can't be made: no policy helps.
  case refusal(StatusError)
  /// The webhook denied the request.
  case denial(StatusError)

  /// A call's failure as the request's: `failed calling webhook "x": …`.
  static func status(hook: String, _ reason: String) -> StatusError {
    .internalError("failed calling webhook \(FieldError.quoted(hook)): \(reason)")
  }

  /// A denial in the words of the webhook.
  /// - Parameter status: the metav1.Status that it gave, if any.
  static func denial(hook: String, _ status: Value?) -> StatusError {
    let denied = "admission webhook \(FieldError.quoted(hook)) denied the request"
    let reason = status?["reason"]?.string ?? ""
    let message = status?["message"]?.string ?? ""
    let told = message.isEmpty ? reason : message
    var error = StatusError(
      code: max(400, Int(clamping: status?["code"]?.int ?? 0)), reason: reason,
      message: told.isEmpty ? "\(denied) without explanation" : "\(denied): \(told)")
    // What is no status of HTTP can't be sent.
    if error.code > 999 { error.code = 500 }
    if let details = status?["details"], details.object != nil {
      error.details = StatusError.Details(
        name: details["name"]?.string ?? "", group: details["group"]?.string ?? "",
        kind: details["kind"]?.string ?? "", uid: details["uid"]?.string ?? "",
        causes: (details["causes"]?.array ?? []).map {
          .init(
            reason: $0["reason"]?.string ?? "", message: $0["message"]?.string ?? "",
            field: $0["field"]?.string ?? "")
        }, retryAfterSeconds: Int(clamping: details["retryAfterSeconds"]?.int ?? 0))
    }
    return error
  }
}
