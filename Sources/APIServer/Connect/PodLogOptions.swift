import Schema
import Values

/// The options of `pods/log` (core/v1 PodLogOptions).
struct PodLogOptions: Sendable, Equatable {
  var container = ""
  var follows = false
  var isPrevious = false
  var hasTimestamps = false
  var since: Timestamp?
  var tailLines: Int64?
  var limitBytes: Int64?

  init() {}

  /// Reads the query.
  /// - Throws: 400 for what can't be read, 422 for what may not be.
  init(_ context: RequestContext) throws(StatusError) {
    container = context.query("container") ?? ""
    follows = QueryValues.bool(context.query("follow")) ?? false
    isPrevious = QueryValues.bool(context.query("previous")) ?? false
    hasTimestamps = QueryValues.bool(context.query("timestamps")) ?? false
    tailLines = try QueryValues.integer(context.query("tailLines"))
    limitBytes = try QueryValues.integer(context.query("limitBytes"))
    let seconds = try QueryValues.integer(context.query("sinceSeconds"))
    if let text = context.query("sinceTime"), !text.isEmpty {
      guard let time = Timestamp(rfc3339: text) else {
        throw .badRequest(
          "parsing time \(FieldError.quoted(text)) as \"2006-01-02T15:04:05Z07:00\": cannot parse "
            + "\(FieldError.quoted(text)) as \"2006\"")
      }
      since = time
    }
    var errors: [FieldError] = []
    if let tailLines, tailLines < 0 {
      errors.append(.invalid("tailLines", .int(tailLines), "must be greater than or equal to 0"))
    }
    if let limitBytes, limitBytes < 1 {
      errors.append(.invalid("limitBytes", .int(limitBytes), "must be greater than 0"))
    }
    if seconds != nil, since != nil {
      errors.append(.forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
    } else if let seconds {
      if seconds < 1 {
        errors.append(.invalid("sinceSeconds", .int(seconds), "must be greater than 0"))
      } else {
        since = Timestamp.now.adding(seconds: -seconds)
      }
    }
    guard errors.isEmpty else {
      throw .invalid(GroupKind(group: "", kind: "PodLogOptions"), context.info.name, errors)
    }
  }
}
