import Schema
import Values

/// metav1.ListOptions: what a list, watch or deletecollection selects and how it is answered.
struct ListOptions: Sendable {
  enum Match: String {
    case exact = "Exact"
    case notOlderThan = "NotOlderThan"
  }

  var labelSelector: LabelSelector
  var fieldSelector: FieldSelector
  var allowsBookmarks = false
  var resourceVersion = ""
  var match: Match?
  var timeoutSeconds: Int64?
  var limit: Int64 = 0
  var continueToken = ""
  var sendsInitialEvents: Bool?

  /// - Throws: 400 for what can't be read, 422 for what contradicts itself.
  init(_ context: RequestContext) throws(StatusError) {
    timeoutSeconds = try QueryValues.integer(context.query("timeoutSeconds"))
    limit = try QueryValues.integer(context.query("limit")) ?? 0
    do {
      labelSelector = try LabelSelector(context.query("labelSelector") ?? "")
    } catch {
      throw .badRequest("\(error)")
    }
    do {
      fieldSelector = try FieldSelector(context.query("fieldSelector") ?? "")
    } catch {
      throw .badRequest("\(error)")
    }
    allowsBookmarks = QueryValues.bool(context.query("allowWatchBookmarks")) ?? false
    resourceVersion = context.query("resourceVersion") ?? ""
    continueToken = context.query("continue") ?? ""
    sendsInitialEvents = QueryValues.bool(context.query("sendInitialEvents"))
    let matchText = context.query("resourceVersionMatch") ?? ""
    match = Match(rawValue: matchText)
    // The old paths of watches pass for lists here.
    let isWatch = QueryValues.bool(context.query("watch")) ?? false
    let errors = isWatch ? watchErrors(matchText) : listErrors(matchText)
    if !errors.isEmpty { throw .invalid(GroupKind(group: "meta.k8s.io", kind: "ListOptions"), "", errors) }
  }

  private func listErrors(_ matchText: String) -> [FieldError] {
    var errors: [FieldError] = []
    let path: FieldPath = "resourceVersionMatch"
    if !matchText.isEmpty {
      if resourceVersion.isEmpty {
        errors.append(
          .forbidden(path, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
      }
      if !continueToken.isEmpty { errors.append(Self.withContinue) }
      if match == nil {
        errors.append(.notSupported(path, .string(matchText), ["Exact", "NotOlderThan", ""]))
      }
      if match == .exact, resourceVersion == "0" {
        errors.append(
          .forbidden(path, #"resourceVersionMatch "exact" is forbidden for resourceVersion "0""#))
      }
    }
    if sendsInitialEvents != nil {
      errors.append(.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    }
    return errors
  }

  private func watchErrors(_ matchText: String) -> [FieldError] {
    var errors: [FieldError] = []
    let path: FieldPath = "resourceVersionMatch"
    if sendsInitialEvents != nil, match != .notOlderThan {
      errors.append(
        .forbidden(path, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
    }
    if !matchText.isEmpty {
      if sendsInitialEvents == nil {
        errors.append(
          .forbidden(path, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
        )
      }
      if match != .notOlderThan {
        errors.append(.notSupported(path, .string(matchText), ["NotOlderThan"]))
      }
    }
    if !continueToken.isEmpty { errors.append(Self.withContinue) }
    return errors
  }

  private static let withContinue = FieldError.forbidden(
    "resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided")
}
