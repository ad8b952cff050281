import HTTPService
import Schema
import Values

/// Why a webhook gave no answer that can be used, in the words of client-go.
public struct WebhookError: Error, Sendable, CustomStringConvertible {
  public enum Cause: Sendable {
    /// There was no answer.
    case unreachable(HTTPClientError.Kind)
    /// The webhook answered with a failure; the Status is its own or made from the HTTP status code.
    case status(StatusError)
    /// The answer is not what was asked for.
    case unreadable
  }

  public var cause: Cause
  /// Holds nothing of the request.
  public var description: String

  init(_ cause: Cause, _ description: String) {
    self.cause = cause
    self.description = description
  }

  /// A webhook that can't be asked as it is set up.
  public init(unusable description: String) { self.init(.unreadable, description) }

  init(_ error: HTTPClientError) {
    self.init(.unreachable(error.kind), error.description)
  }

  init(_ status: StatusError) {
    self.init(.status(status), status.message)
  }

  /// The HTTP status code or that of the webhook's own Status; nil when there was no answer.
  public var statusCode: Int? {
    guard case .status(let status) = cause else { return nil }
    return status.code
  }

  /// How metrics call the outcome: `canceled`, `timeout` or `error`.
  public var metricResult: String {
    switch cause {
    case .unreachable(.cancelled): return "canceled"
    case .unreachable(.timeout): return "timeout"
    case .status(let status) where status.reason == "Timeout" || status.code == 504: return "timeout"
    default: return "error"
    }
  }

  /// Whether another try may do better (k8s.io/apiserver/pkg/util/webhook DefaultShouldRetry): a connection
  /// that was reset, an internal error, a timeout or an overload of the webhook, and whatever came with a
  /// time to wait for. A refused connection is none of these.
  public var isTransient: Bool {
    switch cause {
    case .unreachable: return description.hasSuffix("connection reset by peer")
    case .status(let status):
      if ["InternalError", "Timeout", "TooManyRequests", "ServerTimeout"].contains(status.reason) {
        return true
      }
      if status.code == 429 || status.details?.retryAfterSeconds ?? 0 > 0 { return true }
      return status.reason.isEmpty && (status.code == 500 || status.code == 504)
    case .unreadable: return false
    }
  }
}
