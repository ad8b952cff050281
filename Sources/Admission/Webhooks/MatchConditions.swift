import Schema
import Values

/// Evaluates the `matchConditions` of webhooks, which are CEL expressions. Without one they are let pass.
public protocol MatchConditions: Sendable {
  /// - Parameters:
  ///   - conditions: each with `name` and `expression`.
  ///   - request: with its object in the version of `kind`.
  ///   - kind: the kind that the webhook sees.
  ///   - ignoresFailure: whether the webhook's failurePolicy is Ignore: an error then skips the webhook.
  /// - Returns: whether all of them hold.
  /// - Throws: 403 where one can't be evaluated and none is false.
  func matches(
    _ conditions: [Value], _ request: AdmissionRequest, _ kind: GroupVersionKind, _ ignoresFailure: Bool
  ) async throws(StatusError) -> Bool
}
